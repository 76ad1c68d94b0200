"""Handing over a subscription that people made another account's, at Stripe: one account at most lives by it.

Who lived by it is found by the customer, which stays the same: only the subscription's metadata say whose it is now.
"""

import logging

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.adoption import handed_over, lives_by
from chalicelib.domain.subscriptions import Subscription

log = logging.getLogger(__name__)


def hand_over(deps: Deps, subscription: Subscription, to: str) -> bool:
    """Whether it was another account's: for that one it has ended."""
    account = keeper_of(deps, subscription)
    if account is None or account == to:
        return False

    def decide(state: State, profile: Profile) -> Commit | None:
        outcome = handed_over(state, profile, subscription, deps.catalogue)
        return Commit(*outcome) if outcome else None

    change_account(deps, account, decide)
    about = {"account_id": account, "stripe_subscription_id": subscription.stripe_subscription_id}
    log.warning("subscription.handed_over", extra=about)
    return True


def keeper_of(deps: Deps, subscription: Subscription) -> str | None:
    """The customer's account, if it lives by the subscription."""
    account = deps.store.account_of_customer(subscription.stripe_customer_id)
    found = deps.store.account(account, consistent=True) if account else None
    return account if found and lives_by(found[1], subscription) else None
