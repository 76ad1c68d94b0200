"""How long a call for many accounts goes on asking a database that does not answer.

An answer that says `try_again` of some accounts is worth more than none at all: API Gateway waits for 29 seconds.
"""

from chalicelib.deps import Clock

BEGUN_WITHIN = 15
"""Seconds after which no account is begun any more; the last one begun may take ten more until it is given up."""
IN_A_ROW = 8
"""Accounts that the database had no answer for, one after the other: it is asked for no more of them."""


class Patience:
    """Of one call. Its jobs run side by side: a failure that two of them count as one asks for an account more."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._ends, self._failed = clock, clock.now() + BEGUN_WITHIN, 0

    @property
    def is_over(self) -> bool:
        return self._failed >= IN_A_ROW or self._clock.now() >= self._ends

    def answered(self) -> None:
        self._failed = 0

    def not_answered(self) -> None:
        self._failed += 1
