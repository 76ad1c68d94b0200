"""Ending a second subscription: who pays in two tabs keeps the first, and gets the second's money back.

What is next follows from how Stripe has it: one that lives is noted there before it is ended, and one that has ended
and is noted is refunded. So whoever comes after a process died goes on, and a debit that is paid later goes back, too.
"""

import logging

from chalicelib.actions.change_account import Commit
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.adoption import beside, sold_here
from chalicelib.domain.journal import begin
from chalicelib.domain.notices import Notice
from chalicelib.domain.subscriptions import Subscription

log = logging.getLogger(__name__)


def settle_second(deps: Deps, subscription: Subscription, state: State, profile: Profile) -> Commit | None:
    """What is to be written of a subscription that the account does not live by; a dashboard's own is only shown."""
    if subscription.live:
        about = {"account_id": profile.account, "stripe_subscription_id": subscription.stripe_subscription_id}
        log.error("subscription.second", extra=about)
    own = profile.subscription
    if own is not None and subscription.live and sold_here(subscription, profile.account):
        profile = _noted(deps, subscription, profile)
        subscription = _ended(deps, subscription, own)
    told = beside(profile, subscription, deps.catalogue)
    if told == profile:
        return None
    if subscription.live or subscription.beside is None or told.beside == profile.beside:
        return Commit(profile=told)
    cause = f"second:{subscription.stripe_subscription_id}"
    notice = Notice(
        cause,
        "second_subscription_refunded",
        "a second subscription was bought; it has ended, and what was paid for it was refunded",
    )
    change = begin(state, deps.clock.now(), deps.catalogue).because(cause).noticing(notice)
    return Commit(change, profile=told)


def refund_second(deps: Deps, subscription: Subscription) -> None:
    """What was paid for one that was ended as the second goes back."""
    if subscription.beside is not None and not subscription.live:
        deps.stripe.give_back(subscription)


def _noted(deps: Deps, subscription: Subscription, profile: Profile) -> Profile:
    """The account says so as long as it lasts: else nobody would be told of one that was ended by a dying process."""
    told = beside(profile, subscription, deps.catalogue)
    return profile if told == profile else deps.store.save_profile(told)


def _ended(deps: Deps, subscription: Subscription, own: Subscription) -> Subscription:
    second = subscription.stripe_subscription_id
    if subscription.beside is None:
        deps.stripe.note_beside(second, own.stripe_subscription_id, key=f"beside:{second}")
    deps.stripe.end_now(subscription, reason=None, comment=None, key=f"end_second:{second}")
    ended = deps.stripe.subscription(second, as_of=deps.clock.now())
    refund_second(deps, ended)
    return ended
