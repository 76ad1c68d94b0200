"""Instants and periods: when a month of an account begins and ends.

Every month is counted from the anchor itself, never from the month before: an anchor on the 31st meets the
28th of February and is back on the 31st in March.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

Instant = int
"""Seconds since 1970-01-01T00:00:00Z."""

DAY = 86_400
HOUR = 3_600
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Period:
    """The half-open span `[start, end)`: its end is the next period's start."""

    start: Instant
    end: Instant

    def holds(self, at: Instant) -> bool:
        return self.start <= at < self.end


def months_after(anchor: Instant, count: int) -> Instant:
    """The anchor moved by calendar months, at the same time of day; a day that the month lacks is its last.

    >>> months_after(day_start(2026, 1, 31), 1) == day_start(2026, 2, 28)
    True
    """
    anchored = _date_of(anchor)
    year, month = divmod(_months(anchored) + count, 12)
    day = min(anchored.day, monthrange(year, month + 1)[1])
    return day_start(year, month + 1, day) + anchor % DAY


def period_at(anchor: Instant, at: Instant) -> Period:
    """The month from the anchor that holds the instant, which may lie before the anchor."""
    count = _months(_date_of(at)) - _months(_date_of(anchor))
    if months_after(anchor, count) > at:
        count -= 1
    return Period(months_after(anchor, count), months_after(anchor, count + 1))


def day_of(at: Instant) -> int:
    """The number of the UTC day that holds the instant; 1970-01-01 is 0."""
    return at // DAY


def day_start(year: int, month: int, day: int) -> Instant:
    """Midnight UTC at which that day begins."""
    return (date(year, month, day).toordinal() - _EPOCH) * DAY


def _date_of(at: Instant) -> date:
    return date.fromordinal(_EPOCH + day_of(at))


def _months(day: date) -> int:
    return day.year * 12 + day.month - 1
