"""Reconciling: every subscription at Stripe compared with our copy each night, and what differs synced.

Ended ones are compared too: an end that was missed would leave a plan in force for ever. After them the events that
were given up on are taken up again.
"""

import logging
from dataclasses import replace

from chalicelib.actions.catch_up import take_up_again
from chalicelib.actions.follow_subscription import follow_subscription
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile
from chalicelib.domain.adoption import noted, sold_here
from chalicelib.domain.cards import is_card_untold
from chalicelib.domain.periods import Instant
from chalicelib.domain.subscriptions import OWING, Subscription
from chalicelib.errors import BillingError

log = logging.getLogger(__name__)


def reconcile(deps: Deps) -> int:
    """How many subscriptions had to be synced; one that cannot be is told at the end, after all others."""
    repaired, failed = 0, 0
    for subscription in deps.stripe.subscriptions(as_of=deps.clock.now()):
        about = {"stripe_subscription_id": subscription.stripe_subscription_id}
        try:
            if not _is_repaired(deps, subscription):
                continue
        except BillingError as error:
            failed += 1
            log.error("reconcile.failed", extra=about | {"code": error.code})
        else:
            repaired += 1
            log.warning("reconcile.repaired", extra=about)
    take_up_again(deps)
    if failed:
        raise BillingError(f"{failed} subscriptions could not be reconciled")
    return repaired


def _is_repaired(deps: Deps, subscription: Subscription) -> bool:
    """Whether the account had to be made to agree; one that agrees may have a card that is about to expire."""
    account = subscription.account or deps.store.account_of_customer(subscription.stripe_customer_id)
    found = deps.store.account(account) if account else None
    if found is None:
        return False
    differs = _differs(found[1], subscription)
    if differs or _is_card_untold(found[1], subscription, deps.clock.now()):
        follow_subscription(deps, subscription.stripe_subscription_id)
    return differs


def _is_card_untold(profile: Profile, subscription: Subscription, now: Instant) -> bool:
    own = profile.subscription
    is_own = own is not None and own.stripe_subscription_id == subscription.stripe_subscription_id
    return is_own and is_card_untold(profile, now)


def _differs(profile: Profile, subscription: Subscription) -> bool:
    own = profile.subscription
    if own is None or own.stripe_subscription_id != subscription.stripe_subscription_id:
        takes_over = subscription.live and (own is None or not own.live)
        is_to_end = subscription.live and sold_here(subscription, profile.account)
        return takes_over or is_to_end or noted(profile, subscription) != profile.beside
    return _decisive(own) != _decisive(subscription) or _payment(own) != _payment(subscription)


def _decisive(subscription: Subscription) -> Subscription:
    """The subscription without what a list does not show, or shows anew each time."""
    return replace(subscription, as_of=0, next_charge=None, latest_invoice=None)


def _payment(subscription: Subscription) -> tuple[str, str] | None:
    """The latest invoice, and whether it is paid; of one that owes a list shows another one."""
    invoice = subscription.latest_invoice
    if invoice is None or subscription.status in OWING:
        return None
    return invoice.stripe_invoice_id, invoice.status
