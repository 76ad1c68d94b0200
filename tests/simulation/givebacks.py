"""Money that goes back in the simulation: fits deps.Refunds. Refunds that fail after all, disputes that are won."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

from chalicelib.domain.money import Money
from chalicelib.domain.periods import DAY, HOUR
from chalicelib.domain.refunds import Dispute, GoneBack, Payment, Refund
from chalicelib.errors import StripeRefused

if TYPE_CHECKING:
    from tests.simulation.street import Street


NOTHING = GoneBack()


@dataclass
class Paid:
    """A payment, by its intent: what it was for, and what went back of it."""

    intent: str
    account: str
    purchase: str
    amount: int
    at: int
    gone: GoneBack = NOTHING
    highest: int = 0
    """The most that was ever gone at once."""

    @property
    def lost(self) -> int:
        return self.gone.of(Money(self.amount, "eur"))

    def put(self, gone: GoneBack) -> None:
        self.gone = gone
        self.highest = max(self.highest, self.lost)


class Givebacks:
    """Refunds and disputes of all payments."""

    outside: "Street"

    def __init__(self, rng: Random, now: Callable[[], int], fault: Callable[[], None]):
        self.rng, self.now, self.fault = rng, now, fault
        self.paid: dict[str, Paid] = {}
        self.of: dict[str, str] = {}
        self.keys: dict[str, str] = {}

    def paid_of(self, account: str) -> list[Paid]:
        """What is paid by now."""
        return [each for each in self.paid.values() if each.account == account and each.at <= self.now()]

    # -- what people and banks do

    def somebody_refunds(self, account: str) -> None:
        """In the dashboard, of any payment of the account that has something left."""
        left = [each for each in self.paid_of(account) if each.lost < each.amount]
        if not left:
            return
        paid = self.rng.choice(left[-3:])
        if self.rng.random() < 0.3 and not paid.gone.disputes:
            self.dispute(paid)
            return
        most = paid.amount - paid.lost
        self.refund(paid, min(most, self.rng.choice((100, 199, most, most))), {})

    def refund(self, paid: Paid, amount: int, metadata: Mapping[str, str]) -> Refund:
        name = f"re_{paid.intent}_{len(paid.gone.refunds)}"
        status = self.rng.choice(("succeeded", "pending"))
        said = {each: metadata.get(each) for each in ("request", "actor", "reason")}
        account, kind = paid.account if metadata else None, metadata.get("kind")
        made = Refund(name, account, kind, status, Money(amount, "eur"), **said)
        self.of[name] = paid.intent
        paid.put(replace(paid.gone, refunds=(*paid.gone.refunds, made)))
        self.outside.tell(f"cus_{paid.account}", "refund.created", name)
        if self.rng.random() < 0.4:
            self.outside.later(self.rng.choice((HOUR, 3 * DAY)), paid.account, "refund_fails", name)
        return made

    def refund_fails(self, name: str) -> None:
        paid = self.changed(name, status="failed")
        for kind in ("refund.failed", "refund.updated"):
            self.outside.tell(f"cus_{paid.account}", kind, name)

    def changed(self, name: str, **fields: Any) -> Paid:
        paid, was = self.paid[self.of[name]], self.named(name)
        now = tuple(replace(was, **fields) if each == was else each for each in paid.gone.refunds)
        paid.put(replace(paid.gone, refunds=now))
        return paid

    def dispute(self, paid: Paid) -> None:
        name = f"dp_{paid.intent}"
        self.of[name] = paid.intent
        status = self.rng.choice(("needs_response", "needs_response", "warning_needs_response"))
        paid.put(replace(paid.gone, disputes=(Dispute(name, status, Money(paid.amount, "eur")),)))
        self.outside.tell(f"cus_{paid.account}", "charge.dispute.created", name)
        self.outside.later(self.rng.choice((HOUR, 9 * DAY)), paid.account, "dispute_ends", name)

    def dispute_ends(self, name: str) -> None:
        paid = self.paid[self.of[name]]
        [dispute] = paid.gone.disputes
        ends = self.rng.choice(("won", "lost")) if dispute.has_money else "warning_closed"
        paid.put(replace(paid.gone, disputes=(replace(dispute, status=ends),)))
        for kind in ("charge.dispute.closed", "charge.dispute.updated"):
            self.outside.tell(f"cus_{paid.account}", kind, name)

    # -- deps.Refunds

    def refunded_payment(self, stripe_refund_id: str) -> Payment | None:
        self.fault()
        paid = self.paid[self.of[stripe_refund_id]]
        return Payment(paid.intent, paid.account, paid.purchase)

    disputed_payment = refunded_payment

    def gone_back(self, stripe_payment_intent_id: str) -> GoneBack:
        self.fault()
        return self.paid[stripe_payment_intent_id].gone

    def send(
        self, stripe_payment_intent_id: str, money: Money, metadata: Mapping[str, str], *, key: str
    ) -> Refund | None:
        self.fault()
        paid = self.paid[stripe_payment_intent_id]
        made = next((self.named(name) for name, said in self.keys.items() if said == key), None)
        if made is None:
            if paid.gone.is_disputed:
                raise StripeRefused("the bank has it", "charge_disputed")
            if paid.lost == paid.amount:
                return None
            if money.amount > paid.amount - paid.lost:
                raise StripeRefused("that much is not left", "amount_too_large")
            made = self.refund(paid, money.amount, metadata)
            self.keys[made.stripe_refund_id] = key
        self.fault()
        return made

    def unname(self, refund: Refund) -> None:
        if refund.actor or refund.reason:
            self.fault()
            self.changed(refund.stripe_refund_id, actor=None, reason=None)
            self.fault()

    def one(self, stripe_refund_id: str) -> Refund:
        """What deps.Stripe calls `refund`."""
        self.fault()
        return self.named(stripe_refund_id)

    def named(self, name: str) -> Refund:
        refunds = self.paid[self.of[name]].gone.refunds
        return next(each for each in refunds if each.stripe_refund_id == name)
