"""Refunds and disputes: money that went back, and the credits that go with it.

What is taken back follows from all that went back of a payment, never from one event: so order and repeats do not
matter, and of several partial refunds only their sum is rounded. Source of what a status means for the money:
https://docs.stripe.com/api/refunds/object and https://docs.stripe.com/disputes/how-disputes-work
"""

from dataclasses import dataclass, replace

from chalicelib.domain.credits import Lot, Purchase
from chalicelib.domain.journal import Change, Line
from chalicelib.domain.money import Money
from chalicelib.domain.notices import Kind, Notice
from chalicelib.domain.purchases import PAID

SECOND_SUBSCRIPTION = "second_subscription"
"""What the refund of a subscription that was bought twice says of itself at Stripe."""
CREDIT_PACK = "credit_pack"
"""What the refund of a pack says that was asked for here."""
PARTIALLY_REFUNDED, REFUNDED, DISPUTED = "partially_refunded", "refunded", "disputed"
STANDING = frozenset({"pending", "requires_action", "succeeded"})
"""A refund's statuses in which the money is on its way, or there; it may fail even then."""
WITHDRAWN = frozenset({"needs_response", "under_review", "lost", "appeal_needs_response", "appeal_under_review"})
"""A dispute's statuses in which the bank has the money; in an inquiry (`warning_*`) it has not."""


@dataclass(frozen=True)
class Refund:
    """A refund as Stripe has it. `kind` is None for one that somebody made outside this service.

    `request` names what it was asked for by, where this service was asked.
    """

    stripe_refund_id: str
    account: str | None
    kind: str | None
    status: str
    money: Money
    request: str | None = None

    @property
    def stands(self) -> bool:
        return self.status in STANDING


@dataclass(frozen=True)
class Dispute:
    """A dispute as Stripe has it."""

    stripe_dispute_id: str
    status: str
    money: Money

    @property
    def has_money(self) -> bool:
        return self.status in WITHDRAWN


@dataclass(frozen=True)
class Payment:
    """What was paid at once; `account` and `purchase` are what Stripe's metadata claims that it was for."""

    stripe_payment_intent_id: str
    account: str
    purchase: str


@dataclass(frozen=True)
class GoneBack:
    """All refunds and disputes of one payment."""

    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()

    @property
    def is_disputed(self) -> bool:
        return any(each.has_money for each in self.disputes)

    def of(self, paid: Money) -> int:
        """How much of it is gone; a dispute of what was refunded before takes no more than all."""
        moved = [each.money for each in self.refunds if each.stands]
        moved += [each.money for each in self.disputes if each.has_money]
        return min(paid.amount, sum(each.amount for each in moved if each.currency == paid.currency))


@dataclass(frozen=True)
class Because:
    """What made us look: a `refund` or a `dispute`, by its Stripe id."""

    kind: str
    stripe_id: str


def taken_for(purchase: Purchase, lost: int) -> int:
    """How many of its credits go when so much of what was paid is gone: that share, rounded down.

    >>> pack = Purchase("p1", "acme", "starter", 1000, Money(500, "eur"), "paid", 0, paid=Money(595, "eur"))
    >>> taken_for(pack, 199), taken_for(pack, 595)
    (334, 1000)
    """
    return purchase.credits * lost // purchase.paid.amount if purchase.paid and purchase.paid.amount else 0


def after(purchase: Purchase, gone: GoneBack) -> Purchase:
    """The paid purchase as it stands when so much has gone back."""
    lost = gone.of(purchase.paid) if purchase.paid else 0
    state = PAID
    if gone.is_disputed:
        state = DISPUTED
    elif lost:
        state = REFUNDED if purchase.paid and lost == purchase.paid.amount else PARTIALLY_REFUNDED
    refunded = replace(gone, disputes=()).of(purchase.paid) if purchase.paid else 0
    return replace(purchase, state=state, lost=lost, taken=taken_for(purchase, lost), refunded=refunded)


def reconciled(
    change: Change, before: Purchase, purchase: Purchase, because: Because, queue: tuple[Lot, ...]
) -> Change:
    """The change with the credits taken or given back by which the purchase differs from what it was before."""
    change = change.because(f"{because.kind}:{because.stripe_id}")
    more = purchase.taken - before.taken
    if more == 0:
        return change
    money = Money(before.lost - purchase.lost, purchase.money.currency)
    line = Line(because.kind, -more, f"{because.kind}:{purchase.id}", money, note=because.stripe_id)
    told = _told(purchase, more, f"{because.stripe_id}:{change.before.entries}")
    if more > 0:
        return change.taking(purchase.id, more, queue, line).noticing(told)
    lot = Lot(purchase.id, purchase.kind, purchase.credits, -more, purchase.at)
    return change.giving_back(lot, queue, line).noticing(told)


def _told(purchase: Purchase, more: int, about: str) -> Notice:
    kind: Kind = "credits_taken_back" if more > 0 else "credits_given_back"
    what = "taken back" if more > 0 else "given back"
    paid = purchase.paid or purchase.money
    detail = f"{abs(more)} credits of purchase {purchase.id} were {what}: of {paid}"
    detail += f" {Money(purchase.lost, paid.currency)} are refunded or disputed"
    return Notice(f"{kind}:{about}", kind, detail)
