"""Stripe's limit on requests a second, off unless /_local/webhooks sets one.

Live accounts have 100 a second and sandboxes 25. Source: https://docs.stripe.com/rate-limits
"""

from dataclasses import dataclass, field
from threading import Lock


@dataclass
class Rates:
    """Counts the requests of the clock's current second."""

    _second: int = 0
    _count: int = 0
    _lock: Lock = field(default_factory=Lock)

    def exceeded(self, now: int, limit: int) -> bool:
        """Count one more request; whether that is more than this second has room for. 0 is no limit."""
        with self._lock:
            if now != self._second:
                self._second, self._count = now, 0
            self._count += 1
            return 0 < limit < self._count
