"""Instants as HTTP shows them: ISO 8601 in UTC, to the second, with `Z`."""

import re
from datetime import UTC, datetime

from chalicelib.domain.periods import Instant


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


def _read(text: str) -> datetime | None:
    found = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?Z", text)
    try:
        return datetime.fromisoformat(f"{found[1]}+00:00") if found and found[1] >= "1970" else None
    except ValueError:
        return None
