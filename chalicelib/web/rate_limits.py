"""How often a key may ask: counted second by second in each process, so the whole service takes as many times more."""

from dataclasses import dataclass

from chalicelib.domain.periods import Instant
from chalicelib.request_errors import TooManyRequests

_MOST = 1_000


@dataclass(frozen=True)
class Second:
    """How often a key has asked in one second."""

    at: Instant
    asked: int = 0


def asked_once_more(second: Second, now: Instant, limit: int) -> Second | None:
    """The count with this request; None if it is one too many."""
    if second.at != now:
        return Second(now, 1)
    return Second(now, second.asked + 1) if second.asked < limit else None


class RateLimits:
    """The counts of one process."""

    def __init__(self) -> None:
        self._counts: dict[str, Second] = {}

    def count(self, key: str, now: Instant, limit: int) -> None:
        """One more request of this key; raises TooManyRequests. A limit of 0 is none."""
        if limit == 0:
            return
        counted = asked_once_more(self._counts.get(key, Second(now)), now, limit)
        if counted is None:
            raise TooManyRequests(f"this key may ask {limit} times a second")
        if len(self._counts) >= _MOST:
            self._counts.clear()
        self._counts[key] = counted
