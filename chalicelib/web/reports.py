"""What an account did and was told: usage by day, and its notices."""

from typing import Any

from msgspec import Struct

from chalicelib.actions.read_days import read_days
from chalicelib.actions.read_notices import ToldNotice, read_notices
from chalicelib.domain.periods import day_of
from chalicelib.errors import BadParameter, Problem
from chalicelib.web import pages, render
from chalicelib.web.auth import ANYBODY
from chalicelib.web.call import Answer, Call
from chalicelib.web.contract import CSV, Says
from chalicelib.web.csv_answers import as_csv, wants_csv
from chalicelib.web.field_types import Day
from chalicelib.web.pages import PageQuery
from chalicelib.web.routes import Routes
from chalicelib.web.shapes import usage as shapes
from chalicelib.web.times import day, shown_day

routes = Routes(__name__)

NOTICES = "notices"
MONTH = 30
MOST_DAYS = 400
"""Thirteen months, and whoever asks for a few days more."""
COLUMNS = ("day", "meter", "quantity", "credits")


class DaysQuery(Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}):
    """Both days are meant to be in the answer."""

    since: Day | None = None
    until: Day | None = None


@routes.on(
    "GET",
    "/v1/accounts/{account}/usage/days",
    scopes={"read"},
    person=ANYBODY,
    answers={200: Says(shapes.UsageDays, media=(CSV,))},
)
def days(call: Call, account: str, query: DaysQuery) -> Answer:
    """Usage for each day and meter; where no first day is named, of the thirty up to the last."""
    first, last = _span(query, day_of(call.now))
    found = read_days(call.deps, account, first, last)
    rows = [
        {"day": shown_day(each), "meter": meter, "quantity": quantity, "credits": credits}
        for (each, meter), (quantity, credits) in found.items()
    ]
    return as_csv(COLUMNS, rows) if wants_csv(call) else Answer({"data": rows, "next_cursor": None})


def _span(query: DaysQuery, today: int) -> tuple[int, int]:
    """The first and the last day asked for; raises BadParameter."""
    last = today if query.until is None else day(query.until)
    oldest = today - MOST_DAYS
    if query.since is None and last < oldest:
        raise BadParameter([Problem("to", f"must be within the last {MOST_DAYS} days")])
    first = max(oldest, last - MONTH + 1) if query.since is None else day(query.since)
    if first > last:
        raise BadParameter([Problem("from", "must not be after to")])
    if first < oldest:
        raise BadParameter([Problem("from", f"must be within the last {MOST_DAYS} days")])
    return first, last


@routes.on("GET", "/v1/accounts/{account}/notices", scopes={"read"}, person=ANYBODY, answers=shapes.Notices)
def notices(call: Call, account: str, query: PageQuery) -> Answer:
    """What the account was told, newest first."""
    place = pages.place_of(call, NOTICES, account, query.cursor)
    found, on = read_notices(call.deps, account, place, query.limit)
    cursor = pages.cursor_of(call, NOTICES, account, on)
    return Answer({"data": [_notice(each) for each in found], "next_cursor": cursor})


def _notice(value: ToldNotice) -> dict[str, Any]:
    notice = value.notice
    meter = {} if notice.meter is None else {"meter": notice.meter}
    return {"id": notice.id, "at": render.time(value.at), "kind": notice.kind, **meter, "detail": notice.detail}
