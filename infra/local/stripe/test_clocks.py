"""Test clocks: Stripe's own way to move time, here over the emulator's one clock.

All objects live by that clock, on a test clock or not; it runs on where Stripe's stands still; and a test clock can
only be made at the emulator's own time. Advancing takes a while, as at Stripe: read the clock until it is `ready`.
"""

from threading import Thread

from infra.local.stripe import customer_deletion, lists
from infra.local.stripe.errors import invalid, not_built
from infra.local.stripe.events import emit
from infra.local.stripe.metadata import MAX_VALUE
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State
from infra.local.turner import Stuck

KIND = "test_helpers.test_clock"
DELETED_AFTER = 30 * 86_400
# How far a new test clock's time may be from the emulator's, which has run on since it was asked for.
TOLERANCE = 600


def create(state: State, params: Params) -> Object:
    if abs(params["frozen_time"] - state.now()) > TOLERANCE:
        raise not_built(f"a test clock at {params['frozen_time']}: the emulator's one clock stands at {state.now()}")
    if len(params.get("name", "")) > MAX_VALUE:
        raise invalid(f"Invalid string: must be at most {MAX_VALUE} characters", param="name")
    clock = blank(
        KIND,
        id=state.ids.make("clock"),
        created=state.now(),
        deletes_after=state.now() + DELETED_AFTER,
        frozen_time=params["frozen_time"],
        name=params.get("name"),
    )
    emit(state, "test_helpers.test_clock.created", state.add(clock))
    return clock


def advance(state: State, params: Params, clock_id: str) -> Object:
    clock, instant = state.get(KIND, clock_id), params["frozen_time"]
    if clock["status"] != "ready":
        raise invalid("Test clock advancement underway - cannot perform modifications to it.", status=429)
    if instant <= clock["frozen_time"]:
        raise invalid("Can only advance a test clock to a time after its frozen time.", param="frozen_time")
    clock.update(status="advancing", status_details={"advancing": {"target_frozen_time": instant}})
    emit(state, "test_helpers.test_clock.advancing", clock)
    # The service is called while time turns, and calls back: not while this request is being answered.
    Thread(target=_turn, args=(state, clock, instant), name="test-clock", daemon=True).start()
    return clock


def retrieve(state: State, _params: Params, clock_id: str) -> Object:
    return state.get(KIND, clock_id)


def listed(state: State, params: Params) -> Object:
    return lists.page(list(state.every(KIND)), params, "/v1/test_helpers/test_clocks")


def delete(state: State, _params: Params, clock_id: str) -> Object:
    """The clock goes, and with it the customers that lived by it."""
    clock = state.get(KIND, clock_id)
    for customer in state.every("customer", test_clock=clock_id):
        if not customer.get("deleted"):
            customer_deletion.delete(state, {}, customer["id"])
    state.remove(clock)
    emit(state, "test_helpers.test_clock.deleted", clock)
    return {"id": clock_id, "object": KIND, "deleted": True}


def _turn(state: State, clock: Object, instant: int) -> None:
    try:
        state.turn_to(max(instant, state.now()))
        status = "ready"
    except (Stuck, ValueError) as problem:
        state.problem("test_clock", str(problem))
        status = "internal_failure"
    with state.lock:
        clock.update(status=status, status_details={}, frozen_time=instant)
        emit(state, f"{KIND}.{status}", clock)


ROUTES: Routes = {
    "GET /v1/test_helpers/test_clocks": Route(listed, LISTING),
    "POST /v1/test_helpers/test_clocks": Route(create, "frozen_time name"),
    "GET /v1/test_helpers/test_clocks/{}": Route(retrieve),
    "DELETE /v1/test_helpers/test_clocks/{}": Route(delete),
    "POST /v1/test_helpers/test_clocks/{}/advance": Route(advance, "frozen_time"),
}
