"""A table of the catalogue's file, read value by value.

Reading never raises: what is wrong is noted under its place and a stand-in is returned, so that one run finds every
mistake. Nothing that was read may be used once a problem is noted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from re import fullmatch
from typing import cast

LARGEST = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 8259, section 6)."""

Problems = dict[str, str]
"""What is wrong, by its place. The first thing said about a place stands."""

_ID = "[a-z][a-z0-9_]{0,31}"
_ID_NOUN = "1 to 32 of a-z, 0-9 and _, a letter first"
_MISSING = object()


class Table:
    """One table and its place in the file."""

    def __init__(self, values: Mapping[str, object], place: str, problems: Problems) -> None:
        self._values = values
        self._place = place
        self._problems = problems
        self._known: set[str] = set()

    def holds(self, key: str, value: object) -> bool:
        """Whether the key holds just that value."""
        return self._take(key) == value

    def has(self, key: str) -> bool:
        """Whether an optional key is there."""
        self._known.add(key)
        return key in self._values

    def integer(self, key: str, least: int, most: int = LARGEST, noun: str = "an integer") -> int:
        value = self._take(key)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self._refuse(key, f"{noun} from {least} to {most}", value)
        return least

    def flag(self, key: str) -> bool:
        value = self._take(key)
        if not isinstance(value, bool):
            self._refuse(key, "true or false", value)
        return value is True

    def text(self, key: str, pattern: str = r"\S(.*\S)?", noun: str = "one line of text") -> str:
        """The text, an empty one where it is wrong. 200 characters is what Stripe takes of a lookup key."""
        value = self._take(key)
        if isinstance(value, str) and len(value) <= 200 and fullmatch(pattern, value):
            return value
        self._refuse(key, f"{noun}, at most 200 characters", value)
        return ""

    def choice(self, key: str, options: Collection[str]) -> str:
        """One of the options, the first of them where it is wrong."""
        value = self._take(key)
        if isinstance(value, str) and value in options:
            return value
        self._refuse(key, " or ".join(options), value)
        return next(iter(options))

    def words(self, key: str, known: Collection[str] | None = None) -> tuple[str, ...]:
        """The words of a list that may hold each only once, and where `known` is given only those."""
        values = self._take(key)
        if not isinstance(values, list):
            self._refuse(key, "a list of words", values)
            return ()
        words: list[str] = []
        for number, value in enumerate(cast("list[object]", values)):
            words += self._word(f"{key}[{number}]", value, known, words)
        return tuple(words)

    def table(self, key: str) -> Table:
        """The table at that key, an empty one where it is wrong."""
        value = self._take(key)
        if not isinstance(value, dict):
            self._refuse(key, "a table", value)
            value = dict[str, object]()
        return Table(cast("Mapping[str, object]", value), self._at(key), self._problems)

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Every table in this one, by its id; what is no table is noted and left out."""
        for key in self._values:
            table = self.table(key)
            if self._at(key) not in self._problems:
                yield key, table
            if not fullmatch(_ID, key):
                self.note(key, f"is no id: an id is {_ID_NOUN}")

    def note(self, key: str, said: str) -> None:
        """Keeps a problem, unless the table as a whole is wrong: its missing keys are then no news."""
        if self._place not in self._problems:
            self._problems.setdefault(self._at(key), said)

    def close(self) -> None:
        """Notes every key that nobody asked for."""
        for key in self._values:
            if key not in self._known:
                self.note(key, f"is not known here; known are {', '.join(sorted(self._known))}")

    def _at(self, key: str) -> str:
        return f"{self._place}.{key}" if self._place else key

    def _take(self, key: str) -> object:
        self._known.add(key)
        return self._values.get(key, _MISSING)

    def _refuse(self, key: str, wanted: str, value: object) -> None:
        missing = value is _MISSING
        self.note(key, f"is missing: it must be {wanted}" if missing else f"must be {wanted}, not {shown(value)}")

    def _word(self, place: str, value: object, known: Collection[str] | None, before: list[str]) -> list[str]:
        if not isinstance(value, str) or not fullmatch(_ID, value):
            self._refuse(place, _ID_NOUN, value)
        elif value in before:
            self.note(place, f"{shown(value)} is listed twice")
        elif known is not None and value not in known:
            self.note(place, f"{shown(value)} is unknown; known are {', '.join(known)}")
        else:
            return [value]
        return []


def note_repeats(problems: Problems, values: Iterable[tuple[str, object]]) -> None:
    """Notes each value, given with its place, that an earlier place has taken; empty stand-ins are left out."""
    taken: dict[object, str] = {}
    for place, value in values:
        if value == "" or place in problems:
            continue
        first = taken.setdefault(value, place)
        if first != place:
            problems[place] = f"{shown(value)} is taken by {first}"


def shown(value: object) -> str:
    """The value as the file's author would know it again."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value[:60]}"'
        case int() | float():
            return str(value)[:60]
        case dict():
            return "a table"
        case _:
            return "a list" if isinstance(value, list) else "a date or time"
