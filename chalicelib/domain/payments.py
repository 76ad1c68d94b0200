"""Payments held against grants: one grant for each paid purchase, none without.

Money that moved a moment ago is left alone: what tells of it is on its way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.domain.accounts import State
from chalicelib.domain.credits import BY_RULE, Purchase
from chalicelib.domain.findings import GRANTED_UNPAID, PAID_NOT_GRANTED, Finding
from chalicelib.domain.fold import Fold
from chalicelib.domain.periods import Instant
from chalicelib.domain.purchases import EXPIRED, FAILED, OPEN
from chalicelib.domain.recharge import purchase_id

ON_ITS_WAY = 600
"""Seconds for which money that moved is not judged."""


@dataclass(frozen=True)
class PaidPack:
    """A paid invoice at Stripe by which a pack was bought; `cause` is the grant's that its metadata names."""

    stripe_invoice_id: str
    account: str
    cause: str
    at: Instant


def is_paid(purchase: Purchase) -> bool:
    """Whether its money came, though some of it may have gone back since."""
    return purchase.paid is not None and purchase.state not in (OPEN, EXPIRED, FAILED)


def is_on_its_way(state: State, purchase: Purchase) -> bool:
    """A recharge's purchase is paid in one write and granted in the next, which ends the recharge."""
    own = state.recharge
    is_this = own is not None and own.in_flight and purchase_id(own.count) == purchase.id
    return is_this and purchase.kind == BY_RULE


def ungranted(fold: Fold, purchases: Sequence[Purchase]) -> list[Purchase]:
    """Purchases that are written down as paid, and brought no credits."""
    paid = [each for each in purchases if is_paid(each) and _is_owed(fold, each.cause, each.at)]
    return [each for each in paid if not is_on_its_way(fold.state, each)]


def unanswered(fold: Fold, packs: Sequence[PaidPack], now: Instant) -> list[PaidPack]:
    """Of the packs paid at Stripe those that brought this account no credits."""
    own = [each for each in packs if each.account == fold.state.account]
    return [each for each in own if each.at + ON_ITS_WAY < now and _is_owed(fold, each.cause, each.at)]


def unlisted(fold: Fold, purchases: Sequence[Purchase], packs: Sequence[PaidPack], now: Instant) -> list[Purchase]:
    """Of the purchases that brought credits those whose invoice is not among these."""
    known = {each.stripe_invoice_id for each in packs} | {each.cause for each in packs}
    granted = [each for each in purchases if each.cause in fold.grants and is_paid(each)]
    old = [each for each in granted if each.cause not in fold.settled and fold.grants[each.cause] + ON_ITS_WAY < now]
    return [each for each in old if not {each.stripe_invoice_id, each.cause} & known]


def of_purchases(fold: Fold, purchases: Sequence[Purchase]) -> Iterator[Finding]:
    """Grants and purchases as they are written down."""
    known = {each.cause: each for each in purchases}
    for cause in [each for each in fold.grants if each not in fold.settled]:
        purchase = known.get(cause)
        if purchase is None:
            yield Finding(GRANTED_UNPAID, f"{cause} is granted, and there is no such purchase")
        elif not is_paid(purchase):
            yield Finding(GRANTED_UNPAID, f"{cause} is granted, and the purchase is {purchase.state}")
    for purchase in ungranted(fold, purchases):
        yield Finding(PAID_NOT_GRANTED, f"{purchase.cause} is {purchase.state}, and nothing was granted")


def of_stripe(unpaid: Mapping[str, str], owed: Sequence[PaidPack]) -> Iterator[Finding]:
    """`unpaid`: by its cause how the invoice of a grant stands; `owed` was paid, not granted and not sent back."""
    for cause, status in unpaid.items():
        yield Finding(GRANTED_UNPAID, f"{cause} is granted, and its invoice at Stripe is {status}")
    for pack in owed:
        yield Finding(PAID_NOT_GRANTED, f"{pack.cause} is paid by {pack.stripe_invoice_id}, and nothing was granted")


def _is_owed(fold: Fold, cause: str, at: Instant) -> bool:
    return cause not in fold.grants and cause not in fold.settled and fold.knows(at)
