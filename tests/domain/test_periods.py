"""Months from an anchor: where they begin and end, and that they leave no instant out."""

from calendar import monthrange
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.periods import DAY, Period, day_of, day_start, months_after, period_at


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("reason", "anchor", "count", "expected"),
    [
        ("no month is the anchor itself", "2026-03-15T10:20:30", 0, "2026-03-15T10:20:30"),
        ("an ordinary day keeps day and time", "2026-03-15T10:20:30", 1, "2026-04-15T10:20:30"),
        ("the last second of a day stays one", "2026-03-15T23:59:59", 1, "2026-04-15T23:59:59"),
        ("December goes to the next year", "2026-12-10T00:00:00", 1, "2027-01-10T00:00:00"),
        ("twelve months are a year", "2026-05-05T05:05:05", 12, "2027-05-05T05:05:05"),
        ("the 31st meets a month of 30 days", "2026-03-31T08:00:00", 1, "2026-04-30T08:00:00"),
        ("the 31st meets February", "2026-01-31T08:00:00", 1, "2026-02-28T08:00:00"),
        ("the 31st meets February of a leap year", "2028-01-31T08:00:00", 1, "2028-02-29T08:00:00"),
        ("and comes back", "2026-01-31T08:00:00", 2, "2026-03-31T08:00:00"),
        ("the 30th meets February and comes back", "2026-01-30T08:00:00", 2, "2026-03-30T08:00:00"),
        ("29 February, a year later", "2028-02-29T12:00:00", 12, "2029-02-28T12:00:00"),
        ("29 February, four years later", "2028-02-29T12:00:00", 48, "2032-02-29T12:00:00"),
        ("2100 is no leap year", "2096-02-29T12:00:00", 48, "2100-02-28T12:00:00"),
        ("back over a year's start", "2026-01-31T08:00:00", -1, "2025-12-31T08:00:00"),
        ("back into February", "2026-03-31T08:00:00", -1, "2026-02-28T08:00:00"),
        ("before the epoch", "1970-01-31T08:00:00", -2, "1969-11-30T08:00:00"),
    ],
)
def test_months_are_counted_from_the_anchor(reason, anchor, count, expected):
    assert months_after(at(anchor), count) == at(expected), reason


@pytest.mark.parametrize(
    ("reason", "anchor", "instant", "start", "end"),
    [
        (
            "the anchor is in its own month",
            "2026-01-31T08:00",
            "2026-01-31T08:00",
            "2026-01-31T08:00",
            "2026-02-28T08:00",
        ),
        ("a second before the end", "2026-01-31T08:00", "2026-02-28T07:59:59", "2026-01-31T08:00", "2026-02-28T08:00"),
        ("the end is the next one's", "2026-01-31T08:00", "2026-02-28T08:00", "2026-02-28T08:00", "2026-03-31T08:00"),
        ("a later month", "2026-01-31T08:00", "2026-05-01T00:00", "2026-04-30T08:00", "2026-05-31T08:00"),
        (
            "a second before the anchor",
            "2026-01-31T08:00",
            "2026-01-31T07:59:59",
            "2025-12-31T08:00",
            "2026-01-31T08:00",
        ),
        ("years before the anchor", "2028-02-29T00:00", "2026-03-01T00:00", "2026-02-28T00:00", "2026-03-29T00:00"),
        ("years after the anchor", "2024-02-29T00:00", "2027-02-28T00:00", "2027-02-28T00:00", "2027-03-29T00:00"),
    ],
)
def test_an_instant_is_in_one_month_of_the_anchor(reason, anchor, instant, start, end):
    assert period_at(at(anchor), at(instant)) == Period(at(start), at(end)), reason


def test_a_period_holds_its_start_and_not_its_end():
    period = Period(100, 200)

    assert [period.holds(instant) for instant in (99, 100, 199, 200)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("reason", "instant", "day"),
    [
        ("the epoch's day", "1970-01-01T00:00:00", 0),
        ("its last second", "1970-01-01T23:59:59", 0),
        ("the next day", "1970-01-02T00:00:00", 1),
        ("the day before", "1969-12-31T23:59:59", -1),
        ("a day of ours", "2026-11-20T12:00:00", 20_777),
    ],
)
def test_days_are_numbered_in_utc(reason, instant, day):
    assert day_of(at(instant)) == day, reason


def test_a_day_starts_at_midnight_utc():
    assert day_start(2026, 11, 20) == at("2026-11-20T00:00:00") == 20_777 * DAY


instants = st.integers(at("1950-01-01T00:00:00"), at("2150-01-01T00:00:00"))


@given(anchor=instants, instant=instants)
def test_months_tile_time_without_gap_or_overlap(anchor, instant):
    period = period_at(anchor, instant)

    assert period.holds(instant)
    assert period_at(anchor, period.start) == period_at(anchor, period.end - 1) == period
    assert period_at(anchor, period.end).start == period.end
    assert period_at(anchor, period.start - 1).end == period.start
    assert 28 * DAY <= period.end - period.start <= 31 * DAY


@given(anchor=instants, count=st.integers(-600, 600))
def test_every_month_keeps_the_anchors_time_of_day_and_its_day_where_it_can(anchor, count):
    moved = datetime.fromtimestamp(months_after(anchor, count), UTC)
    anchored = datetime.fromtimestamp(anchor, UTC)

    assert moved.time() == anchored.time()
    assert moved.day == min(anchored.day, monthrange(moved.year, moved.month)[1])
    assert (moved.year - anchored.year) * 12 + moved.month - anchored.month == count
