"""Turning time: the parts of a local run do what is due, until all is quiet.

Moving the clock stops only at instants where a part has something due, so a month passes in seconds.
"""

from threading import RLock
from typing import Protocol

from infra.local.clock import Clock

MAX_ROUNDS = 10_000
MAX_VISITS = 100


class Part(Protocol):
    """Something that acts in time: an emulator, a queue's poller, a schedule."""

    def next_due(self) -> int | None:
        """The next instant at which there is something to do, if any."""
        ...

    def work(self) -> bool:
        """Do everything that is due now; say whether there was anything."""
        ...


class Stuck(Exception):
    """A part stays due at one instant, or never grows quiet."""


class Turner:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._parts: list[Part] = []
        self._lock = RLock()
        self._busy = False

    def add(self, part: Part) -> None:
        self._parts.append(part)

    def settle(self) -> None:
        """Work every part in turn until all are quiet; raises Stuck if that never comes.

        Called from inside a part's own work it does nothing: the turn under way sees to the rest.
        """
        with self._lock:
            if self._busy:
                return
            self._work_until_quiet(self._parts)

    def move_to(self, instant: int) -> None:
        """Settle, then go from one due instant to the next, up to this one; raises ValueError if it has passed."""
        with self._lock:
            if instant < self.clock.now():
                raise ValueError(f"the clock stands at {self.clock.now()} and cannot go back to {instant}")
            self.settle()
            self._visit_what_is_due(instant)
            self._advance(instant)
            self.settle()

    def _work_until_quiet(self, parts: list[Part]) -> None:
        """Work these, and all others once one of them did: only then can they have got something to do."""
        self._busy = True
        try:
            waiting = list(parts)
            for _ in range(MAX_ROUNDS * len(self._parts)):
                if not waiting:
                    return
                part = waiting.pop(0)
                if part.work():
                    waiting += [each for each in self._after(part) if each not in waiting]
        finally:
            self._busy = False
        raise Stuck(f"never quiet: {', '.join(_name(part) for part in waiting)}")

    def _after(self, part: Part) -> list[Part]:
        """Every part, beginning with the one after this: queues come after what fills them."""
        place = self._parts.index(part) + 1
        return self._parts[place:] + self._parts[:place]

    def _visit_what_is_due(self, until: int) -> None:
        visits: dict[tuple[str, int], int] = {}
        while (first := self._first_due()) and first[0] <= until:
            due, part = first
            visit = (_name(part), due)
            visits[visit] = visits.get(visit, 0) + 1
            if visits[visit] > MAX_VISITS:
                raise Stuck(f"{_name(part)} is due at {due} and does not move on")
            self._advance(due)
            self._work_until_quiet([part])

    def _first_due(self) -> tuple[int, Part] | None:
        due = [(instant, part) for part in self._parts if (instant := part.next_due()) is not None]
        return min(due, key=lambda each: each[0], default=None)

    def _advance(self, instant: int) -> None:
        # Real time goes on meanwhile: what was ahead may have passed by itself.
        if instant > self.clock.now():
            self.clock.move_to(instant)


def _name(part: Part) -> str:
    return type(part).__name__
