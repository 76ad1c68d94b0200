"""Syncing a subscription: Stripe is asked how it stands, and the account made to agree.

Events only say "look". The instant is noted before Stripe is asked, and an older answer never replaces a newer one.
"""

import logging
from collections.abc import Callable
from dataclasses import replace

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.close_checkouts import close_checkouts
from chalicelib.actions.end_second import refund_second, settle_second
from chalicelib.actions.follow_card import following_card
from chalicelib.actions.hand_over import hand_over, keeper_of
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.adoption import adopted, first_of, lives_by, sold_here, supersedes
from chalicelib.domain.journal import begin
from chalicelib.domain.subscriptions import STANDING, PaymentMethod, Subscription
from chalicelib.domain.unpaid_changes import is_failed, remembering, taking_back
from chalicelib.errors import ConditionFailed, StripeGone, StripeRefused, UnknownAccount

log = logging.getLogger(__name__)


Finish = Callable[[State, Profile, Commit], Commit | None]
"""What else is written together with the agreement; the commit is empty where nothing differs."""


def sync_subscription(deps: Deps, stripe_subscription_id: str, finish: Finish | None = None) -> State | None:
    """The state of the account, which agrees with its subscription; None where that is nobody's of whom we know."""
    fetched = _fetch(deps, stripe_subscription_id)
    account = fetched.account or deps.store.account_of_customer(fetched.stripe_customer_id)
    if account is None:
        log.info("subscription.of_nobody", extra={"stripe_subscription_id": stripe_subscription_id})
        return None
    try:
        return _synced(deps, fetched, account, finish)
    except UnknownAccount:
        log.info("subscription.of_unknown_account", extra={"stripe_subscription_id": stripe_subscription_id})
    # Who lives by it already goes on doing so: a name that somebody mistyped must not take his plan.
    keeper = keeper_of(deps, fetched)
    return _synced(deps, fetched, keeper, finish) if keeper else None


def _synced(deps: Deps, fetched: Subscription, account: str, finish: Finish | None) -> State:
    fetched = _cleared_up(deps, fetched, account)

    def decide(state: State, profile: Profile) -> Commit | None:
        commit = _agreement(deps, fetched, state, profile)
        return commit if finish is None else finish(state, profile, commit or Commit())

    return change_account(deps, account, decide)


def _agreement(deps: Deps, fetched: Subscription, state: State, profile: Profile) -> Commit | None:
    """What makes the account agree; None if it does, or should not."""
    subscription = _newest(deps, fetched, profile)
    if subscription is None:
        return None
    if subscription.account == profile.account and not lives_by(profile, subscription):
        hand_over(deps, subscription, profile.account)
    if not _is_current(deps, subscription, profile):
        return settle_second(deps, subscription, state, profile)
    _check_first(deps, subscription, profile)
    if _starts(subscription, profile):
        close_checkouts(deps, subscription)
    if profile.stripe_customer_id != subscription.stripe_customer_id:
        # The page that was opened here was another customer's.
        profile = replace(profile, checkout_by=None)
        profile = deps.store.attach_customer(profile, subscription.stripe_customer_id)
    subscription = remembering(subscription, profile)
    subscription = replace(subscription, next_charge=deps.stripe.next_charge(subscription))
    outcome = adopted(state, profile, subscription, _payment_method(deps, subscription), deps.catalogue)
    commit = following_card(deps, state, Commit(*outcome) if outcome else None, profile)
    return _ordering_back(deps, subscription, state, profile, commit)


def _ordering_back(
    deps: Deps, subscription: Subscription, state: State, profile: Profile, commit: Commit | None
) -> Commit | None:
    """The same, with the order to take back a change that came to nothing, unless another order stands in its way."""
    if profile.order is not None or not is_failed(subscription):
        return commit
    now, commit = deps.clock.now(), commit or Commit()
    order = taking_back(subscription, deps.token(), deps.catalogue, now)
    change = (commit.change or begin(state, now, deps.catalogue)).setting(wish=now)
    return replace(
        commit, change=change.because(f"order:{order.id}"), profile=replace(commit.profile or profile, order=order)
    )


def _fetch(deps: Deps, stripe_subscription_id: str) -> Subscription:
    now = deps.clock.now()
    return deps.stripe.subscription(stripe_subscription_id, as_of=now)


def _newest(deps: Deps, fetched: Subscription, profile: Profile) -> Subscription | None:
    """What was fetched, unless the profile has something newer.

    Of two answers from one second nobody knows which is newer; one asked for after the profile was read is.
    """
    own = profile.subscription
    if own is None or own.stripe_subscription_id != fetched.stripe_subscription_id or own.as_of < fetched.as_of:
        return fetched
    return _fetch(deps, fetched.stripe_subscription_id) if own.as_of == fetched.as_of else None


def _is_current(deps: Deps, subscription: Subscription, profile: Profile) -> bool:
    """Whether the account lives by this subscription; if another one stands in its way, that one is asked for first."""
    own = profile.subscription
    if supersedes(subscription, profile):
        return own is not None or subscription.live
    if own is None or not subscription.live:
        return False
    return subscription.beside is None and not _lives(deps, own)


def _check_first(deps: Deps, subscription: Subscription, profile: Profile) -> None:
    """One that is taken up is the customer's first; raises ConditionFailed once an earlier one was taken up instead."""
    asked = subscription.stripe_subscription_id
    if lives_by(profile, subscription):
        return
    first = first_of(deps.stripe.subscriptions_of(subscription.stripe_customer_id, as_of=deps.clock.now()), profile)
    if first is not None and first.stripe_subscription_id != asked:
        sync_subscription(deps, first.stripe_subscription_id)
        raise ConditionFailed({})


def _starts(subscription: Subscription, profile: Profile) -> bool:
    own = profile.subscription
    was_good = (
        own is not None
        and own.stripe_subscription_id == subscription.stripe_subscription_id
        and STANDING.get(own.status) == "good"
    )
    return STANDING.get(subscription.status) == "good" and not was_good


def _cleared_up(deps: Deps, fetched: Subscription, account: str) -> Subscription:
    """What somebody who died, or Stripe itself, leaves behind: a subscription nobody pays for, or money for none."""
    if fetched.live and fetched.is_unpayable and sold_here(fetched, account):
        ended = fetched.stripe_subscription_id
        deps.stripe.end_now(fetched, reason=None, comment=None, key=f"end_unpaid:{ended}")
        fetched = _fetch(deps, ended)
    if fetched.status == "canceled" and fetched.owes:
        deps.stripe.void_unpaid(fetched.stripe_subscription_id)
        fetched = _fetch(deps, fetched.stripe_subscription_id)
    refund_second(deps, fetched)
    return fetched


def _lives(deps: Deps, own: Subscription) -> bool:
    try:
        return deps.stripe.subscription(own.stripe_subscription_id, as_of=deps.clock.now()).live
    except StripeGone:
        return False


def _payment_method(deps: Deps, subscription: Subscription) -> PaymentMethod | None:
    """What the next renewal charges: the subscription's own, else the customer's default; that too where it has ended.

    Checkout leaves the card with the subscription only; it becomes the customer's default if there is none.
    """
    customer, own = subscription.stripe_customer_id, subscription.stripe_payment_method_id
    default = deps.stripe.payment_method(customer)
    if own is None or not subscription.live or (default and default.stripe_payment_method_id == own):
        return default
    if default is None:
        _use_by_default(deps, customer, own)
    return deps.stripe.payment_method(customer, own)


def _use_by_default(deps: Deps, customer: str, method: str) -> None:
    """A convenience: a card that was taken off in this very moment must not keep the plan from starting."""
    try:
        deps.stripe.use_by_default(customer, method, key=f"default:{customer}:{method}")
    except (StripeRefused, StripeGone) as error:
        log.warning("payment_method.not_default", extra={"stripe_customer_id": customer, "code": error.code})
