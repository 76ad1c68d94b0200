"""Reading a purchase: the return page asks, so while it is open Stripe is looked at."""

from chalicelib.actions.settle_checkout import settle_checkout
from chalicelib.deps import Deps
from chalicelib.domain.credits import Purchase
from chalicelib.domain.purchases import OPEN
from chalicelib.errors import StripeGone, UnknownAccount, UnknownPurchase


def read_purchase(deps: Deps, account: str, purchase_id: str) -> Purchase:
    """The purchase as it stands, its credits granted if it is paid; raises UnknownPurchase."""
    purchase = _read(deps, account, purchase_id)
    if purchase.state != OPEN or purchase.stripe_session_id is None:
        return purchase
    try:
        settle_checkout(deps, purchase.stripe_session_id)
    except StripeGone:
        return purchase
    return _read(deps, account, purchase_id)


def _read(deps: Deps, account: str, purchase_id: str) -> Purchase:
    purchase = deps.store.purchase(account, purchase_id, consistent=True)
    if purchase is None:
        known = deps.store.state(account) is not None
        raise UnknownPurchase(f"the account has no purchase {purchase_id}") if known else UnknownAccount(account)
    return purchase
