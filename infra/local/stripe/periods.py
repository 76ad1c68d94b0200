"""Billing periods: calendar steps from a subscription's anchor. Day 31 clamps to the month's end and comes back."""

import calendar
from datetime import UTC, datetime

SECONDS = {"day": 86_400, "week": 7 * 86_400}
MONTHS = {"month": 1, "year": 12}


def period_after(anchor: int, start: int, interval: str, count: int = 1) -> int:
    """The end of the period that starts at `start`: the first step from the anchor that lies after it."""
    steps = 1
    while _stepped(anchor, steps * count, interval) <= start:
        steps += 1
    return _stepped(anchor, steps * count, interval)


def period_around(anchor: int, at: int, interval: str, count: int = 1) -> tuple[int, int]:
    """The period that contains an instant."""
    steps = 0
    while _stepped(anchor, steps * count, interval) > at:
        steps -= 1
    while _stepped(anchor, (steps + 1) * count, interval) <= at:
        steps += 1
    return _stepped(anchor, steps * count, interval), _stepped(anchor, (steps + 1) * count, interval)


def is_boundary(anchor: int, at: int, interval: str, count: int = 1) -> bool:
    """Whether one period ends and another begins at this instant."""
    return period_around(anchor, at, interval, count)[0] == at


def _stepped(anchor: int, count: int, interval: str) -> int:
    if interval in SECONDS:
        return anchor + count * SECONDS[interval]
    begin = datetime.fromtimestamp(anchor, UTC)
    year, month = divmod(begin.year * 12 + begin.month - 1 + count * MONTHS[interval], 12)
    day = min(begin.day, calendar.monthrange(year, month + 1)[1])
    return int(begin.replace(year=year, month=month + 1, day=day).timestamp())
