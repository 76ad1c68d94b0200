"""What a process does with messages about money and credits, and what must be true of the answer."""

from typing import TYPE_CHECKING

from chalicelib.actions.adjust_credits import adjust_credits
from chalicelib.actions.asking import Asker
from chalicelib.actions.recharge import pursue
from chalicelib.actions.refund_purchase import refund_purchase
from chalicelib.actions.set_recharge import set_recharge
from chalicelib.credit_errors import AbovePayment, Disputed, NotPaid
from chalicelib.deps import Deps
from chalicelib.domain.money import Money
from chalicelib.errors import Invalid
from tests.simulation.waiting import Message

if TYPE_CHECKING:
    from tests.simulation.world import World

KEY = Asker("key:test")


class Paying:
    """One method for each kind of message."""

    def __init__(self, world: "World"):
        self.world, self.seen = world, world.seen

    def rule(self, deps: Deps, message: Message) -> None:
        wish = message.content
        own = set_recharge(deps, message.account, wish, KEY).recharge
        assert own, "no rule"
        saved = (own.enabled, own.threshold, own.limit)
        assert saved == (wish.enabled, wish.threshold, wish.limit.amount), "saved another rule"
        self.seen[f"rule {own.mode}"] += 1

    def recharge(self, deps: Deps, message: Message) -> None:
        pursue(deps, message.content)

    def adjust(self, deps: Deps, message: Message) -> None:
        credits, expires_at, key = message.content
        oracle = self.world.watches[message.account].oracle
        try:
            made = adjust_credits(deps, message.account, credits, "a reason", expires_at, Asker(KEY.actor, key))
        except Invalid:
            assert expires_at <= deps.clock.now() + 1, f"{key} refused for its end"
            self.seen["adjusted too late"] += 1
        else:
            assert oracle.granted[made.cause] == made.credits, f"{key} answered and not in effect"
            self.seen["adjusted" if made.credits == credits else "adjusted otherwise"] += 1

    def refund(self, deps: Deps, message: Message) -> None:
        """Of the newest purchase that was paid."""
        amount, key = message.content
        paid = self.world.givebacks.paid_of(message.account)
        if not paid:
            return
        money = None if amount is None else Money(amount, "eur")
        purchase = paid[-1].purchase
        try:
            found = refund_purchase(deps, message.account, purchase, money, "a reason", Asker(KEY.actor, key))
        except (NotPaid, Disputed, AbovePayment) as refusal:
            self.seen[type(refusal).__name__] += 1
        else:
            assert found.lost > 0, f"{found} answered and not in effect"
            self.seen["refunded"] += 1

    def turn(self, _deps: Deps, message: Message) -> None:
        """Something happens at Stripe."""
        what, about = message.content
        customer = f"cus_{message.account}"
        self.seen[what] += 1
        if what == "give_card":
            self.world.cashier.give_card(customer, about)
        elif what == "take_card":
            self.world.cashier.take_card(customer)
        elif what == "somebody_refunds":
            self.world.givebacks.somebody_refunds(message.account)
        else:
            side = self.world.cashier if hasattr(self.world.cashier, what) else self.world.givebacks
            getattr(side, what)(about)
