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
PARTIALLY_REFUNDED, REFUNDED, DISPUTED = "partially_refunded", "refunded", "disputed"
STANDING = frozenset({"pending", "requires_action", "succeeded"})
"""A refund's statuses in which the money is on its way, or there; it may fail even then."""
LOST = "lost"
WITHDRAWN = frozenset({"needs_response", "under_review", LOST, "appeal_needs_response", "appeal_under_review"})
"""A dispute's statuses in which the bank has the money; in an inquiry (`warning_*`) it has not."""


@dataclass(frozen=True)
class Refund:
    """A refund as Stripe has it. `kind` is None for one that somebody made outside this service.

    `request` names what it was asked for by, where this service was asked, `actor` who asked, and `reason` why.
    """

    stripe_refund_id: str
    account: str | None
    kind: str | None
    status: str
    money: Money
    request: str | None = None
    actor: str | None = None
    reason: str | None = None

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

    @property
    def is_lost(self) -> bool:
        """Whether the bank has decided for good to keep what it has."""
        return self.is_disputed and all(each.status == LOST for each in self.disputes if each.has_money)

    def shares(self, paid: Money) -> dict[str, int]:
        """What has moved of it, by refund and dispute; Stripe lists the newest first."""
        refunds = {each.stripe_refund_id: each.money for each in reversed(self.refunds) if each.stands}
        disputes = {each.stripe_dispute_id: each.money for each in reversed(self.disputes) if each.has_money}
        both = (refunds | disputes).items()
        return {stripe_id: money.amount for stripe_id, money in both if money.currency == paid.currency}

    def of(self, paid: Money) -> int:
        """How much of it is gone; a dispute of what was refunded before takes no more than all."""
        return min(paid.amount, sum(self.shares(paid).values()))


@dataclass(frozen=True)
class Mover:
    """A `refund` or a `dispute` by which more of a payment is gone than before, or less where `amount` is below zero.

    `actor` and `reason` are those of a refund that was asked for here.
    """

    kind: str
    stripe_id: str
    amount: int
    actor: str | None = None
    reason: str | None = None

    @property
    def cause(self) -> str:
        return f"{self.kind}:{self.stripe_id}"

    @property
    def note(self) -> str:
        return f"{self.stripe_id}: {self.reason}" if self.reason else self.stripe_id


def movers(before: Purchase, purchase: Purchase, gone: GoneBack) -> list[Mover]:
    """What moved since before: first what came back, then what is newly gone, the oldest first."""
    refunds = {each.stripe_refund_id: each for each in gone.refunds}
    found: list[Mover] = []
    for stripe_id in dict.fromkeys([*sorted(before.shares.keys() - purchase.shares.keys()), *purchase.shares]):
        amount = purchase.shares.get(stripe_id, 0) - before.shares.get(stripe_id, 0)
        refund = refunds.get(stripe_id)
        mover = Mover("refund" if refund else "dispute", stripe_id, amount)
        if refund and amount > 0:
            mover = replace(mover, actor=refund.actor, reason=refund.reason)
        found += [mover] if amount else []
    return found


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
    taken, shares = taken_for(purchase, lost), gone.shares(purchase.paid) if purchase.paid else {}
    return replace(purchase, state=state, lost=lost, taken=taken, refunded=refunded, shares=shares)


def reconciled(change: Change, before: Purchase, purchase: Purchase, gone: GoneBack, queue: tuple[Lot, ...]) -> Change:
    """The change with the credits taken or given back by which the purchase differs from what it was before.

    Each refund and dispute that moved something has a line of its own; the entry is whose that was asked for here.
    """
    moved, at = movers(before, purchase, gone), sum(before.shares.values())
    first = next((each for each in moved if each.actor), moved[0] if moved else None)
    cause, actor = (first.cause, first.actor) if first else (purchase.cause, None)
    change = replace(change.because(cause, actor or "service"), note=first.reason if first else None)
    for each in moved:
        line = _line(each, purchase, at)
        change, at = _booked(change, purchase, line, queue), at + each.amount
        queue = queue if change.lots is None else change.lots
    more = purchase.taken - before.taken
    told = f"{first.stripe_id if first else purchase.id}:{change.before.entries}"
    return change.noticing(_told(purchase, more, told)) if more else change


def _line(mover: Mover, purchase: Purchase, at: int) -> Line:
    """The line of what moved when so much was counted before it."""
    most = purchase.paid.amount if purchase.paid else 0
    was, now = min(most, at), min(most, at + mover.amount)
    credits = taken_for(purchase, was) - taken_for(purchase, now)
    money = Money(was - now, purchase.money.currency)
    return Line(mover.kind, credits, f"{mover.kind}:{purchase.id}", money, note=mover.note)


def _booked(change: Change, purchase: Purchase, line: Line, queue: tuple[Lot, ...]) -> Change:
    if line.credits == 0:
        return change
    if line.credits < 0:
        return change.taking(purchase.id, -line.credits, queue, line)
    lot = Lot(purchase.id, purchase.kind, purchase.credits, line.credits, purchase.at)
    return change.giving_back(lot, queue, line)


def _told(purchase: Purchase, more: int, about: str) -> Notice:
    kind: Kind = "credits_taken_back" if more > 0 else "credits_given_back"
    what = "taken back" if more > 0 else "given back"
    paid = purchase.paid or purchase.money
    detail = f"{abs(more)} credits of purchase {purchase.id} were {what}: of {paid}"
    detail += f" {Money(purchase.lost, paid.currency)} are refunded or disputed"
    return Notice(f"{kind}:{about}", kind, detail)
