"""The journal on gauges and on levels: what is told, and once."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.journal import Change
from chalicelib.domain.notices import Notice
from chalicelib.domain.periods import Instant, day_start
from tests.usage_builders import NOW, a_reading, a_state, an_event, counting, named

NOON = 12 * 3600
MARCH, APRIL = (day_start(2026, month, 10) + NOON for month in (3, 4))


# -- gauges


@pytest.mark.parametrize(
    ("reason", "readings", "value", "at"),
    [
        ("the newest wins", [(40, NOW - 9), (60, NOW)], 60, NOW),
        ("whatever the order", [(60, NOW), (40, NOW - 9)], 60, NOW),
        ("of two of the same instant the later write", [(40, NOW), (60, NOW)], 60, NOW),
        ("down as well as up", [(60, NOW - 9), (0, NOW)], 0, NOW),
    ],
)
def test_a_gauge_shows_the_newest_value(
    reason: str, readings: list[tuple[int, Instant]], value: int, at: Instant
) -> None:
    events = [a_reading(f"g{k}", value, at) for k, (value, at) in enumerate(readings)]

    change = counting(a_state(), *events)

    assert change.after.used["storage"] == value, reason
    assert change.gauges["storage"] == (value, at)
    assert change.ids == {named(event.id) for event in events}
    assert change.sums == {}


def test_a_gauges_late_value_counts_only_if_nothing_newer_is_known() -> None:
    older = a_reading("g1", 40, at=APRIL - 5)

    first = counting(a_state(), older, now=APRIL + 5)
    second = counting(replace(first.after, gauged_at={"storage": APRIL - 4}), older, now=APRIL + 5)

    assert first.after.used["storage"] == 40
    assert second.after.used == first.after.used
    assert second.gauges["storage"] == (40, APRIL - 4)


# -- telling of levels


def told(change: Change) -> list[tuple[str, str | None]]:
    return [(notice.kind, notice.meter) for notice in change.notices]


@pytest.mark.parametrize(
    ("reason", "used", "quantity", "notices"),
    [
        ("short of the warning", 6, 1, []),
        ("the warning", 7, 1, [("usage_warning", "runs")]),
        ("warned already", 8, 1, []),
        ("the limit", 9, 1, [("limit_reached", "runs")]),
        ("from far below over the limit", 0, 99, [("limit_reached", "runs")]),
        ("told already that the limit is reached", 10, 1, []),
        ("further over", 11, 1, []),
    ],
)
def test_tells_once_of_each_level(reason: str, used: int, quantity: int, notices: list[Any]) -> None:
    change = counting(a_state(used={"runs": used}), an_event("e1", quantity=quantity))

    assert told(change) == notices, reason


def test_tells_of_each_meter_by_itself_with_ids_that_name_the_period() -> None:
    change = counting(a_state(), an_event("e1", quantity=8), an_event("e2", "calls", 20))

    assert change.notices == (
        Notice(f"usage_warning:acme:runs:{MARCH}", "usage_warning", "8 of 10 run used", "runs"),
        Notice(f"limit_reached:acme:calls:{MARCH}", "limit_reached", "20 of 20 call used", "calls"),
    )


@pytest.mark.parametrize(("meter", "plan"), [("events", "free"), ("events", "team"), ("runs", "gone")])
def test_tells_nothing_where_nothing_limits_or_nothing_is_included(meter: str, plan: str) -> None:
    assert told(counting(a_state(plan=plan), an_event("e1", meter, 10**9))) == []


def test_tells_anew_in_a_new_period() -> None:
    change = counting(a_state(used={"runs": 10}), an_event("e1", quantity=10, at=APRIL), now=APRIL)

    assert [notice.id for notice in change.notices] == [f"limit_reached:acme:runs:{APRIL}"]


@pytest.mark.parametrize(
    ("reason", "was", "value", "notices"),
    [
        ("into the warning", 10, 90, [("usage_warning", "storage")]),
        ("to the limit", 90, 100, [("limit_reached", "storage")]),
        ("back below the limit", 120, 95, []),
        ("back below the warning", 95, 10, []),
        ("further over", 110, 120, []),
    ],
)
def test_tells_of_a_gauge_that_rises_and_not_of_one_that_falls(
    reason: str, was: int, value: int, notices: list[Any]
) -> None:
    change = counting(a_state(used={"storage": was}), a_reading("g1", value))

    assert told(change) == notices, reason


def test_a_gauge_that_stays_over_is_not_told_again_in_the_next_period() -> None:
    change = counting(a_state(used={"storage": 120}), an_event("e1", at=APRIL), now=APRIL)

    assert told(change) == []
