"""Reconciling: every subscription at Stripe compared with our copy each night, and what differs synced.

Ended ones are compared too: an end that was missed would leave a plan in force for ever. After them the events that
were given up on are taken up again.
"""

import logging
from dataclasses import replace

from chalicelib.actions.catch_up import take_up_again
from chalicelib.actions.follow_subscription import follow_subscription
from chalicelib.actions.hand_over import hand_over, keeper_of
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile
from chalicelib.domain.adoption import lives_by, noted, sold_here
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
    """Whether the account had to be made to agree; one that agrees may have a card that is about to expire.

    A change that is not paid is looked at each night: a list does not show what becomes of it.
    """
    profile = _profile_of(deps, subscription)
    if profile is None:
        return False
    is_own = lives_by(profile, subscription)
    was_anothers = not is_own and subscription.account is not None and hand_over(deps, subscription, profile.account)
    differs = _differs(profile, subscription)
    if differs or _is_looked_at(profile, subscription, deps.clock.now()):
        follow_subscription(deps, subscription.stripe_subscription_id)
    return differs or was_anothers


def _profile_of(deps: Deps, subscription: Subscription) -> Profile | None:
    """Of the account that it names, else of its customer's; where it names nobody we know, of who lives by it."""
    account = subscription.account or deps.store.account_of_customer(subscription.stripe_customer_id)
    found = deps.store.account(account) if account else None
    if found is None and subscription.account is not None:
        keeper = keeper_of(deps, subscription)
        found = deps.store.account(keeper) if keeper else None
    return found[1] if found else None


def _is_looked_at(profile: Profile, subscription: Subscription, now: Instant) -> bool:
    own = profile.subscription
    if own is None or not lives_by(profile, subscription):
        return False
    return own.change is not None or is_card_untold(profile, now)


def _differs(profile: Profile, subscription: Subscription) -> bool:
    own = profile.subscription
    if own is None or not lives_by(profile, subscription):
        takes_over = subscription.live and (own is None or not own.live)
        is_to_end = subscription.live and sold_here(subscription, profile.account)
        return takes_over or is_to_end or noted(profile, subscription) != profile.beside
    return _decisive(own) != _decisive(subscription) or _payment(own) != _payment(subscription)


def _decisive(subscription: Subscription) -> Subscription:
    """The subscription without what a list does not show, or shows anew each time."""
    return replace(subscription, as_of=0, next_charge=None, latest_invoice=None, change=None, bought=None)


def _payment(subscription: Subscription) -> tuple[str, str] | None:
    """The latest invoice, and whether it is paid; of one that owes a list shows another one."""
    invoice = subscription.latest_invoice
    if invoice is None or subscription.status in OWING:
        return None
    return invoice.stripe_invoice_id, invoice.status
