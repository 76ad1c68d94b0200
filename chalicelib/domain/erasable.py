"""What of an entry is erased one day, while entries never are: the member who acted, the reason, whom it touched.

It is kept beside the entry, which has a mark in its place. An entry as it comes from the journal's stream has marks.
"""

from dataclasses import dataclass, replace

from chalicelib.domain.journal import Entry, Line, Touch

MARK = ""
"""In place of a reason or an id: neither is ever empty."""
ACTING = " member:"
"""What parts key and member in an actor's name; at its end it is a mark."""
MEMBER = "member"
AND_WHY = ": "
"""What a line's note has between what it names and the reason."""


@dataclass(frozen=True)
class Who:
    """The member who acted, why, and the members that the entry touched, in its order."""

    member: str | None = None
    why: str | None = None
    of: tuple[str, ...] = ()


NOBODY = Who()


def acting(actor: str) -> str | None:
    """The member in an actor's name."""
    return actor.partition(ACTING)[2] or None


def without_member(actor: str) -> str:
    return actor.partition(ACTING)[0]


def split(entry: Entry) -> tuple[Entry, Who]:
    """The entry with marks, and what stands beside it; NOBODY of one that has its marks already."""
    key, at, _ = entry.actor.partition(ACTING)
    who = Who(
        acting(entry.actor), entry.note or None, tuple(each.id for each in entry.touched if each.id and _is(each))
    )
    marked = replace(
        entry,
        actor=key + at,
        note=None if entry.note is None else MARK,
        lines=tuple(_without(line, entry.note) for line in entry.lines),
        touched=tuple(replace(each, id=MARK) if _is(each) else each for each in entry.touched),
    )
    return marked, who


def joined(entry: Entry, who: Who = NOBODY) -> Entry:
    """The entry without marks, as whole as it still is."""
    members = iter(who.of)
    return replace(
        entry,
        actor=entry.actor.removesuffix(ACTING) + (ACTING + who.member if who.member else ""),
        note=who.why if entry.note == MARK else entry.note,
        lines=tuple(_with(line, who.why) if entry.note == MARK else line for line in entry.lines),
        touched=tuple(replace(each, id=next(members, None)) if each.id == MARK else each for each in entry.touched),
    )


def unnamed(entry: Entry) -> Entry:
    """The entry as it will be once who stands beside it is erased."""
    return joined(split(entry)[0])


def is_marked(entry: Entry) -> bool:
    return entry.note == MARK or entry.actor.endswith(ACTING) or any(each.id == MARK for each in entry.touched)


def _is(touch: Touch) -> bool:
    return touch.what == MEMBER


def _without(line: Line, why: str | None) -> Line:
    """A line's note may be the reason, or end with it."""
    if not why or line.note is None or not (line.note == why or line.note.endswith(AND_WHY + why)):
        return line
    return replace(line, note=line.note.removesuffix(why))


def _with(line: Line, why: str | None) -> Line:
    if line.note is None or not (line.note == MARK or line.note.endswith(AND_WHY)):
        return line
    return replace(line, note=line.note + why if why else line.note.removesuffix(AND_WHY) or None)
