"""Adoption: what a subscription, as it was fetched from Stripe, changes in its account.

An account lives by one subscription. Another one is taken up only when that one has ended; until then it is left alone.
"""

from collections.abc import Iterable
from dataclasses import replace

from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.cards import with_payment_method
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.in_force import InForce, in_force, without
from chalicelib.domain.journal import SERVICE, Change, Touch, begin
from chalicelib.domain.notices import Kind, Notice
from chalicelib.domain.orders import Order, waits_until
from chalicelib.domain.plans import FREE
from chalicelib.domain.subscriptions import CHANGE, OWING, PaymentMethod, PaymentRequired, Subscription, plan_of
from chalicelib.domain.wishes import Terms


def supersedes(subscription: Subscription, profile: Profile) -> bool:
    """Whether this is the account's subscription, or a live one that may take an ended one's place."""
    current = profile.subscription
    if current is None or lives_by(profile, subscription):
        return True
    if not subscription.live or subscription.beside is not None:
        return False
    return not current.live or (current.status == "incomplete" and subscription.status != "incomplete")


def lives_by(profile: Profile, subscription: Subscription) -> bool:
    """Whether this is the account's own subscription."""
    own = profile.subscription
    return own is not None and own.stripe_subscription_id == subscription.stripe_subscription_id


def first_of(subscriptions: Iterable[Subscription], profile: Profile) -> Subscription | None:
    """Of several that the account could live by the one that was there first, in whichever order they are heard of.

    One that nobody has paid yet, or whose plan nobody knows, comes after the others.
    """
    fit = [each for each in subscriptions if each.live and each.beside is None and _is_of(each, profile)]
    return min(
        fit,
        key=lambda each: (each.status == "incomplete", each.plan is None, each.created, each.stripe_subscription_id),
        default=None,
    )


def _is_of(subscription: Subscription, profile: Profile) -> bool:
    if subscription.account is not None:
        return subscription.account == profile.account
    return subscription.stripe_customer_id == profile.stripe_customer_id


def beside(profile: Profile, subscription: Subscription, catalogue: Catalogue) -> Profile:
    """The profile of an account that lives by another subscription than this."""
    return _drifting(replace(profile, beside=noted(profile, subscription)), catalogue)


def noted(profile: Profile, subscription: Subscription) -> tuple[str, ...]:
    """The subscriptions beside the account's own, with or without this one: it is noted while it is live.

    One that this service ends stays noted until nothing more can be paid for it.
    """
    second, others = subscription.stripe_subscription_id, set(profile.beside)
    is_owed = subscription.beside is not None and subscription.owes
    return tuple(sorted(others | {second} if subscription.live or is_owed else others - {second}))


def sold_here(subscription: Subscription, account: str) -> bool:
    """Whether it came from a Checkout of this service: only such a one is ever ended by it."""
    return subscription.kind == "subscription" and subscription.account == account


def adopted(
    state: State, profile: Profile, subscription: Subscription, method: PaymentMethod | None, catalogue: Catalogue
) -> tuple[Change | None, Profile] | None:
    """The change and the profile that make the account agree with its subscription; None if nothing differs.

    The change is None where the decisive part stays: then the profile alone is saved.
    """
    known, told = with_payment_method(profile, method, subscription.as_of)
    mirrored, told = _mirrored(known, subscription, catalogue), (*told, *_of_first_payment(profile, subscription))
    change = _changed(state, profile, subscription, catalogue)
    if told:
        cause = f"subscription:{subscription.stripe_subscription_id}"
        change = (change or begin(state, subscription.as_of, catalogue).because(cause)).noticing(*told)
    if change is not None and profile.order is not None and mirrored.order is None:
        change = _forgetting(change, profile.order)
    change = _logging(change, state, profile, subscription, catalogue)
    if (change.after if change else state).plan != FREE:
        # Whoever asked for the plan is in the journal now, from which he can be erased.
        mirrored = replace(mirrored, checkout_by=None)
    if change is None and _timeless(mirrored) == _timeless(profile):
        return None
    return change, mirrored


def _logging(
    change: Change | None, state: State, profile: Profile, subscription: Subscription, catalogue: Catalogue
) -> Change | None:
    """With the interval that it is paid by from now on, which nothing in the state tells."""
    was, now = _interval(profile.subscription), _interval(subscription)
    if was == now or (change is None and None in (was, now)):
        return change
    if change is None:
        actor = _actor(state, _of(state), profile, subscription)
        cause = f"subscription:{subscription.stripe_subscription_id}"
        change = begin(state, subscription.as_of, catalogue).because(cause, actor)
    return change.touching(Touch("interval", None, was, now))


def _interval(subscription: Subscription | None) -> str | None:
    return subscription.interval if subscription and subscription.live else None


def handed_over(
    state: State, profile: Profile, subscription: Subscription, catalogue: Catalogue
) -> tuple[Change, Profile] | None:
    """The account once its subscription is another's: as if it had ended, and without its customer, who pays on."""
    if not lives_by(profile, subscription):
        return None
    left = without(_of(state), catalogue)
    change = begin(state, subscription.as_of, catalogue).because(f"handed_over:{subscription.stripe_subscription_id}")
    change = _giving(change, left).noticing(*_notices(state, left, subscription))
    if profile.order is not None:
        change = _forgetting(change, profile.order)
    bare = replace(profile, stripe_customer_id=None, subscription=None, payment_method=None, payment_required=None)
    return change, _drifting(replace(bare, card_told=None, order=None, checkout_by=None), catalogue)


def _forgetting(change: Change, order: Order) -> Change:
    """What was ordered of a subscription that the account does not live by any more is not done to another one."""
    kind = "change_given_up"
    return change.setting(wish=None).noticing(Notice(f"{kind}:{order.id}", kind, "the subscription is another one now"))


def _drifting(profile: Profile, catalogue: Catalogue) -> Profile:
    return replace(profile, drift=_drift_of(profile, catalogue))


def _drift_of(profile: Profile, catalogue: Catalogue) -> str | None:
    """What Stripe has that this service cannot follow, for people to look at."""
    subscription = profile.subscription
    if profile.beside:
        return f"Stripe has a second subscription that is live: {', '.join(profile.beside)}"
    if subscription is None or not subscription.live:
        return None
    if subscription.account not in (None, profile.account):
        return f"Stripe's subscription names an account that there is not: {subscription.account}"
    if plan_of(subscription, catalogue) is None:
        return f"Stripe's price {subscription.price} is not in the catalogue"
    if subscription.other_items:
        return f"Stripe's subscription has more items: {subscription.other_items}"
    return None


def _timeless(profile: Profile) -> Profile:
    """The profile without the instant at which it was compared."""
    if profile.subscription is None:
        return profile
    return replace(profile, subscription=replace(profile.subscription, as_of=0))


def _mirrored(profile: Profile, subscription: Subscription, catalogue: Catalogue) -> Profile:
    is_another = profile.subscription is not None and not lives_by(profile, subscription)
    mirrored = replace(
        profile,
        stripe_customer_id=subscription.stripe_customer_id,
        subscription=subscription,
        payment_required=_payment_required(subscription, profile.order),
        beside=tuple(each for each in profile.beside if each != subscription.stripe_subscription_id),
        order=None if is_another else profile.order,
    )
    return _drifting(mirrored, catalogue)


def _payment_required(subscription: Subscription, order: Order | None) -> PaymentRequired | None:
    """A failed renewal, or a change that is not in force before it is paid: that one only is forgotten in time."""
    invoice, pending = subscription.latest_invoice, subscription.pending
    if invoice is None or invoice.status != "open" or invoice.hosted_url is None:
        return None
    if pending is not None and invoice.reason == CHANGE:
        expires_at = waits_until(order, subscription) if order and order.terms else pending.expires_at
        return PaymentRequired(invoice.hosted_url, invoice.amount_due, expires_at)
    is_owed = subscription.status in OWING or subscription.status == "paused"
    return PaymentRequired(invoice.hosted_url, invoice.amount_due) if is_owed else None


def _changed(state: State, profile: Profile, subscription: Subscription, catalogue: Catalogue) -> Change | None:
    force = in_force(subscription, _had(state, profile, subscription, catalogue), catalogue)
    if _of(state) == force:
        return None
    change = begin(state, subscription.as_of, catalogue)
    if state.plan == FREE and force.plan != FREE:
        change = change.anchored(subscription.created, catalogue)
    cause = f"subscription:{subscription.stripe_subscription_id}"
    change = _giving(change, force).because(cause, _actor(state, force, profile, subscription))
    return change.noticing(*_notices(state, force, subscription))


def _actor(state: State, force: InForce, profile: Profile, subscription: Subscription) -> str:
    """Who asked for what comes into force: with the order on its way, or for a first plan by Checkout."""
    order, reached = profile.order, Terms(force.plan, subscription.interval, force.seats)
    if order and order.terms == reached:
        return order.actor
    is_first = state.plan == FREE != force.plan and sold_here(subscription, profile.account)
    return profile.checkout_by or SERVICE if is_first else SERVICE


def _giving(change: Change, force: InForce) -> Change:
    return change.setting(
        plan=force.plan, standing=force.standing, grace_until=force.grace_until, seats_bought=force.seats
    )


def _of(state: State) -> InForce:
    return InForce(state.plan, state.standing, state.grace_until, state.seats_bought)


def _had(state: State, profile: Profile, subscription: Subscription, catalogue: Catalogue) -> InForce:
    """What the account has by this very subscription; what another one gave ends with that one."""
    return _of(state) if lives_by(profile, subscription) else without(_of(state), catalogue)


def _notices(state: State, force: InForce, subscription: Subscription) -> list[Notice]:
    about = f"{subscription.stripe_subscription_id}:{subscription.period.start}"
    told = [
        Notice(f"{kind}:{about}:{force.plan}", kind, detail)
        for kind, detail in (*_of_plan(state, force), *_of_payment(state, force, subscription))
    ]
    if state.plan == force.plan and state.seats_bought != force.seats:
        detail = f"from {state.seats_bought} to {force.seats}"
        told.append(Notice(f"seats_changed:{about}:{force.seats}", "seats_changed", detail))
    missing = state.seats_active - force.seats
    if missing > 0 and force.seats < state.seats_bought:
        told.append(Notice(f"seats_over:{about}:{missing}", "seats_over", f"seats missing: {missing}"))
    return told


def _of_first_payment(profile: Profile, subscription: Subscription) -> tuple[Notice, ...]:
    """A first debit that came to nothing has ended what was never in force."""
    before = profile.subscription
    if before is None or not lives_by(profile, subscription):
        return ()
    if not before.live or subscription.live or not subscription.never_paid:
        return ()
    kind = "first_payment_failed"
    detail = "the first payment came to nothing, and the subscription has ended"
    return (Notice(f"{kind}:{subscription.stripe_subscription_id}", kind, detail),)


def _of_plan(state: State, force: InForce) -> list[tuple[Kind, str]]:
    return [("plan_changed", f"from {state.plan} to {force.plan}")] if state.plan != force.plan else []


def _of_payment(state: State, force: InForce, subscription: Subscription) -> list[tuple[Kind, str]]:
    if state.standing == "good" and force.standing != "good" and subscription.status in OWING:
        return [("payment_failed", "the renewal could not be paid")]
    if state.standing != "good" and force.standing == "good" and state.plan == force.plan != FREE:
        return [("payment_recovered", "the renewal is paid")]
    return []
