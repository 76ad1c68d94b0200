"""Buying credits: a purchase is written down, then the customer is sent to Checkout to pay it."""

from dataclasses import replace

from chalicelib.actions.ensure_customer import ensure_customer
from chalicelib.deps import Deps
from chalicelib.domain.credits import Purchase
from chalicelib.domain.purchases import OPEN
from chalicelib.errors import ConditionFailed, StripeUnavailable, UnknownPack


def buy_credits(
    deps: Deps, account: str, pack: str, returns: tuple[str, str], *, by: tuple[str, str]
) -> tuple[Purchase, str]:
    """The purchase and where it is paid; credits come when it is. Raises UnknownAccount or UnknownPack.

    `returns` is where Checkout sends the customer back to, paid or not; `by` the actor and the operation, which is the
    purchase's id: asked again it is the same purchase and, as long as Stripe's key is worth something, the same page.
    """
    offer = deps.catalogue.packs.get(pack)
    if offer is None:
        raise UnknownPack(f"there is no pack {pack}")
    customer = ensure_customer(deps, account)
    actor, operation = by
    now = deps.clock.now()
    wanted = Purchase(operation, account, offer.id, offer.credits, offer.price.money, OPEN, now, actor=actor)
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
    return _known_by(deps, replace(purchase, stripe_session_id=checkout.stripe_session_id)), checkout.url


def _saved(deps: Deps, wanted: Purchase) -> Purchase:
    """The purchase as an earlier run of the operation wrote it down, if one did."""
    try:
        deps.store.save_purchase(wanted, was=None)
    except ConditionFailed:
        return deps.store.purchase(wanted.account, wanted.id, consistent=True) or wanted
    return wanted


def _known_by(deps: Deps, purchase: Purchase) -> Purchase:
    """The purchase with its session; one that was settled in the meantime has it already."""
    try:
        deps.store.save_purchase(purchase, was=OPEN)
    except ConditionFailed:
        return deps.store.purchase(purchase.account, purchase.id) or purchase
    return purchase
