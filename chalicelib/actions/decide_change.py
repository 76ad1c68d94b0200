"""Deciding what a wish leads to, on an account that was brought up to date first: our copy may lag behind Stripe."""

from collections.abc import Mapping

from chalicelib.actions.change_account import read
from chalicelib.actions.change_once import outcome_of
from chalicelib.actions.sync_subscription import sync_subscription
from chalicelib.actions.take_up import take_up
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.orders import Order, ahead_of, is_charged, is_waiting
from chalicelib.domain.periods import Instant
from chalicelib.domain.subscriptions import Subscription
from chalicelib.domain.wishes import Decision, Refusal, Standpoint, Terms, Wish, decide
from chalicelib.errors import (
    BillingError,
    CardNeeded,
    ChangeInProgress,
    Invalid,
    MixedChange,
    NotForSale,
    PastDue,
    PaymentPending,
    Problem,
    SeatsInUse,
    StripeGone,
    SubscriptionPaused,
    UnknownPlan,
)

REFUSALS: Mapping[str, type[BillingError]] = {
    "card_needed": CardNeeded,
    "mixed_change": MixedChange,
    "not_for_sale": NotForSale,
    "past_due": PastDue,
    "paused": SubscriptionPaused,
    "payment_pending": PaymentPending,
    "seats_in_use": SeatsInUse,
    "unknown_plan": UnknownPlan,
}


def fresh(deps: Deps, account: str) -> tuple[State, Profile]:
    """State and profile, after Stripe was asked about the subscription; raises UnknownAccount."""
    state, profile = read(deps, account)
    known = live_of(profile)
    if known is None:
        return state, profile
    try:
        sync_subscription(deps, known.stripe_subscription_id)
    except StripeGone:
        return state, profile
    return read(deps, account)


def ready_or_done(deps: Deps, account: str, operation: str | None) -> tuple[str | None, State, Profile]:
    """What came of the operation, if it is done, with the account as it is; else the account ready for it.

    Raises ChangeInProgress while another one is carried out, but not for what is done.
    """
    came = outcome_of(deps, operation)
    if came:
        return came, *read(deps, account)
    state, profile = _ready(deps, account, operation)
    # Once more, since an order that an earlier run had left may be what was finished just now.
    return outcome_of(deps, operation), state, profile


def _ready(deps: Deps, account: str, operation: str | None) -> tuple[State, Profile]:
    """As `fresh` gives them, after an order that was left behind is finished if it has charged: that is not taken back.

    One that an earlier run of this operation has left is finished in any case.
    Raises ChangeInProgress while one is carried out: how things stand then is no answer to anything.
    """
    state, profile = fresh(deps, account)
    live, left = live_of(profile), profile.order
    if live is None or left is None:
        return state, profile
    if left.is_held(deps.clock.now(), operation):
        raise ChangeInProgress("another change of this account is being carried out")
    if not (left.is_of(operation) or left.unpaid or is_charged(left, live, state.plan, deps.catalogue)):
        return state, profile
    take_up(deps, account, operation)
    return read(deps, account)


def live_of(profile: Profile) -> Subscription | None:
    return profile.subscription if profile.subscription and profile.subscription.live else None


def decided(wish: Wish, state: State, profile: Profile, catalogue: Catalogue) -> Decision:
    """What the wish leads to. Raises what REFUSALS says, or Invalid."""
    found = decide(wish, _standpoint(state, profile, catalogue), catalogue)
    if isinstance(found, Decision):
        return found
    raise refusal_of(found)


def refusal_of(refusal: Refusal) -> BillingError:
    if refusal.problems:
        return Invalid([Problem(*each) for each in refusal.problems])
    return REFUSALS[refusal.code](refusal.detail)


def waiting_for(decision: Decision, profile: Profile, catalogue: Catalogue, now: Instant) -> Order | None:
    """The order that waits for the payment of this very change already."""
    order, live = profile.order, live_of(profile)
    if order is None or (order.terms, order.after) != (decision.terms, decision.after):
        return None
    return order if is_waiting(order, live, catalogue, now) else None


def scheduled_before(profile: Profile, catalogue: Catalogue) -> Terms | None:
    """What is scheduled, also where an order that is not done has let go of it for a while, or is to bring it."""
    live = live_of(profile)
    return ahead_of(profile.order, live, catalogue) if live else None


def _standpoint(state: State, profile: Profile, catalogue: Catalogue) -> Standpoint:
    unsettled = profile.order is not None and profile.order.is_unsettled
    by_debit = profile.payment_method is not None and profile.payment_method.type != "card"
    scheduled = scheduled_before(profile, catalogue)
    return Standpoint(state.plan, live_of(profile), scheduled, state.seats_active, unsettled, by_debit)
