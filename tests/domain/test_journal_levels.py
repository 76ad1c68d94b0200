"""The journal on gauges and on levels: what is told, and once."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.journal import Change, begin
from chalicelib.domain.notices import Notice
from chalicelib.domain.periods import Instant, day_of, day_start
from tests.offers import OFFERS
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
    assert change.gauges == {("storage", day_of(at)): value}
    assert change.after.gauged_at["storage"] == at
    assert change.ids == {named(event.id) for event in events}
    assert change.sums == {}


def test_backends_whose_clocks_are_ahead_are_compared_by_their_own() -> None:
    ahead = [a_reading("g1", 70, NOW + 240), a_reading("g2", 50, NOW + 200)]

    for order in (ahead, ahead[::-1]):
        change = counting(a_state(), *order)
        assert change.after.used["storage"] == 70
        assert change.gauges == {("storage", day_of(NOW)): 70}


def test_a_late_reading_is_what_its_closed_period_shows_too_if_nothing_newer_is_known() -> None:
    late = a_reading("g1", 90, at=APRIL - 5)

    change = counting(a_state(), late, now=APRIL + 5)
    known = counting(replace(a_state(), gauged_at={"storage": APRIL - 4}), late, now=APRIL + 5)

    assert [closed.used["storage"] for closed in change.periods.values()] == [90]
    assert change.after.used["storage"] == 90
    assert [closed.used["storage"] for closed in known.periods.values()] == [0]


def test_a_gauges_late_value_counts_only_if_nothing_newer_is_known() -> None:
    older = a_reading("g1", 40, at=APRIL - 5)

    first = counting(a_state(), older, now=APRIL + 5)
    second = counting(replace(first.after, gauged_at={"storage": APRIL - 4}), older, now=APRIL + 5)

    assert first.after.used["storage"] == 40
    assert second.after.used == first.after.used
    assert second.gauges == {}


# -- telling of levels


def notices_of(change: Change) -> tuple[Notice, ...]:
    return change.finished(OFFERS)[1].notices


def told(change: Change) -> list[tuple[str, str | None]]:
    return [(notice.kind, notice.meter) for notice in notices_of(change)]


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

    assert notices_of(change) == (
        Notice(f"usage_warning:acme:runs:{MARCH}:1", "usage_warning", "8 of 10 run used", "runs"),
        Notice(f"limit_reached:acme:calls:{MARCH}:1", "limit_reached", "20 of 20 call used", "calls"),
    )


@pytest.mark.parametrize(("meter", "plan"), [("events", "free"), ("events", "team"), ("runs", "gone")])
def test_tells_nothing_where_nothing_limits_or_nothing_is_included(meter: str, plan: str) -> None:
    assert told(counting(a_state(plan=plan), an_event("e1", meter, 10**9))) == []


def test_tells_anew_in_a_new_period() -> None:
    change = counting(a_state(used={"runs": 10}), an_event("e1", quantity=10, at=APRIL), now=APRIL)

    assert [notice.id for notice in notices_of(change)] == [f"limit_reached:acme:runs:{APRIL}:1"]


@pytest.mark.parametrize(
    ("reason", "was", "value", "notices"),
    [
        ("into the warning", 10, 90, [("usage_warning", "storage")]),
        ("to the limit", 90, 100, [("limit_reached", "storage")]),
        ("back below the limit", 120, 95, [("usage_recovered", "storage")]),
        ("back below the warning", 95, 10, [("usage_recovered", "storage")]),
        ("back to nothing", 95, 0, [("usage_recovered", "storage")]),
        ("further over", 110, 120, []),
        ("down, but still over", 120, 110, []),
        ("up, but still short", 10, 89, []),
    ],
)
def test_tells_of_a_gauge_that_rises_and_of_one_that_falls_back(
    reason: str, was: int, value: int, notices: list[Any]
) -> None:
    change = counting(a_state(used={"storage": was}), a_reading("g1", value))

    assert told(change) == notices, reason


def test_nothing_recovers_by_a_plan_that_lacks_the_meter() -> None:
    full = replace(a_state(), used={**a_state().used, "sessions": 5})

    _, entry = begin(full, NOW, OFFERS).setting(plan="gone").finished(OFFERS)

    assert entry.notices == ()


def test_a_gauge_that_stays_over_is_not_told_again_in_the_next_period() -> None:
    change = counting(a_state(used={"storage": 120}), an_event("e1", at=APRIL), now=APRIL)

    assert told(change) == []


def test_a_level_that_was_left_is_told_again_under_an_id_of_its_own() -> None:
    rises, falls = counting(a_state(), a_reading("g1", 100)), a_reading("g2", 10, NOW + 1)
    state, first = rises.finished(OFFERS)
    state, fallen = counting(state, falls, now=NOW + 1).finished(OFFERS)
    state, again = counting(state, a_reading("g3", 100, NOW + 2), now=NOW + 2).finished(OFFERS)

    kinds = [notice.kind for entry in (first, fallen, again) for notice in entry.notices]
    assert kinds == ["limit_reached", "usage_recovered", "limit_reached"]
    assert len({notice.id for entry in (first, fallen, again) for notice in entry.notices}) == 3


@pytest.mark.parametrize(
    ("reason", "plan", "then", "used", "notices"),
    [
        ("more is included", "free", "team", 10, [("usage_recovered", "runs")]),
        ("less is included", "team", "free", 10, [("limit_reached", "runs")]),
        ("less, and short of the warning", "team", "free", 7, []),
        ("less, and nothing used", "team", "free", 0, []),
    ],
)
def test_another_plan_moves_the_levels(reason: str, plan: str, then: str, used: int, notices: list[Any]) -> None:
    change = begin(a_state(plan=plan, used={"runs": used}), NOW, OFFERS).setting(plan=then)

    assert told(change) == notices, reason
