"""Subscription schedules over the API: what a subscription is to become, and when.

Built for subscriptions that run already; a schedule that starts one is not.
"""

from infra.local.stripe import (
    lists,
    payment_methods,
    schedule_dates,
    schedule_life,
    schedule_phases,
    schedule_status,
    subscription_life,
)
from infra.local.stripe.errors import invalid, not_built
from infra.local.stripe.events import emit, updating
from infra.local.stripe.metadata import merged
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State

UNMANAGEABLE = ("incomplete", *subscription_life.ENDED)


def create(state: State, params: Params) -> Object:
    """Put a running subscription under a schedule of one phase, its current period."""
    if "from_subscription" not in params:
        raise not_built("a schedule that starts a subscription")
    _check_alone(params)
    subscription = state.get("subscription", params["from_subscription"], "from_subscription")
    _check_manageable(subscription)
    phase = schedule_phases.from_subscription(subscription)
    schedule = blank(
        "subscription_schedule",
        id=state.ids.make("sub_sched"),
        created=state.now(),
        current_phase={"end_date": phase["end_date"], "start_date": phase["start_date"]},
        customer=subscription["customer"],
        phases=[phase],
        subscription=subscription["id"],
    )
    settings = schedule["default_settings"]
    settings["automatic_tax"] = dict(phase["automatic_tax"])
    settings["collection_method"] = subscription["collection_method"]
    settings["invoice_settings"]["days_until_due"] = subscription["days_until_due"]
    schedule_life.plan_warning(state, schedule)
    emit(state, "subscription_schedule.created", state.add(schedule))
    with updating(state, subscription, subscription_life.UPDATED):
        subscription["schedule"] = schedule["id"]
    return schedule


def update(state: State, params: Params, schedule_id: str) -> Object:
    schedule = _running(state, schedule_id, "update")
    if params.get("end_behavior") in ("none", "renew"):
        raise not_built("end_behavior none and renew")
    subscription = state.get("subscription", schedule["subscription"])
    with updating(state, schedule):
        _set_defaults(state, schedule, params.get("default_settings", {}))
        if "phases" in params:
            schedule["phases"] = schedule_phases.replacing(state, schedule, subscription, params["phases"])
            current = schedule_phases.left(schedule)[0]
            schedule["current_phase"] = {"end_date": current["end_date"], "start_date": current["start_date"]}
        schedule["end_behavior"] = params.get("end_behavior", schedule["end_behavior"])
        schedule["metadata"] = merged(schedule["metadata"], params.get("metadata"))
        left = schedule_phases.left(schedule)
        schedule_dates.check_boundaries(state, subscription, left, schedule["end_behavior"])
        schedule_life.plan_warning(state, schedule)
    schedule_life.date_end(state, schedule, subscription)
    return schedule


def release(state: State, params: Params, schedule_id: str) -> Object:
    schedule = _running(state, schedule_id, "release")
    schedule_life.release(state, schedule, params.get("preserve_cancel_date", False))
    return schedule


def cancel(state: State, params: Params, schedule_id: str) -> Object:
    """Cancel the schedule and its subscription, both at once."""
    schedule = _running(state, schedule_id, "cancel")
    if params.get("invoice_now", True) or params.get("prorate", True):
        raise not_built("cancelling with a last invoice or proration, which both are on unless said otherwise")
    subscription_life.end(state, state.get("subscription", schedule["subscription"]), "cancellation_requested")
    return schedule


def retrieve(state: State, _params: Params, schedule_id: str) -> Object:
    return state.get("subscription_schedule", schedule_id)


def listed(state: State, params: Params) -> Object:
    found = lists.matching(list(state.every("subscription_schedule")), params, "customer")
    for name in ("canceled_at", "completed_at", "created", "released_at"):
        found = [each for each in found if name not in params or lists.within(each[name], params[name])]
    if params.get("scheduled"):
        found = [each for each in found if each["status"] == "not_started"]
    return lists.page(found, params, "/v1/subscription_schedules")


def _check_alone(params: Params) -> None:
    for name in sorted(set(params) - {"from_subscription"}):
        raise invalid(f"You cannot set `{name}` if `from_subscription` is set.", param=name)


def _check_manageable(subscription: Object) -> None:
    if subscription["schedule"] and subscription["status"] not in subscription_life.ENDED:
        raise invalid(
            f"You cannot migrate a subscription that is already attached to a schedule: `{subscription['schedule']}`.",
            param="from_subscription",
        )
    if subscription["status"] in UNMANAGEABLE:
        raise invalid(
            f"You cannot migrate a subscription that is currently in the `{subscription['status']}` status.",
            param="from_subscription",
        )
    if subscription["status"] == "paused":
        raise not_built("a schedule for a paused subscription")
    # What Stripe makes of an end that was asked for before is not documented; to refuse is the strictest.
    if subscription["cancel_at"] is not None:
        raise invalid("You cannot migrate a subscription that is set to cancel.", param="from_subscription")


def _running(state: State, schedule_id: str, verb: str) -> Object:
    schedule = state.get("subscription_schedule", schedule_id)
    if schedule["status"] != schedule_status.RUNNING:
        raise invalid(
            f"You cannot {verb} a subscription schedule that is currently in the `{schedule['status']}` status."
        )
    return schedule


def _set_defaults(state: State, schedule: Object, given: Params) -> None:
    settings = dict(schedule["default_settings"])
    if "automatic_tax" in given:
        settings["automatic_tax"] = schedule_phases.automatic_tax(given["automatic_tax"]["enabled"])
    if "default_payment_method" in given:
        param = "default_settings[default_payment_method]"
        method = payment_methods.owned(state, given["default_payment_method"], schedule["customer"], param)
        settings["default_payment_method"] = method["id"]
    schedule["default_settings"] = settings


PHASE = (
    "start_date end_date duration items.price items.quantity items.metadata proration_behavior metadata "
    "automatic_tax.enabled billing_cycle_anchor collection_method currency default_payment_method discounts"
)

ROUTES: Routes = {
    "GET /v1/subscription_schedules": Route(
        listed, f"{LISTING} customer canceled_at completed_at created released_at scheduled"
    ),
    # What comes beside from_subscription is refused, not unbuilt.
    "POST /v1/subscription_schedules": Route(
        create, "from_subscription customer start_date phases metadata end_behavior default_settings billing_mode"
    ),
    "GET /v1/subscription_schedules/{}": Route(retrieve),
    "POST /v1/subscription_schedules/{}": Route(
        update,
        "end_behavior metadata proration_behavior default_settings.automatic_tax.enabled "
        "default_settings.default_payment_method " + " ".join(f"phases.{name}" for name in PHASE.split()),
    ),
    "POST /v1/subscription_schedules/{}/cancel": Route(cancel, "invoice_now prorate"),
    "POST /v1/subscription_schedules/{}/release": Route(release, "preserve_cancel_date"),
}
