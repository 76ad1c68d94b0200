"""Refunds and disputes: money that went back, and the credits that go with it.

What is taken back follows from all that went back of a payment, never from one event: so order and repeats do not
matter, and of several partial refunds only their sum is rounded. Source of what a status means for the money:
https://docs.stripe.com/api/refunds/object and https://docs.stripe.com/disputes/how-disputes-work
"""

from collections.abc import Mapping
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
        """What has moved of it, by refund and dispute; Stripe lists the newest first.

        A dispute of the whole may come after a refund of a part: it has what no refund and no older dispute has.
        """
        refunds = {each.stripe_refund_id: each.money for each in reversed(self.refunds) if each.stands}
        disputes = {each.stripe_dispute_id: each.money for each in reversed(self.disputes) if each.has_money}
        left, found = paid.amount, dict[str, int]()
        for stripe_id, money in (refunds | disputes).items():
            share = min(left, money.amount) if money.currency == paid.currency else 0
            left -= share
            found |= {stripe_id: share} if share else {}
        return found

    def of(self, paid: Money) -> int:
        """How much of it is gone."""
        return sum(self.shares(paid).values())


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


def movers(before: Purchase, gone: GoneBack) -> list[Mover]:
    """What moved money since before, credits or not: first what came back, then what is newly gone: refunds before
    disputes, and the oldest first.
    """
    refunds = {each.stripe_refund_id: each for each in gone.refunds}
    shares, found = gone.shares(before.paid) if before.paid else {}, list[Mover]()
    for stripe_id in dict.fromkeys([*sorted(before.shares.keys() - shares.keys()), *shares]):
        amount = shares.get(stripe_id, 0) - before.shares.get(stripe_id, 0)
        refund = refunds.get(stripe_id)
        mover = Mover("refund" if refund else "dispute", stripe_id, amount)
        if refund and amount > 0:
            mover = replace(mover, actor=refund.actor, reason=refund.reason)
        found += [mover] if amount else []
    return sorted(found, key=lambda each: each.amount > 0)


def taken_for(purchase: Purchase, lost: int) -> int:
    """How many of its credits go when so much of what was paid is gone: that share, rounded down.

    >>> pack = Purchase("p1", "acme", "starter", 1000, Money(500, "eur"), "paid", 0, paid=Money(595, "eur"))
    >>> taken_for(pack, 199), taken_for(pack, 595)
    (334, 1000)
    """
    return purchase.credits * lost // purchase.paid.amount if purchase.paid and purchase.paid.amount else 0


def after(purchase: Purchase, gone: GoneBack) -> Purchase:
    """The paid purchase as it stands when so much has gone back."""
    found = _counted(purchase, gone.shares(purchase.paid) if purchase.paid else {}, gone)
    return replace(found, state=DISPUTED) if gone.is_disputed else found


def after_one(before: Purchase, gone: GoneBack) -> Purchase:
    """The purchase after the first of what moved, and nothing else of it; one entry books one."""
    moved = movers(before, gone)
    if len(moved) < 2:
        return after(before, gone)
    first = moved[0]
    amount = before.shares.get(first.stripe_id, 0) + first.amount
    shares = {each: share for each, share in before.shares.items() if each != first.stripe_id}
    return _counted(before, shares | ({first.stripe_id: amount} if amount else {}), gone)


def _counted(purchase: Purchase, shares: Mapping[str, int], gone: GoneBack) -> Purchase:
    """The purchase where just these shares have gone back; what Stripe does not list as a refund is a dispute."""
    most, refunds = purchase.paid.amount if purchase.paid else 0, {each.stripe_refund_id for each in gone.refunds}
    lost = min(most, sum(shares.values()))
    refunded = min(most, sum(amount for stripe_id, amount in shares.items() if stripe_id in refunds))
    state = DISPUTED if shares.keys() - refunds else _refunded(lost, most)
    taken = taken_for(purchase, lost)
    return replace(purchase, state=state, lost=lost, taken=taken, refunded=refunded, shares=shares)


def _refunded(lost: int, paid: int) -> str:
    if not lost:
        return PAID
    return REFUNDED if lost == paid else PARTIALLY_REFUNDED


def reconciled(change: Change, before: Purchase, purchase: Purchase, gone: GoneBack, queue: tuple[Lot, ...]) -> Change:
    """The change with the credits taken or given back by which the purchase, after one mover, differs from before.

    Its line, where credits move, and the entry in any case name that mover: what it is, who asked for it, and why.
    """
    mover = next(iter(movers(before, gone)), None)
    if mover is None:
        return change.because(purchase.cause)
    change = replace(change.because(mover.cause, mover.actor or "service"), note=mover.reason)
    more = purchase.taken - before.taken
    if not more:
        return change
    money = Money(before.lost - purchase.lost, purchase.money.currency)
    line = Line(mover.kind, -more, f"{mover.kind}:{purchase.id}", money, note=mover.note)
    return _booked(change, purchase, line, queue).noticing(
        _told(purchase, more, f"{mover.stripe_id}:{change.before.entries}")
    )


def _booked(change: Change, purchase: Purchase, line: Line, queue: tuple[Lot, ...]) -> Change:
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
