"""Every closed entry's usage is told by the lots that paid for it, and the sums agree with the queue as it was kept."""

import random
from dataclasses import replace

import pytest

from chalicelib.domain.accounts import State
from chalicelib.domain.adjustments import Adjustment, adjusted
from chalicelib.domain.corrections import RETURNED
from chalicelib.domain.credits import Lot, Purchase, lots_left
from chalicelib.domain.holds import Capture, Hold, captured
from chalicelib.domain.journal import Change, Entry, Line, begin
from chalicelib.domain.money import Money
from chalicelib.domain.paid_by import Paid, paid_by
from chalicelib.domain.periods import Instant
from chalicelib.domain.refunds import Dispute, GoneBack, after, reconciled
from tests.offers import OFFERS
from tests.usage_builders import NOW, a_state, an_event, counting


class Life:
    """An account's entries, and its queue as the rules kept it."""

    def __init__(self) -> None:
        self.state: State = a_state()
        self.now, self.queue, self.entries = NOW, tuple[Lot, ...](), list[Entry]()
        self.expiries, self.purchases = dict[str, Instant](), list[Purchase]()

    def begun(self) -> Change:
        return begin(self.state, self.now, OFFERS)

    def end(self, change: Change) -> None:
        self.state, entry = change.finished(OFFERS)
        # The store gives each queue its account's state; a queue that is not written again stays as it was.
        self.queue = self.queue if change.lots is None else change.lots
        self.entries.append(entry)

    def use(self, runs: int) -> None:
        self.end(counting(self.state, an_event(f"e{self.now}", quantity=runs, at=self.now), now=self.now))

    def adjust(self, credits: int, ends: Instant | None = None) -> None:
        given = Adjustment(f"a{self.now}", credits, "x", ends, self.now, "key")
        if ends:
            self.expiries[given.id] = ends
        self.end(adjusted(self.begun(), given, self.queue))

    def buy(self) -> None:
        # Ordered a while ago: of two the later one may be paid first.
        pack = Purchase(
            f"p{self.now}", "acme", "starter", 100, Money(600, "eur"), "paid", self.now - 200 * (self.now % 2)
        )
        self.purchases.append(replace(pack, paid=pack.money))
        line = Line("purchase", 100, pack.cause)
        self.end(self.begun().granting(Lot(pack.id, "purchase", 100, 100, self.now), self.queue, line))

    def lose(self, number: int, amount: int) -> None:
        """The purchase's dispute is about so much now."""
        before = self.purchases[number]
        gone = GoneBack((), (Dispute("du", "lost", Money(amount, "eur")),))
        found = after(before, gone)
        self.end(reconciled(self.begun(), before, found, gone, self.queue))
        self.purchases[number] = found

    def capture(self, credits: int) -> None:
        hold = Hold(f"h{self.now}", 0, self.now, self.now)
        self.end(captured(self.begun(), hold, Capture(credits)))

    def come_back(self, credits: int) -> None:
        lot = Lot(RETURNED, "adjustment", credits, credits, self.now)
        line = Line("usage", credits, f"correction:c{self.now}", meter="runs", quantity=-1)
        self.end(self.begun().returning(lot, self.queue, line))

    def go_on(self, seconds: int) -> None:
        self.now += seconds
        if self.state.lapses(self.now):
            self.end(self.begun().expiring(self.queue))

    def told(self) -> list[Paid]:
        return list(paid_by(self.entries, self.expiries, {each.id: each.at for each in self.purchases}))


def one_step(life: Life, chance: random.Random) -> None:
    match chance.randrange(8):
        case 0:
            life.buy()
        case 1:
            life.adjust(chance.choice([-50, -7, 30]))
        case 2:
            life.adjust(40, life.now + chance.randrange(1, 400))
        case 3 if life.purchases:
            life.lose(chance.randrange(len(life.purchases)), chance.choice([0, 0, 100, 333, 600]))
        case 4:
            life.capture(chance.randrange(1, 20))
        case 5 if life.state.spent > 5:
            life.come_back(5)
        case _:
            life.use(chance.randrange(1, 9))
    life.go_on(chance.randrange(1, 90))


@pytest.mark.parametrize("seed", range(40))
def test_what_the_lots_paid_is_what_is_missing_from_them(seed: int) -> None:
    life, chance = Life(), random.Random(seed)
    for _ in range(60):
        one_step(life, chance)

    told = life.told()

    kept = lots_left(life.queue, life.state.balance)
    assert [(lot.id, lot.left) for lot in told[-1].queue] == [(lot.id, lot.left) for lot in kept]
    assert [each.entry for each in told] == [entry.number for entry in life.entries]
    returned = sum(line.credits for entry in life.entries for line in entry.lines if line.meter)
    assert sum(each.debt + sum(each.lots.values()) for each in told) == life.state.spent + returned


def test_a_use_is_paid_by_what_expires_first_then_by_the_oldest_then_by_nobody() -> None:
    life = Life()
    life.use(10)
    life.buy()
    life.go_on(1)
    life.adjust(30, life.now + 100)
    life.use(5)
    life.use(10)

    told = life.told()

    assert [(each.lots, each.debt) for each in told[-2:]] == [
        ({f"a{NOW + 1}": 30, f"p{NOW}": 20}, 0),
        ({f"p{NOW}": 80}, 20),
    ]
