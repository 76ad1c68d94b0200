"""Settling a Checkout session: whatever event or page speaks of it, Stripe is asked what became of it.

A pack's credits come in once, in the same write that moves its purchase on from open.
"""

import logging
from dataclasses import replace

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.sync_subscription import sync_subscription
from chalicelib.deps import Beside, Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.credits import Purchase
from chalicelib.domain.invoices import Checkout
from chalicelib.domain.journal import begin
from chalicelib.domain.purchases import EXPIRED, FAILED, OPEN, granted, mismatches, paid, unnamed
from chalicelib.errors import ConditionFailed

log = logging.getLogger(__name__)


def settle_checkout(deps: Deps, stripe_session_id: str, *, is_failure: bool = False) -> None:
    """The subscription synced, or the purchase granted, expired or failed; sessions that are not ours are left alone.

    `is_failure`: Stripe said that a delayed payment came to nothing, which the session itself does not show.
    """
    checkout = deps.stripe.checkout(stripe_session_id)
    if checkout.stripe_subscription_id:
        sync_subscription(deps, checkout.stripe_subscription_id)
    if checkout.account and checkout.purchase:
        _settle_purchase(deps, checkout, checkout.account, checkout.purchase, is_failure=is_failure)


def _settle_purchase(deps: Deps, checkout: Checkout, account: str, purchase_id: str, *, is_failure: bool) -> None:
    purchase = deps.store.purchase(account, purchase_id, consistent=True)
    if purchase is None:
        log.error("purchase.unknown", extra={"account_id": account, "stripe_session_id": checkout.stripe_session_id})
    elif purchase.state == OPEN and checkout.paid:
        _grant(deps, checkout, purchase)
    elif purchase.state == OPEN and (checkout.status == EXPIRED or is_failure):
        _give_up(deps, replace(purchase, state=EXPIRED if checkout.status == EXPIRED else FAILED))


def _grant(deps: Deps, checkout: Checkout, purchase: Purchase) -> None:
    def decide(state: State, profile: Profile) -> Commit | None:
        # This read may lag: it only spares a write. What keeps a purchase from being granted twice is the write's
        # condition that it is still open.
        seen = deps.store.purchase(purchase.account, purchase.id)
        if seen is not None and seen.state != OPEN:
            return None
        wrong = mismatches(checkout, purchase, profile.stripe_customer_id, deps.catalogue)
        if wrong:
            _tell_mismatch(checkout, purchase, wrong)
            return None
        queue = deps.store.lots(state)
        if queue is None:
            raise ConditionFailed({})
        change = begin(state, deps.clock.now(), deps.catalogue)
        return Commit(granted(change, purchase, checkout, queue), beside=Beside(purchase=paid(purchase, checkout)))

    change_account(deps, purchase.account, decide)


def _tell_mismatch(checkout: Checkout, purchase: Purchase, wrong: list[str]) -> None:
    """Somebody must look: money was paid for which nothing was given."""
    about = {"account_id": purchase.account, "purchase_id": purchase.id}
    log.error("purchase.mismatch", extra=about | {"stripe_session_id": checkout.stripe_session_id, "wrong": wrong})


def _give_up(deps: Deps, purchase: Purchase) -> None:
    try:
        deps.store.save_purchase(purchase, was=OPEN, unless_erased=True)
    except ConditionFailed:
        _give_up_unnamed(deps, purchase)


def _give_up_unnamed(deps: Deps, purchase: Purchase) -> None:
    """The account was erased since the purchase was read, or the purchase has moved on."""
    try:
        deps.store.save_purchase(unnamed(purchase), was=OPEN)
    except ConditionFailed:
        log.info("purchase.moved_on", extra={"account_id": purchase.account, "purchase_id": purchase.id})
