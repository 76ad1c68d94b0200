"""Usage: what has happened recorded, what is about to happen decided, and the bars."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from chalicelib.actions import check as checks
from chalicelib.actions.consume import consume as consume_usage
from chalicelib.actions.correct_usage import correct_usage
from chalicelib.actions.read_usage import read_usage
from chalicelib.actions.record_usage import DETAILS, Result, record_usage
from chalicelib.deps import Deps
from chalicelib.domain.corrections import Correction
from chalicelib.domain.meters import Meter
from chalicelib.domain.usage import UsageEvent
from chalicelib.errors import (
    AboveUsage,
    AtOutOfRange,
    BadParameter,
    Busy,
    GaugeNotConsumable,
    Invalid,
    Problem,
    UnknownFeature,
    UnknownMeter,
)
from chalicelib.web import render
from chalicelib.web.arguments import KIB
from chalicelib.web.auth import ANYBODY, BILLING, sees
from chalicelib.web.call import Answer, Call
from chalicelib.web.field_types import Id, Quantity, Reason, Time, Value
from chalicelib.web.routes import Routes
from chalicelib.web.shapes import usage as shapes
from chalicelib.web.times import instant
from chalicelib.web.usage_events import BatchBody, Sent, of_price, read_events

routes = Routes(__name__)

BATCH_BYTES = 5 * KIB * KIB


class CheckQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Either a meter or a feature."""

    meter: Id | None = None
    feature: Id | None = None
    quantity: Quantity | None = None
    credits: Value | None = None
    consistent: bool = False


class ConsumeBody(Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    meter: Id
    quantity: Quantity
    credits: Value | None = None
    at: Time | None = None
    dry_run: bool = False


class CorrectionBody(Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    meter: Id
    quantity: Quantity
    reason: Reason
    credits: Value | None = None
    at: Time | None = None


class AtQuery(Struct, frozen=True, forbid_unknown_fields=True):
    at: Time | None = None


@routes.on(
    "POST",
    "/v1/usage",
    scopes={"usage"},
    person=ANYBODY,
    most_bytes=BATCH_BYTES,
    carries_id=True,
    answers=shapes.Recorded,
)
def record(call: Call, body: BatchBody) -> Answer:
    """Records 1 to 1,000 events, at most 5 MiB, and says of each what became of it."""
    sent = read_events(body.events, call.deps.catalogue, call.now)
    seen = {account: sees(call.deps, call.by, account) for account in {each.account for each in sent if each.event}}
    return Answer(_told(record_sent(call.deps, [each if seen.get(each.account) else _hidden(each) for each in sent])))


def record_sent(deps: Deps, sent: Sequence[Sent]) -> list[Result]:
    """One result for each event sent, in order: the good ones recorded, the others as they were rejected."""
    good = [(each.account, each.event) for each in sent if each.event is not None]
    recorded = iter(record_usage(deps, good))
    return [each.rejected or next(recorded) for each in sent]


def _hidden(sent: Sent) -> Sent:
    """The event of an account that the caller may not see, rejected in the words for one that is not there."""
    if sent.event is None:
        return sent
    code = "unknown_account"
    return Sent(sent.account, None, Result(sent.event.id, "rejected", code, DETAILS[code]))


def _told(results: Sequence[Result]) -> dict[str, Any]:
    said = [each.result for each in results]
    return {
        "recorded": said.count("recorded"),
        "duplicates": said.count("duplicate"),
        "rejected": said.count("rejected"),
        "results": [_result(each) for each in results],
    }


def _result(value: Result) -> dict[str, Any]:
    why = {} if value.code is None else {"code": value.code, "detail": value.detail}
    return {"id": value.id, "result": value.result, **why}


def counter(deps: Deps, name: str) -> Meter:
    """The meter that can be used up; raises UnknownMeter or GaugeNotConsumable."""
    meter = deps.catalogue.meters.get(name)
    if meter is None:
        raise UnknownMeter(f"There is no meter {name}.")
    if meter.kind == "gauge":
        raise GaugeNotConsumable([Problem("meter", "is a gauge")])
    return meter


@routes.on(
    "POST",
    "/v1/accounts/{account}/consume",
    scopes={"usage"},
    person=ANYBODY,
    carries_id=True,
    answers=shapes.Decision,
    refuses=(AtOutOfRange, Busy, GaugeNotConsumable, UnknownMeter),
)
def consume(call: Call, account: str, body: ConsumeBody) -> Answer:
    """Decides, and records what it allows; a refusal is an answer, not an error."""
    meter = counter(call.deps, body.meter)
    if problems := of_price(meter, body.quantity, body.credits):
        raise Invalid(problems)
    at = call.now if body.at is None else instant(body.at)
    event = UsageEvent(body.id, meter.id, at, body.quantity, None, body.credits)
    return Answer(render.decision(consume_usage(call.deps, account, event, dry_run=body.dry_run)))


@routes.on(
    "POST",
    "/v1/accounts/{account}/usage/corrections",
    scopes={"usage"},
    person=BILLING,
    carries_id=True,
    answers=shapes.Corrected,
    refuses=(AboveUsage, AtOutOfRange, Busy, GaugeNotConsumable, UnknownMeter),
)
def correct(call: Call, account: str, body: CorrectionBody) -> Answer:
    """Takes back what was recorded, and returns the credits that it had cost."""
    meter = counter(call.deps, body.meter)
    if problems := of_price(meter, 0, body.credits):
        raise Invalid(problems)
    at = call.now if body.at is None else instant(body.at)
    correction = Correction(body.id, meter.id, body.quantity, at, body.reason, body.credits)
    done = correct_usage(call.deps, account, correction, call.actor)
    return Answer(render.corrected(correction, done, call.deps.catalogue))


@routes.on(
    "GET",
    "/v1/accounts/{account}/check",
    scopes={"usage", "read"},
    person=ANYBODY,
    answers=shapes.Decision,
    refuses=(UnknownFeature, UnknownMeter),
)
def check(call: Call, account: str, query: CheckQuery) -> Answer:
    """Decides and writes nothing."""
    if query.meter is None:
        return Answer(render.decision(_check_feature(call, account, query)))
    if query.feature is not None:
        raise BadParameter([Problem("feature", "must be left out beside a meter")])
    if query.meter not in call.deps.catalogue.meters:
        raise UnknownMeter(f"There is no meter {query.meter}.")
    quantity = query.quantity or 1
    if problems := of_price(call.deps.catalogue.meters[query.meter], quantity, query.credits):
        raise BadParameter(problems)
    event = UsageEvent("", query.meter, call.now, quantity, None, query.credits)
    return Answer(render.decision(checks.check(call.deps, account, event, consistent=query.consistent)))


def _check_feature(call: Call, account: str, query: CheckQuery) -> checks.Decision:
    if query.feature is None:
        raise BadParameter([Problem("meter", "is missing: name a meter or a feature")])
    given = {"quantity": query.quantity, "credits": query.credits}
    if problems := [Problem(name, "belongs to a meter") for name, value in given.items() if value is not None]:
        raise BadParameter(problems)
    if query.feature not in call.deps.catalogue.features:
        raise UnknownFeature(f"There is no feature {query.feature}.")
    return checks.check_feature(call.deps, account, query.feature, consistent=query.consistent)


@routes.on("GET", "/v1/accounts/{account}/usage", scopes={"read"}, person=ANYBODY, answers=shapes.Bars)
def bars(call: Call, account: str, query: AtQuery) -> Answer:
    """The bars of this usage period, or of the one that held an instant."""
    at = None if query.at is None else instant(query.at)
    period, found = read_usage(call.deps, account, at)
    return Answer(
        {"period": render.period(period), "meters": [render.bar(each, call.deps.catalogue) for each in found]}
    )
