"""Reconciling: every subscription at Stripe compared with our copy each night, and what differs synced.

Ended ones are compared too: an end that was missed would leave a plan in force for ever. After them the events that
were given up on are taken up again.
"""

import logging
from dataclasses import replace

from chalicelib.actions.catch_up import take_up_again
from chalicelib.actions.sync_subscription import sync_subscription
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile
from chalicelib.domain.adoption import beside
from chalicelib.domain.subscriptions import Subscription
from chalicelib.errors import BillingError

log = logging.getLogger(__name__)


def reconcile(deps: Deps) -> int:
    """How many subscriptions had to be synced; one that cannot be is told at the end, after all others."""
    repaired, failed = 0, 0
    for subscription in deps.stripe.subscriptions(as_of=deps.clock.now()):
        about = {"stripe_subscription_id": subscription.stripe_subscription_id}
        try:
            if _agrees(deps, subscription):
                continue
            sync_subscription(deps, subscription.stripe_subscription_id)
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


def _agrees(deps: Deps, subscription: Subscription) -> bool:
    account = subscription.account or deps.store.account_of_customer(subscription.stripe_customer_id)
    found = deps.store.account(account) if account else None
    return found is None or not _differs(found[1], subscription)


def _differs(profile: Profile, subscription: Subscription) -> bool:
    own = profile.subscription
    if own is None or own.stripe_subscription_id != subscription.stripe_subscription_id:
        takes_over = subscription.live and (own is None or not own.live)
        return takes_over or beside(profile, subscription) != profile
    return _decisive(own) != _decisive(subscription)


def _decisive(subscription: Subscription) -> Subscription:
    """The subscription without what a list does not show, or shows anew each time."""
    return replace(subscription, as_of=0, next_charge=None, latest_invoice=None)
