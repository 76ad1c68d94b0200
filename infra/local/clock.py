"""The one clock of a local run: Stripe, the service and its schedules all read it.

It runs at the pace of real time from its start and can be moved forward, never back.
"""

import time
from threading import Lock


class Clock:
    def __init__(self, start: int | None = None) -> None:
        # The one place of a local run where real time comes in.
        self._base = float(int(time.time()) if start is None else start)  # noqa: TID251 - a clock must read one
        self._started = time.monotonic()
        self._lock = Lock()

    def now(self) -> int:
        """Epoch seconds, UTC."""
        with self._lock:
            return int(self._exact())

    def move_to(self, instant: int) -> None:
        """Jump forward to the instant; raises ValueError for one that has passed."""
        with self._lock:
            if instant < int(self._exact()):
                raise ValueError(f"the clock stands at {int(self._exact())} and cannot go back to {instant}")
            self._base = float(instant)
            self._started = time.monotonic()

    def _exact(self) -> float:
        return self._base + time.monotonic() - self._started
