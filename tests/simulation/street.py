"""What lies between Stripe and the accounts of a history: events and wishes on their way, and the watch over money."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from greenlet import getcurrent

from chalicelib.adapters.dynamo.records import profile_from
from chalicelib.domain.cards import card_of
from chalicelib.domain.periods import DAY
from chalicelib.messages import DueMessage, RechargeMessage, StripeEventMessage
from tests.simulation.cashier import Bill
from tests.simulation.commits import Watch, When
from tests.simulation.givebacks import Paid
from tests.simulation.spending import Spending
from tests.simulation.table import Change
from tests.simulation.waiting import Message

if TYPE_CHECKING:
    from tests.simulation.world import World

ROUNDS = 60
"""Looks at recharges that are in flight, after which they should be over."""


class Street:
    """Events twice, late, in any order or only when somebody asks what was missed; wishes the same."""

    def __init__(self, world: "World"):
        self.world, self.rng = world, world.rng
        self.cashier, self.givebacks = world.stripe.charges, world.stripe.refunds
        self.spendings: dict[str, Spending] = {}
        self.untold: list[Message] = []
        self.events = 0
        self.cashier.outside, self.givebacks.outside = self, self

    def opened(self, account: str) -> None:
        self.spendings[account] = Spending(account, self.cashier, self.givebacks, self.world.seen)

    # -- on the way

    def tell(self, customer: str, kind: str, about: str) -> None:
        """An event."""
        self.events += 1
        named = "recharge" if about.startswith("in_") else None
        event = StripeEventMessage(f"evt_{self.events}", kind, about, customer, kind=named)
        clock, account = self.world.clock, customer.removeprefix("cus_")
        delays = self.rng.choice(((0,), (0,), (0, 0), (0, DAY), (60,), (3_600,), (2 * DAY,), ()))
        for delay in delays:
            self.world.queue.append(Message(clock + delay, "event", account, event))
        if not delays:
            self.untold.append(Message(clock, "event", account, event))

    def later(self, delay: int, account: str, turn: str, about: str) -> None:
        self.world.queue.append(Message(self.world.clock + delay, "turn", account, (turn, about)))

    def wish(self, message: RechargeMessage) -> None:
        """The queue of recharges."""
        for delay in self.rng.choice(((0,), (0,), (0, 0), (0, 30), (70,))):
            self.world.queue.append(Message(self.world.clock + delay, "recharge", message.account, message))

    # -- under watch

    def committed(self, watch: Watch, rows: Mapping[str, Change], when: When) -> None:
        state = rows["S"]
        assert state.old
        assert state.new
        before, after = watch.state(state.old), watch.state(state.new)
        if after.recharge is None and before.recharge is None:
            return
        entry = next((watch.entry(row.new) for sk, row in rows.items() if sk[:2] == "E#" and row.new), None)
        spending = self.spendings[after.account]
        spending.items = self.world.items(after.account)
        spending.committed(before, after, entry, rows, entry.at if entry else when.said)
        if "R" in rows and rows["R"].new:
            profile = profile_from(self.world.items(after.account)["PROFILE"])
            spending.declined(rows["R"].new, card_of(profile))
        looks = after.recharge.look_at if after.recharge else None
        if looks is not None and (before.recharge is None or before.recharge.look_at != looks):
            # The sweep runs every minute.
            delay = self.rng.choice((10, 70, 3_600))
            due = DueMessage(after.account, looks)
            self.world.queue.append(Message(looks + delay, "due", after.account, due))

    def before_pay(self, bill: Bill) -> None:
        state = self.world.stored(bill.account)
        seen = self.world.limits_seen.get((getcurrent(), bill.account))
        self.spendings[bill.account].may_pay(bill, state, seen, self.world.clock)

    def before_money(self, bill: Bill) -> None:
        self.spendings[bill.account].is_this_one(bill, self.world.stored(bill.account))
        self.givebacks.paid[bill.intent] = Paid(
            bill.intent, bill.account, f"r{bill.number}", bill.due, self.world.clock
        )

    # -- in the end

    def come_to_rest(self) -> None:
        """What was missed is looked for, and time goes on until no recharge is in flight."""
        world = self.world
        for _ in range(ROUNDS):
            world.queue += self.untold
            self.untold = []
            flying = [own for account in self.spendings if (own := world.stored(account).recharge) and own.in_flight]
            if not flying and not len(world.queue):
                return
            world.clock = max([world.clock, *(own.look_at or 0 for own in flying)]) + 10
            world.queue.append(Message(world.clock, "sweep", "acme", None))
            world.work()
        raise AssertionError("it never comes to rest")

    def ended(self, account: str) -> None:
        world = self.world
        granted = world.watches[account].oracle.granted
        self.spendings[account].ended(world.stored(account), granted, world.items(account))
