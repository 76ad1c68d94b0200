"""What of an entry is erased one day, while entries never are: the member who acted, the reason, whom it touched.

It is kept beside the entry, which has a mark in its place. An entry as it comes from the journal's stream has marks.
A custom role may be named after somebody, so its id is treated as a member's.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.domain.journal import Entry, Line, Touch
from chalicelib.domain.roles import BUILT_IN

MARK = ""
"""In place of a reason or an id: neither is ever empty."""
ACTING = " member:"
"""What parts key and member in an actor's name; at its end it is a mark."""
KEY = "key:"
MEMBER, ROLE = "member", "role"
"""What a touch is of whose id may name a person."""
AND_WHY = ": "
"""What a line's note has between what it names and the reason."""


@dataclass(frozen=True)
class Who:
    """The member who acted, why, and the members and custom roles that the entry touched, in its order."""

    member: str | None = None
    why: str | None = None
    of: tuple[str, ...] = ()


NOBODY = Who()


def named(prefix: str, member: str | None) -> str:
    """How the journal names who asks by the key of this prefix, and for whom."""
    return KEY + prefix + (ACTING + member if member else "")


def key_of(actor: str) -> str | None:
    """The prefix of the key in an actor's name."""
    key = without_member(actor)
    return key.removeprefix(KEY) if key.startswith(KEY) else None


def acting(actor: str) -> str | None:
    """The member in an actor's name."""
    return actor.partition(ACTING)[2] or None


def without_member(actor: str) -> str:
    return actor.partition(ACTING)[0]


def split(entry: Entry) -> tuple[Entry, Who]:
    """The entry with marks, and what stands beside it; NOBODY of one that has its marks already."""
    key, at, _ = entry.actor.partition(ACTING)
    of = tuple(name for each in entry.touched for name in _names(each) if name != MARK)
    who = Who(acting(entry.actor), entry.note or None, of)
    marked = replace(
        entry,
        actor=key + at,
        note=None if entry.note is None else MARK,
        lines=tuple(_without(line, entry.note) for line in entry.lines),
        touched=tuple(_naming(each, lambda _: MARK) for each in entry.touched),
    )
    return marked, who


def joined(entry: Entry, who: Who = NOBODY) -> Entry:
    """The entry without marks, as whole as it still is."""
    names = iter(who.of)
    return replace(
        entry,
        actor=entry.actor.removesuffix(ACTING) + (ACTING + who.member if who.member else ""),
        note=who.why if entry.note == MARK else entry.note,
        lines=tuple(_with(line, who.why) if entry.note == MARK else line for line in entry.lines),
        touched=tuple(
            _naming(each, lambda name: next(names, None) if name == MARK else name) for each in entry.touched
        ),
    )


def unnamed(entry: Entry) -> Entry:
    """The entry as it will be once who stands beside it is erased."""
    return joined(split(entry)[0])


def is_marked(entry: Entry) -> bool:
    return entry.note == MARK or entry.actor.endswith(ACTING) or any(MARK in _names(each) for each in entry.touched)


def _names(touch: Touch) -> list[str]:
    """Whatever in it may name somebody, in its order."""
    found: list[str] = []
    _naming(touch, found.append)
    return found


def _naming(touch: Touch, put: Callable[[str], str | None]) -> Touch:
    """The touch with whatever may name somebody put another way."""
    own = put(touch.id) if touch.id is not None and touch.what in (MEMBER, ROLE) else touch.id
    return replace(touch, id=own, before=_role_in(touch.before, put), after=_role_in(touch.after, put))


def _role_in(value: Any, put: Callable[[str], str | None]) -> Any:
    if not isinstance(value, dict) or ROLE not in value or value[ROLE] in (None, *BUILT_IN):
        return value  # pyright: ignore[reportUnknownVariableType] - plain JSON
    return {**value, ROLE: put(value[ROLE])}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - plain JSON


def _without(line: Line, why: str | None) -> Line:
    """A line's note may be the reason, or end with it."""
    if not why or line.note is None or not (line.note == why or line.note.endswith(AND_WHY + why)):
        return line
    return replace(line, note=line.note.removesuffix(why))


def _with(line: Line, why: str | None) -> Line:
    if line.note is None or not (line.note == MARK or line.note.endswith(AND_WHY)):
        return line
    return replace(line, note=line.note + why if why else line.note.removesuffix(AND_WHY) or None)
