"""Holds: credits set aside for work whose size is not known yet."""

from typing import Any

from msgspec import Struct

from chalicelib.actions.close_hold import capture_hold, release_hold
from chalicelib.actions.place_hold import place_hold
from chalicelib.domain.holds import Capture, Hold
from chalicelib.errors import (
    AboveHold,
    GaugeNotConsumable,
    HoldClosed,
    HoldExists,
    HoldExpired,
    Invalid,
    NotEnoughCredits,
    Problem,
    Standing,
    TooManyHolds,
    UnknownMeter,
)
from chalicelib.people_errors import SeatsOver
from chalicelib.web.auth import ANYBODY
from chalicelib.web.call import Answer, Call
from chalicelib.web.contract import NO_CONTENT
from chalicelib.web.field_types import Id, Quantity, Seconds, Value
from chalicelib.web.routes import Routes
from chalicelib.web.shapes import usage as shapes
from chalicelib.web.times import shown
from chalicelib.web.usage import counter

routes = Routes(__name__)


class HoldBody(Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    credits: Quantity
    expires_in: Seconds


class CaptureBody(Struct, frozen=True, forbid_unknown_fields=True):
    credits: Value
    meter: Id | None = None
    quantity: Quantity | None = None


@routes.on(
    "POST",
    "/v1/accounts/{account}/holds",
    scopes={"usage"},
    person=ANYBODY,
    carries_id=True,
    answers={200: shapes.Hold, 201: shapes.Hold},
    refuses=(HoldClosed, HoldExists, HoldExpired, NotEnoughCredits, SeatsOver, Standing, TooManyHolds),
)
def place(call: Call, account: str, body: HoldBody) -> Answer:
    """Sets credits aside; 201, or 200 where this hold was known and is open: either way they are held now."""
    hold, made = place_hold(call.deps, account, body.id, body.credits, body.expires_in, call.actor)
    return Answer(_hold(hold, call.now), 201 if made else 200)


@routes.on(
    "POST",
    "/v1/accounts/{account}/holds/{hold}/capture",
    scopes={"usage"},
    person=ANYBODY,
    carries_id=True,
    answers=shapes.Hold,
    refuses=(AboveHold, GaugeNotConsumable, HoldClosed, HoldExpired, UnknownMeter),
)
def capture(call: Call, account: str, hold: str, body: CaptureBody) -> Answer:
    """Spends what was really used, counts it where a meter is named, and gives back the rest."""
    if (body.meter is None) != (body.quantity is None):
        missing = "meter" if body.meter is None else "quantity"
        raise Invalid([Problem(missing, "is missing: meter and quantity go together")])
    if body.meter is not None and counter(call.deps, body.meter).credits_per_unit is None:
        raise Invalid([Problem("meter", f"must be another: {body.meter} is not paid with credits")])
    taken = capture_hold(call.deps, account, hold, Capture(body.credits, body.meter, body.quantity), call.actor)
    return Answer(_hold(taken, call.now))


@routes.on(
    "DELETE",
    "/v1/accounts/{account}/holds/{hold}",
    scopes={"usage"},
    person=ANYBODY,
    carries_id=True,
    answers=NO_CONTENT,
)
def release(call: Call, account: str, hold: str) -> Answer:
    """Gives back all that is held under this id."""
    release_hold(call.deps, account, hold, call.actor)
    return Answer("", 204)


def _hold(value: Hold, now: int) -> dict[str, Any]:
    took = value.captured
    return {
        "id": value.id,
        "state": value.state_at(now),
        "credits": value.credits,
        "expires_at": shown(value.expires_at),
        "captured": took and {"credits": took.credits, "meter": took.meter, "quantity": took.quantity},
    }
