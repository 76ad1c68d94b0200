"""Instants as HTTP shows them: ISO 8601 in UTC, to the second, with `Z`."""

import re
from datetime import UTC, datetime

from chalicelib.domain.periods import DAY, Instant, day_of


def shown(at: Instant) -> str:
    """The instant as text: `2026-11-20T09:30:00Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_time(text: str) -> bool:
    """Whether `instant` can read it."""
    return _read(text) is not None


def instant(text: str) -> Instant:
    """The instant of a text for which `is_time` holds; parts of a second are dropped."""
    read = _read(text)
    if read is None:
        raise ValueError(text)
    return int(read.timestamp())


def is_day(text: str) -> bool:
    """Whether `day` can read it: a date, or any instant of it."""
    return is_time(text) or is_time(f"{text}T00:00:00Z")


def day(text: str) -> int:
    """The day of a text for which `is_day` holds."""
    return day_of(instant(text if is_time(text) else f"{text}T00:00:00Z"))


def shown_day(at: int) -> str:
    """The day as text: `2026-11-20`."""
    return shown(at * DAY)[:10]


def _read(text: str) -> datetime | None:
    found = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?Z", text)
    try:
        return datetime.fromisoformat(f"{found[1]}+00:00") if found and found[1] >= "1970" else None
    except ValueError:
        return None
