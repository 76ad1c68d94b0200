"""What moves money and credits in a history beside usage: rules, cards, adjustments, refunds, rushes for the last."""

from random import Random
from typing import NamedTuple

from chalicelib.actions.set_recharge import RuleWish
from chalicelib.domain.money import Money
from chalicelib.domain.usage import UsageEvent
from tests.simulation.history import DAY, START, History
from tests.simulation.waiting import Message


class Adjusting(NamedTuple):
    """What somebody asks to be given or taken by hand, under a key."""

    credits: int
    expires_at: int | None
    key: str


class Dealings:
    """Messages of one history about money; not every account has them."""

    def __init__(self, history: History, rng: Random):
        self.history, self.rng = history, rng
        self.adjusted: dict[tuple[str, str], Adjusting] = {}

    def fill(self, *, hot: bool, days: int = 100) -> None:
        for account in self.history.salts:
            if self.rng.random() < (0.6 if hot else 0.5):
                self.recharge(account, 70 if hot else days)
                for k in range(6 if hot else 3):
                    self.surge(account, START + 90 + self.rng.randrange(days) * DAY, k)
            if self.rng.random() < 0.5:
                self.give_and_take(account, days)

    def recharge(self, account: str, days: int) -> None:
        """A rule, set anew now and then, and cards that come and go."""
        rng = self.rng
        self.turn(account, START + 5, "give_card", rng.choice(("pays", "pays", "")))
        for k in range(rng.choice((1, 2, 4, 6))):
            wish = RuleWish(
                enabled=k == 0 or rng.random() < 0.8,
                threshold=rng.choice((1, 5, 20, 60, 130)),
                pack=rng.choice(("starter", "starter", "plus")),
                limit=Money(rng.choice((400, 500, 1_000, 1_270, 2_000, 3_000, 4_000)), "eur"),
            )
            due = START + 30 + (rng.randrange(3) if k == 0 else rng.randrange(days) * DAY + rng.choice((0, 62)))
            self.history.post("rule", account, due, wish)
        for _ in range(rng.choice((0, 1, 3))):
            what = rng.choice(("give_card", "give_card", "give_card", "take_card"))
            self.turn(account, START + rng.randrange(days) * DAY + rng.choice((0, 61, 3_660)), what, "")
        for _ in range(rng.choice((0, 1, 3))):
            self.turn(account, START + rng.randrange(days) * DAY + 90, "somebody_refunds", "")

    def give_and_take(self, account: str, days: int) -> None:
        rng = self.rng
        for k in range(rng.choice((1, 3, 6))):
            due, key = START + 20 + rng.randrange(days) * DAY, f"adj{k}"
            wish = Adjusting(rng.choice((5, 30, 30, 100, -3, -50)), None, key)
            if wish.credits > 0 and rng.random() < 0.7:
                wish = wish._replace(expires_at=due + rng.choice((30, 60, 3_600, 5 * DAY, 40 * DAY)))
            self.adjusted[account, key] = wish
            self.history.post("adjust", account, due, wish)
            if rng.random() < 0.2:
                self.history.post("adjust", account, due + 3, wish._replace(credits=wish.credits + 1))
        for k in range(rng.choice((0, 1, 2))):
            due = START + rng.randrange(days) * DAY + 100
            self.turn(account, due, "somebody_refunds", "")
            self.history.post("refund", account, due + rng.choice((0, DAY)), (rng.choice((None, 100)), f"ref{k}"))

    def surge(self, account: str, due: int, k: int) -> None:
        """Usage at once that crosses the threshold, whoever comes first."""
        for j in range(10):
            event = UsageEvent(f"use-surge{k}-{j}", "calls", due, quantity=1, credits=self.rng.choice((3, 7)))
            self.history.queue.append(Message(due, "usage", account, [self.history.known(account, event)]))

    def turn(self, account: str, due: int, what: str, about: str) -> None:
        self.history.queue.append(Message(due, "turn", account, (what, about)))
