"""What actions ask of the API keys, which are found by the hash of a secret and listed by their id."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.domain.finished import Finished
from chalicelib.domain.key_changes import Held, KeyChange
from chalicelib.domain.keys import ApiKey
from chalicelib.domain.periods import Instant


@dataclass(frozen=True)
class KeyRow:
    """A key in a list, revoked or not, with the digests of its secrets, the newest first."""

    id: str
    account: str | None
    created: Instant
    digests: tuple[str, ...]


class Keys(Protocol):
    """The API keys. Every read is consistent: what was revoked is not found as it was."""

    def find(self, digest: str) -> ApiKey | None:
        """The secret with this digest, in force or not."""
        ...

    def rows(self) -> list[KeyRow]:
        """All that were not revoked, in no order."""
        ...

    def read(self, rows: Sequence[KeyRow]) -> list[Held]:
        """These keys, without those that are gone meanwhile."""
        ...

    def held(self, key: str) -> Held | None:
        """The key by its id, if it was not revoked."""
        ...

    def ended(self, key: str) -> Held | None:
        """The key by its id, if it was revoked: as its secrets ended."""
        ...

    def of(self, account: str) -> list[Held]:
        """The keys that reach only this account, those that were revoked too."""
        ...

    def unname(self, held: Held) -> None:
        """Nobody's name is left of a key that was revoked."""
        ...

    def write(self, change: KeyChange, finished: Finished | None = None, now: Instant = 0) -> None:
        """A key of the whole deployment, and what came of the operation `now`; one of an account is written beside its
        STATE. Raises ConditionFailed where the key, or the one that asks, is not as it was read.
        """
        ...

    def note_use(self, key: ApiKey, day: int) -> None:
        """The secret was seen on this day."""
        ...
