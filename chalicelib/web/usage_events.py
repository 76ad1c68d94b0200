"""Usage events as backends send them, one by one: a bad one is rejected by itself and touches no other.

The body of POST /v1/usage and the message on the usage queue are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta, Struct

from chalicelib.actions.record_usage import Result
from chalicelib.domain.catalogue import Catalogue, Meter
from chalicelib.domain.periods import Instant
from chalicelib.domain.usage import UsageEvent
from chalicelib.errors import Problem
from chalicelib.web.field_types import LARGEST, Id, Quantity, Time, Value
from chalicelib.web.fields import build, problems_of
from chalicelib.web.times import instant

MOST_TOLD = 5
"""Problems of one event that its detail names: a call's answer has a thousand such details."""
EVENT = {"$ref": "#/components/schemas/EventFields"}


class BatchBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Events of any accounts, each looked at by itself."""

    events: Annotated[list[Any], Meta(min_length=1, max_length=1_000, extra_json_schema={"items": EVENT})]


class EventFields(Struct, frozen=True, forbid_unknown_fields=True):
    """One event: `quantity` for a counter, `value` for a gauge."""

    id: Id
    account: Id
    meter: Id
    quantity: Quantity | None = None
    value: Value | None = None
    credits: Value | None = None
    at: Time | None = None


@dataclass(frozen=True)
class Sent:
    """An event as sent: what it says, or why it is rejected and the problems that it has."""

    account: str
    event: UsageEvent | None
    rejected: Result | None = None
    problems: Sequence[Problem] = ()


def read_events(raw: Sequence[Any], catalogue: Catalogue, now: Instant, *, dated: bool = False) -> list[Sent]:
    """Each event by itself, in the order sent; `dated` ones must say when they happened."""
    return [_read(each, catalogue, now, dated=dated) for each in raw]


def _read(raw: Any, catalogue: Catalogue, now: Instant, *, dated: bool) -> Sent:
    problems = problems_of(raw, EventFields)
    if problems:
        return _rejected(raw, "invalid", problems)
    fields = build(raw, EventFields)
    meter = catalogue.meters.get(fields.meter)
    if meter is None:
        return _rejected(raw, "unknown_meter", [Problem("meter", "is no meter; GET /v1/plans lists them")])
    problems = _of_meter(fields, meter)
    if dated and fields.at is None:
        problems.append(Problem("at", "is missing"))
    if problems:
        return _rejected(raw, "invalid", problems)
    at = now if fields.at is None else instant(fields.at)
    event = UsageEvent(fields.id, fields.meter, at, fields.quantity or 0, fields.value, fields.credits)
    return Sent(fields.account, event)


def _of_meter(fields: EventFields, meter: Meter) -> list[Problem]:
    """What the kind of meter asks for."""
    wanted, other = ("value", "quantity") if meter.kind == "gauge" else ("quantity", "value")
    problems: list[Problem] = []
    if getattr(fields, wanted) is None:
        problems.append(Problem(wanted, f"is missing: {meter.id} is a {meter.kind}"))
    if getattr(fields, other) is not None:
        problems.append(Problem(other, f"must be left out: {meter.id} is a {meter.kind}"))
    return problems + of_price(meter, fields.quantity or 0, fields.credits)


def of_price(meter: Meter, quantity: int, credits: int | None) -> list[Problem]:
    """Credits for what is not paid with any; or a cost, where none is given, that no JSON reader would keep exactly."""
    if credits is not None and meter.credits_per_unit is None:
        return [Problem("credits", f"must be left out: {meter.id} is not paid with credits")]
    most = LARGEST // (meter.credits_per_unit or 1)
    if credits is not None or quantity <= most:
        return []
    return [Problem("quantity", f"must be at most {most}: a {meter.unit} costs {meter.credits_per_unit} credits")]


def _rejected(raw: Any, code: str, problems: Sequence[Problem]) -> Sent:
    said = raw.get("id") if isinstance(raw, dict) else None
    detail = "; ".join(f"{each.field} {each.problem}".strip() for each in problems[:MOST_TOLD])
    return Sent("", None, Result(said[:128] if isinstance(said, str) else "", "rejected", code, detail), problems)
