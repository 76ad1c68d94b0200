"""Buying credits: a purchase is written down, then the customer is sent to Checkout to pay it."""

from dataclasses import replace

from chalicelib.actions.asking import Asker, operation_of
from chalicelib.actions.change_account import read
from chalicelib.actions.close_checkouts import close_checkout
from chalicelib.actions.ensure_customer import ensure_customer
from chalicelib.actions.erased import check_not_erased
from chalicelib.deps import Deps
from chalicelib.domain.credits import Purchase
from chalicelib.domain.purchases import OPEN
from chalicelib.errors import ConditionFailed, StripeUnavailable, UnknownPack
from chalicelib.request_errors import Erased


def buy_credits(deps: Deps, account: str, pack: str, returns: tuple[str, str], asker: Asker) -> tuple[Purchase, str]:
    """The purchase and where it is paid; credits come when it is. Raises UnknownAccount, UnknownPack or Erased.

    `returns` is where Checkout sends the customer back to, paid or not. The purchase's id is the operation: asked again
    it is the same purchase and, as long as Stripe's key is worth something, the same page.
    """
    offer = deps.catalogue.packs.get(pack)
    if offer is None:
        raise UnknownPack(f"there is no pack {pack}")
    customer = ensure_customer(deps, account)
    id, now = operation_of(deps, asker), deps.clock.now()
    wanted = Purchase(id, account, offer.id, offer.credits, offer.price.money, OPEN, now, actor=asker.actor)
    purchase = _saved(deps, wanted)
    checkout = deps.stripe.checkout_pack(
        purchase,
        customer,
        offer.price.lookup_key,
        success_url=returns[0],
        cancel_url=returns[1],
        key=f"pack:{purchase.id}",
    )
    if checkout.url is None:
        raise StripeUnavailable("Stripe's Checkout session has no page")
    return _known_by(deps, purchase, checkout.stripe_session_id), checkout.url


def _saved(deps: Deps, wanted: Purchase) -> Purchase:
    """The purchase as an earlier run of the operation wrote it down, if one did."""
    try:
        deps.store.save_purchase(wanted, was=None, unless_erased=True)
    except ConditionFailed:
        check_not_erased(read(deps, wanted.account)[0])
        return deps.store.purchase(wanted.account, wanted.id, consistent=True) or wanted
    return wanted


def _known_by(deps: Deps, purchase: Purchase, stripe_session_id: str) -> Purchase:
    """The purchase with its session; one that was settled in the meantime has it already."""
    purchase = replace(purchase, stripe_session_id=stripe_session_id)
    try:
        deps.store.save_purchase(purchase, was=OPEN, unless_erased=True)
    except ConditionFailed:
        _check_still_sold(deps, purchase.account, stripe_session_id)
        return deps.store.purchase(purchase.account, purchase.id) or purchase
    return purchase


def _check_still_sold(deps: Deps, account: str, stripe_session_id: str) -> None:
    """Nobody pays on a page that was opened while its account was erased."""
    try:
        check_not_erased(read(deps, account)[0])
    except Erased:
        close_checkout(deps, stripe_session_id)
        raise
