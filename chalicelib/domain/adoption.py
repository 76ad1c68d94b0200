"""Adoption: what a subscription, as it was fetched from Stripe, changes in its account.

An account lives by one subscription. Another one is taken up only when that one has ended; until then it is left alone.
"""

from dataclasses import replace

from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.journal import Change, begin
from chalicelib.domain.notices import Notice
from chalicelib.domain.periods import DAY, Instant, period_at
from chalicelib.domain.plans import FREE
from chalicelib.domain.subscriptions import (
    OWING,
    STANDING,
    InForce,
    PaymentMethod,
    PaymentRequired,
    Subscription,
    ended,
    in_force,
)

SECOND = "Stripe has a second subscription that is live: "
IN_FORCE = ("plan", "standing", "grace_until", "seats_bought")


def supersedes(subscription: Subscription, profile: Profile) -> bool:
    """Whether this is the account's subscription, or a live one that may take an ended one's place."""
    current = profile.subscription
    if current is None or current.stripe_subscription_id == subscription.stripe_subscription_id:
        return True
    return subscription.live and not current.live


def beside(profile: Profile, subscription: Subscription) -> Profile:
    """The profile of an account that lives by another one than this: a live one is its drift, an ended one no more."""
    if subscription.live:
        return profile if profile.drift else replace(profile, drift=_second(subscription))
    return replace(profile, drift=None) if profile.drift == _second(subscription) else profile


def _second(subscription: Subscription) -> str:
    return SECOND + subscription.stripe_subscription_id


def adopted(
    state: State, profile: Profile, subscription: Subscription, method: PaymentMethod | None, catalogue: Catalogue
) -> tuple[Change | None, Profile] | None:
    """The change and the profile that make the account agree with its subscription; None if nothing differs.

    The change is None where the decisive part stays: then the profile alone is saved.
    """
    mirrored = _mirrored(profile, subscription, method, catalogue)
    change = _changed(state, profile, subscription, catalogue)
    if change is None and _timeless(mirrored) == _timeless(profile):
        return None
    return change, mirrored


def _timeless(profile: Profile) -> Profile:
    """The profile without the instant at which it was compared."""
    if profile.subscription is None:
        return profile
    return replace(profile, subscription=replace(profile.subscription, as_of=0))


def _mirrored(
    profile: Profile, subscription: Subscription, method: PaymentMethod | None, catalogue: Catalogue
) -> Profile:
    known = catalogue.price_of(subscription.price) is not None or not subscription.live
    told = profile.drift or ""
    second = told if told.startswith(SECOND) and told != _second(subscription) else None
    return replace(
        profile,
        stripe_customer_id=subscription.stripe_customer_id,
        subscription=subscription,
        payment_method=method,
        payment_required=_payment_required(subscription),
        drift=second if known else f"Stripe's price {subscription.price} is not in the catalogue",
    )


def _payment_required(subscription: Subscription) -> PaymentRequired | None:
    invoice = subscription.latest_invoice
    if subscription.status not in OWING or invoice is None or invoice.status != "open":
        return None
    return PaymentRequired(invoice.hosted_url, invoice.amount_due) if invoice.hosted_url else None


def _changed(state: State, profile: Profile, subscription: Subscription, catalogue: Catalogue) -> Change | None:
    force, now = _force(state, profile, subscription, catalogue), subscription.as_of
    if all(getattr(state, name) == value for name, value in _fields(force).items()):
        return None
    change = begin(state, now, catalogue)
    if state.plan == FREE and force.plan != FREE:
        change = change.anchored(_anchor(subscription), catalogue)
    change = change.setting(**_fields(force)).because(f"subscription:{subscription.stripe_subscription_id}")
    return change.noticing(*_notices(state, force, subscription))


def _fields(force: InForce) -> dict[str, str | int | None]:
    return dict(zip(IN_FORCE, (force.plan, force.standing, force.grace_until, force.seats), strict=True))


def _anchor(subscription: Subscription) -> Instant:
    """The instant the usage periods count from; one that lies ahead is counted back to the month that runs."""
    now = subscription.as_of
    return subscription.anchor if subscription.anchor <= now else period_at(subscription.anchor, now).start


def _force(state: State, profile: Profile, subscription: Subscription, catalogue: Catalogue) -> InForce:
    force, before = in_force(subscription, catalogue), profile.subscription
    if catalogue.price_of(subscription.price) is None:
        force = _unknown_price(state, subscription, force, catalogue)
    if force.standing != "grace":
        return force
    # A second unpaid period begins while the first is unpaid: the grace is still the first one's.
    is_own = before is not None and before.stripe_subscription_id == subscription.stripe_subscription_id
    if before is not None and is_own and before.status == "past_due" and state.standing != "good":
        return replace(force, standing=state.standing, grace_until=state.grace_until)
    if force.grace_until is not None and force.grace_until <= subscription.as_of:
        return replace(force, standing="none", grace_until=None)
    return force


def _unknown_price(state: State, subscription: Subscription, force: InForce, catalogue: Catalogue) -> InForce:
    """Somebody changed the price at Stripe: the plan stays what it was, and the profile says so."""
    plan = catalogue.plans.get(state.plan)
    if plan is None or plan.id == FREE:
        return force
    if not subscription.live:
        return ended(plan, catalogue)
    standing = STANDING.get(subscription.status, "none")
    until = subscription.period.start + catalogue.grace_days * DAY if standing == "grace" else None
    seats = subscription.seats if plan.per_seat else plan.seats_max
    return InForce(plan.id, None, standing, until, seats)


def _notices(state: State, force: InForce, subscription: Subscription) -> list[Notice]:
    told: list[tuple[str, str]] = []
    if state.plan != force.plan:
        told.append(("plan_changed", f"from {state.plan} to {force.plan}"))
    if state.standing == "good" and force.standing == "grace":
        told.append(("payment_failed", "the renewal could not be paid"))
    if state.standing != "good" and force.standing == "good" and state.plan == force.plan:
        told.append(("payment_recovered", "the renewal is paid"))
    about = f"{subscription.stripe_subscription_id}:{subscription.period.start}"
    return [Notice(f"{kind}:{about}:{force.plan}", kind, detail) for kind, detail in told]
