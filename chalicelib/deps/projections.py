"""What actions ask of the journal's projections: what is read in pages, written behind the journal by its stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.domain.days import Days, DaySums
from chalicelib.domain.journal import Entry
from chalicelib.domain.notices import Notice
from chalicelib.domain.periods import Instant


@dataclass(frozen=True)
class Told:
    """The notices of one entry, in the order they happened."""

    number: int
    at: Instant
    notices: Sequence[Notice]


class Projections(Protocol):
    """Reads are consistent unless said otherwise; writes raise ConditionFailed, Conflict, Throttled or Unavailable."""

    def days(self, account: str, *, consistent: bool = True) -> Days:
        """The recent days, and how many entries are in every projection of this account."""
        ...

    def past_days(self, account: str, first: int, last: int) -> tuple[DaySums, int]:
        """The days moved to the past, and how many entries the newest of these items has in it."""
        ...

    def save_days(self, was: Days, days: Days, past: DaySums) -> None:
        """The days in place of what they were, and what leaves them added to the past, at once."""
        ...

    def keep(self, entries: Sequence[Entry]) -> None:
        """What notices, credit history and audit log show of these entries; the same once more changes nothing."""
        ...

    def credited(self, account: str, before: int, limit: int) -> list[Entry]:
        """Entries by which credits came or went, newest first, below the number `before`; without their event ids."""
        ...

    def logged(self, account: str, before: int, limit: int) -> list[Entry]:
        """Entries that the audit log shows, newest first, below the number `before`: their usage is left out."""
        ...

    def told(self, account: str, before: int, limit: int) -> list[Told]:
        """Entries with notices, newest first, below the number `before`."""
        ...
