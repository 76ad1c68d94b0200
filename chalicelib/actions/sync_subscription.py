"""Syncing a subscription: Stripe is asked how it stands, and the account made to agree.

Events only say "look". The instant is noted before Stripe is asked, and an older answer never replaces a newer one.
"""

import logging
from dataclasses import dataclass, replace

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.close_checkouts import close_checkouts
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.adoption import adopted, beside, supersedes
from chalicelib.domain.journal import begin
from chalicelib.domain.notices import Notice
from chalicelib.domain.subscriptions import STANDING, PaymentMethod, Subscription
from chalicelib.errors import StripeGone, StripeRefused, UnknownAccount

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """Who asked for a change at Stripe that is synced now, and what the journal says of it."""

    notice: Notice
    actor: str


def sync_subscription(deps: Deps, stripe_subscription_id: str, asked: Asked | None = None) -> None:
    """The account agrees with its subscription; one of nobody's, or of an account unknown here, is left alone."""
    fetched = _fetch(deps, stripe_subscription_id)
    account = fetched.account or deps.store.account_of_customer(fetched.stripe_customer_id)
    if account is None:
        log.info("subscription.of_nobody", extra={"stripe_subscription_id": stripe_subscription_id})
        return
    if _owed_at_its_end(fetched):
        # Whoever ended it may have died before its invoice was void.
        deps.stripe.void_unpaid(stripe_subscription_id)

    def decide(state: State, profile: Profile) -> Commit | None:
        commit = _agreement(deps, fetched, state, profile)
        return commit if asked is None else _asked_for(asked, commit or Commit(), state, deps)

    try:
        change_account(deps, account, decide)
    except UnknownAccount:
        log.info("subscription.of_unknown_account", extra={"stripe_subscription_id": stripe_subscription_id})


def _agreement(deps: Deps, fetched: Subscription, state: State, profile: Profile) -> Commit | None:
    """What makes the account agree; None if it does, or should not."""
    subscription = _newest(deps, fetched, profile)
    if subscription is None:
        return None
    if not _is_current(deps, subscription, profile):
        told = beside(profile, subscription)
        return None if told == profile else Commit(profile=told)
    if _starts(subscription, profile):
        close_checkouts(deps, subscription)
    if profile.stripe_customer_id != subscription.stripe_customer_id:
        profile = deps.store.attach_customer(profile, subscription.stripe_customer_id)
    outcome = adopted(state, profile, subscription, _payment_method(deps, subscription), deps.catalogue)
    return Commit(*outcome) if outcome else None


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
    if not _lives(deps, own):
        return True
    log.error(
        "subscription.second",
        extra={"account_id": profile.account, "stripe_subscription_id": subscription.stripe_subscription_id},
    )
    return False


def _starts(subscription: Subscription, profile: Profile) -> bool:
    own = profile.subscription
    was_good = (
        own is not None
        and own.stripe_subscription_id == subscription.stripe_subscription_id
        and STANDING.get(own.status) == "good"
    )
    return STANDING.get(subscription.status) == "good" and not was_good


def _owed_at_its_end(subscription: Subscription) -> bool:
    invoice = subscription.latest_invoice
    return subscription.status == "canceled" and invoice is not None and invoice.status in ("draft", "open")


def _lives(deps: Deps, own: Subscription) -> bool:
    try:
        return deps.stripe.subscription(own.stripe_subscription_id, as_of=deps.clock.now()).live
    except StripeGone:
        return False


def _payment_method(deps: Deps, subscription: Subscription) -> PaymentMethod | None:
    """What the next renewal charges: the subscription's own, else the customer's default.

    Checkout leaves the card with the subscription only; it becomes the customer's default if there is none.
    """
    customer, own = subscription.stripe_customer_id, subscription.stripe_payment_method_id
    default = deps.stripe.payment_method(customer)
    if own is None or (default and default.stripe_payment_method_id == own):
        return default
    if default is None and subscription.live:
        _use_by_default(deps, customer, own)
    return deps.stripe.payment_method(customer, own)


def _use_by_default(deps: Deps, customer: str, method: str) -> None:
    """A convenience: a card that was taken off in this very moment must not keep the plan from starting."""
    try:
        deps.stripe.use_by_default(customer, method, key=f"default:{customer}:{method}")
    except (StripeRefused, StripeGone) as error:
        log.warning("payment_method.not_default", extra={"stripe_customer_id": customer, "code": error.code})


def _asked_for(asked: Asked, commit: Commit, state: State, deps: Deps) -> Commit:
    """The commit with the asker and what he asked for in the journal, even where the decisive part stays."""
    change = commit.change or begin(state, deps.clock.now(), deps.catalogue)
    return replace(commit, change=change.because(asked.notice.id, asked.actor).noticing(asked.notice))
