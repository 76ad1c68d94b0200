"""How a schedule ends: released, completed with its last phase, or canceled with its subscription.

Nothing here touches the subscription but its `schedule`; that is its callers' part.
"""

from typing import Any

from infra.local.stripe.events import emit, updating
from infra.local.stripe.state import Object, State

RUNNING = "active"
DELINQUENT = "payment_failed"


def of(state: State, subscription: Object) -> Object | None:
    """The schedule that manages the subscription now."""
    for schedule in state.every("subscription_schedule", subscription=subscription["id"], status=RUNNING):
        return schedule
    return None


def released(state: State, schedule: Object) -> None:
    _ended(state, schedule, "released", subscription=None, released_subscription=schedule["subscription"])
    emit(state, "subscription_schedule.released", schedule)


def completed(state: State, schedule: Object) -> None:
    _ended(state, schedule, "completed")
    emit(state, "subscription_schedule.completed", schedule)


def canceled(state: State, schedule: Object) -> None:
    _ended(state, schedule, "canceled")
    emit(state, "subscription_schedule.canceled", schedule)


def aborted(state: State, schedule: Object) -> None:
    """Canceled because its subscription was, for want of payment."""
    _ended(state, schedule, "canceled")
    emit(state, "subscription_schedule.aborted", schedule)


def subscription_ended(state: State, subscription: Object, reason: str | None) -> None:
    """A subscription that is canceled takes its schedule with it."""
    schedule = of(state, subscription)
    if schedule:
        (aborted if reason == DELINQUENT else canceled)(state, schedule)


def _ended(state: State, schedule: Object, status: str, **fields: Any) -> None:
    with updating(state, schedule):
        schedule.update(fields, status=status, current_phase=None, **{f"{status}_at": state.now()})
