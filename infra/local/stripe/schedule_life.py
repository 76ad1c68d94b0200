"""A schedule through time: the next phase begun, the last one ended.

A phase begins at the very instant of the renewal and before it, so that the renewal bills the new items. What is
prorated at a boundary is nothing, since phases give way only where a billing period ends.
"""

from infra.local.stripe import discounts, schedule_entry, schedule_status, subscription_life
from infra.local.stripe.events import emit, updating
from infra.local.stripe.state import Object, State

WARNED_BEFORE = 7 * 86_400


def ends_at(schedule: Object) -> int:
    return schedule["phases"][-1]["end_date"]


def warns_at(schedule: Object) -> int | None:
    """When the end is announced: a week before it, once."""
    return schedule["_warns_at"]


def plan_warning(state: State, schedule: Object) -> None:
    """Announce the end as it is now, unless its week has begun."""
    at = ends_at(schedule) - WARNED_BEFORE
    schedule["_warns_at"] = at if at > state.now() else None


def warn(state: State, schedule: Object) -> None:
    schedule["_warns_at"] = None
    emit(state, "subscription_schedule.expiring", schedule)


def turn(state: State, schedule: Object) -> None:
    """The current phase is over: begin the next one, or end."""
    subscription = state.get("subscription", schedule["subscription"])
    phase = schedule_entry.next_phase(schedule)
    if phase:
        _enter(state, schedule, subscription, phase)
    elif schedule["end_behavior"] == "cancel":
        schedule_status.completed(state, schedule)
        subscription_life.end(state, subscription)
    else:
        release(state, schedule)


def date_end(state: State, schedule: Object, subscription: Object) -> None:
    """Give the subscription the end that its schedule means for it, or none."""
    at = ends_at(schedule) if schedule["end_behavior"] == "cancel" else None
    if subscription["cancel_at"] != at:
        with updating(state, subscription, subscription_life.UPDATED):
            subscription.update(cancel_at=at, canceled_at=None if at is None else state.now())


def release(state: State, schedule: Object, keeps_cancel_date: bool = False) -> None:
    """Let the subscription go on as it is, without the end that the schedule gave it."""
    subscription = state.get("subscription", schedule["subscription"])
    with updating(state, subscription, subscription_life.UPDATED):
        subscription["schedule"] = None
        if schedule["end_behavior"] == "cancel" and not keeps_cancel_date:
            subscription.update(cancel_at=None, canceled_at=None)
    schedule_status.released(state, schedule)


def _enter(state: State, schedule: Object, subscription: Object, phase: Object) -> None:
    old, discounted = subscription["items"]["data"], subscription["discounts"]
    with updating(state, subscription, subscription_life.UPDATED):
        schedule_entry.enter(state, schedule, subscription, phase)
    discounts.tell(state, discounted, subscription["discounts"])
    for item in old:
        state.remove(item)
    for item in subscription["items"]["data"]:
        state.add(item)
    with updating(state, schedule):
        schedule["current_phase"] = {"end_date": phase["end_date"], "start_date": phase["start_date"]}
