"""Schedules by the local clock: a function runs at its minutes, hours or days, but only where it would find something.

A clock moved by a month stops at the instants of `next_due`; a run that would find nothing is left out, since a real
one would have done nothing.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from infra.local.clock import Clock
from infra.local.lambdas import Context

log = logging.getLogger(__name__)

MINUTE, DAY = 60, 86_400
# A function that finds the same again and again comes ever later, at last twice a day: a month must still pass.
MOST_DOUBLINGS = 9
TRIES = 3

Handler = Callable[[Mapping[str, Any], Context], Any]
Found = Callable[[int], int | None]
"""From the last run's instant: since when there is something to do, or None."""


class Schedule:
    """One scheduled function; a part of the turner. `at` shifts it from midnight, in seconds."""

    def __init__(self, clock: Clock, name: str, function: Handler, *, every: int, found: Found, at: int = 0) -> None:
        self.name = name
        self._clock = clock
        self._function = function
        self._every = every
        self._found = found
        self._at = at
        # The last run, and the last that went through: one that failed has not seen to anything.
        self._last = self._last_good = clock.now()
        self._last_found: int | None = None
        self._repeats = 0

    def next_due(self) -> int | None:
        found = self._found(self._last_good)
        return None if found is None else max(self._on_time(found), self._earliest(found))

    def work(self) -> bool:
        now = self._clock.now()
        if now < self._on_time(self._last + 1):
            return False
        found = self._found(self._last_good)
        if found is None or max(self._on_time(found), self._earliest(found)) > now:
            return False
        self._repeats = self._repeats + 1 if found == self._last_found else 0
        self._last, self._last_found = now, found
        if self._ran(now):
            self._last_good = now
        return True

    def _ran(self, now: int) -> bool:
        """Whether the function went through in as many tries as Lambda gives an asynchronous call."""
        for _ in range(TRIES):
            try:
                self._function(scheduled_event(self.name, now), Context(self.name))
            except Exception:  # Whatever a function dies of, its next run comes in its time.
                log.exception("%s died", self.name)
            else:
                return True
        return False

    def _earliest(self, found: int) -> int:
        """The first run after the last one; later where that one left things as they were."""
        doublings = min(self._repeats, MOST_DOUBLINGS) if found == self._last_found else 0
        return self._on_time(self._last + 1 + self._every * (2**doublings - 1))

    def _on_time(self, instant: int) -> int:
        """The first of its times at or after the instant."""
        return -(-(instant - self._at) // self._every) * self._every + self._at


def scheduled_event(name: str, now: int) -> dict[str, Any]:
    """What EventBridge hands to a scheduled function."""
    return {
        "version": "0",
        "id": f"{name}-{now}",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "eu-central-1",
        "resources": [f"arn:aws:events:eu-central-1:000000000000:rule/{name}"],
        "detail": {},
    }


def first_due(dynamodb: Any, table: str) -> Found:
    """The smallest instant in the table's index of what is due."""

    def found(_last: int) -> int | None:
        pages = dynamodb.get_paginator("scan").paginate(TableName=table, IndexName="due")
        return min((int(item["due"]["N"]) for page in pages for item in page["Items"]), default=None)

    return found
