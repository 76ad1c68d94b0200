"""Making, rotating and revoking a key: what stands afterwards, and what the audit log tells of it.

For as long as a rotation overlaps, a key has two secrets. There are never three: rotating again ends the older one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.domain.journal import Touch
from chalicelib.domain.keys import ApiKey, unnamed
from chalicelib.domain.periods import Instant


@dataclass(frozen=True)
class Held:
    """A key that was not revoked: its newest secret, and the one before it where they overlap."""

    newest: ApiKey
    older: ApiKey | None = None

    @property
    def secrets(self) -> tuple[ApiKey, ...]:
        return (self.newest,) if self.older is None else (self.newest, self.older)

    @property
    def used(self) -> int | None:
        """The day on which the key was seen last, by either secret."""
        return max((each.used for each in self.secrets if each.used is not None), default=None)


@dataclass(frozen=True)
class KeyChange:
    """One key as one write leaves it: `was` before, None where it is new; `held` after, None where it is revoked.

    `ended` are the secrets that work no longer. `asked_by` is the key that asks for it, where that must still be as it
    was read: neither revoked since nor replaced by a rotation.
    """

    id: str
    was: Held | None
    held: Held | None
    ended: tuple[ApiKey, ...] = ()
    asked_by: ApiKey | None = None

    @property
    def secrets(self) -> tuple[ApiKey, ...]:
        """Every secret that it touches, as it is to be stored."""
        return (*(self.held.secrets if self.held else ()), *self.ended)

    @property
    def touch(self) -> Touch:
        return Touch("key", self.id, _told(self.was), _told(self.held))


def made(key: ApiKey) -> KeyChange:
    return KeyChange(key.id, None, Held(key))


def rotated(held: Held, newest: ApiKey, overlap: int, now: Instant) -> tuple[KeyChange, Held]:
    """What is written, and the key after it: the old secret works `overlap` seconds on, yet not beyond the key's end.

    One that this very operation had made before its answer was lost is nobody's: it gives way to the new one.
    """
    # It is the same key, used when its secrets were.
    newest = replace(newest, used=held.used)
    if held.newest.operation == newest.operation:
        return _with(held, Held(newest, held.older), newest)
    if overlap == 0:
        return _with(held, Held(newest), newest)
    end = now + overlap if held.newest.expires_at is None else min(now + overlap, held.newest.expires_at)
    # Its operation tells whoever had read it that it was replaced, though its end may be the same.
    older = replace(held.newest, expires_at=end, operation=newest.operation)
    return _with(held, Held(newest, older), newest)


def revoked(held: Held, by: str, operation: str) -> KeyChange:
    return KeyChange(held.newest.id, held, None, _ended(held.secrets, by, operation))


def _with(was: Held, held: Held, newest: ApiKey) -> tuple[KeyChange, Held]:
    kept = {each.digest for each in held.secrets}
    gone = tuple(each for each in was.secrets if each.digest not in kept)
    # Nothing leads to what a rotation ended, so an erasure would not find it.
    ended = tuple(unnamed(each) for each in _ended(gone, newest.by, newest.operation))
    return KeyChange(newest.id, was, held, ended), held


def _ended(secrets: tuple[ApiKey, ...], by: str, operation: str) -> tuple[ApiKey, ...]:
    return tuple(replace(each, revoked=True, ended_by=by, operation=operation) for each in secrets)


def _told(held: Held | None) -> Mapping[str, Any] | None:
    """Without the name, which may be a person's."""
    if held is None:
        return None
    key = held.newest
    return {
        "prefix": key.prefix,
        "scopes": sorted(key.scopes),
        "requires_member": key.requires_member,
        "expires_at": key.expires_at,
        "old_prefix": held.older.prefix if held.older else None,
        "old_ends_at": held.older.expires_at if held.older else None,
    }
