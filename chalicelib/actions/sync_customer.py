"""Syncing a customer: its card has changed, or an invoice of its, or it was deleted at Stripe."""

from chalicelib.actions.change_account import Commit, change_account, read
from chalicelib.actions.follow_card import following_card
from chalicelib.actions.follow_subscription import follow_subscription
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.cards import with_payment_method
from chalicelib.domain.journal import begin


def sync_customer(deps: Deps, stripe_customer_id: str) -> None:
    """The account of this customer agrees with Stripe; a customer of nobody's is left alone."""
    account = deps.store.account_of_customer(stripe_customer_id)
    if account is None:
        return
    _, profile = read(deps, account)
    if profile.subscription and profile.subscription.live:
        follow_subscription(deps, profile.subscription.stripe_subscription_id)
        return
    for subscription in deps.stripe.subscriptions_of(stripe_customer_id, as_of=deps.clock.now()):
        if subscription.live:
            follow_subscription(deps, subscription.stripe_subscription_id)
    _sync_payment_method(deps, account)


def _sync_payment_method(deps: Deps, account: str) -> None:
    def decide(state: State, profile: Profile) -> Commit | None:
        if profile.stripe_customer_id is None or (profile.subscription and profile.subscription.live):
            return None
        # Asked after the profile was read, and saved only if nobody wrote it since: so it is the newer answer.
        method, now = deps.stripe.payment_method(profile.stripe_customer_id), deps.clock.now()
        known, notices = with_payment_method(profile, method, now)
        change = begin(state, now, deps.catalogue).because(notices[0].id).noticing(*notices) if notices else None
        return following_card(deps, state, None if known == profile else Commit(change, known), profile)

    change_account(deps, account, decide)
