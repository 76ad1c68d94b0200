"""Every field of a body or query held against its declaration, all errors at once.

Declarations are msgspec Structs. msgspec itself stops at its first error, so the declaration is walked here and msgspec
only builds the value. A `description` in a field's Meta finishes the sentence "must be ...".
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import TypeVar

import msgspec
from msgspec import Struct, inspect

from chalicelib.errors import Problem
from chalicelib.web.characters import UNSEEN

Declared = TypeVar("Declared", bound=Struct)

_MOST = 100
"""Problems that are listed; who sends more has more to learn than a list can tell."""


def problems_of(value: object, declared: type[Struct]) -> list[Problem]:
    """What is wrong with the value, field by field; nothing if `build` can take it."""
    return list(islice(_walk(value, _declaration(declared), "", ""), _MOST))


def build(value: object, declared: type[Declared]) -> Declared:
    """The value as the declared type; only for a value without problems."""
    return msgspec.convert(value, declared)


def kinds_of(declared: type[Struct]) -> dict[str, inspect.Type]:
    """The declared kind of each field, by name."""
    return {field.encode_name: field.type for field in _declaration(declared).fields}


@cache
def _declaration(declared: type[Struct]) -> inspect.StructType:
    found = inspect.type_info(declared)
    assert isinstance(found, inspect.StructType)
    return found


def _walk(value: object, kind: inspect.Type, place: str, noun: str) -> Iterator[Problem]:
    match kind:
        case inspect.Metadata():
            yield from _walk_described(value, kind, place, noun)
        case inspect.UnionType():
            yield from _walk_optional(value, kind, place)
        case inspect.StructType():
            yield from _walk_object(value, kind, place)
        case inspect.ListType():
            yield from _walk_list(value, kind, place)
        case _:
            if not _fits(value, kind):
                yield Problem(place, f"must be {noun or _noun(kind)}")


def _walk_described(value: object, kind: inspect.Metadata, place: str, noun: str) -> Iterator[Problem]:
    noun = (kind.extra_json_schema or {}).get("description", noun)
    found = list(_walk(value, kind.type, place, noun))
    holds = (kind.extra or {}).get("holds")
    if not found and holds is not None and not holds(value):
        found = [Problem(place, f"must be {noun}")]
    yield from found


def _walk_optional(value: object, kind: inspect.UnionType, place: str) -> Iterator[Problem]:
    for each in kind.types:
        if value is not None and not isinstance(each, inspect.NoneType):
            yield from _walk(value, each, place, "")


def _walk_object(value: object, kind: inspect.StructType, place: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(place, "must be an object")
        return
    fields = {field.encode_name: field for field in kind.fields}
    for name, field in fields.items():
        if name in value:
            yield from _walk(value[name], field.type, _at(place, name), "")
        elif field.required:
            yield Problem(_at(place, name), "is missing")
    for name in value:
        if name not in fields:
            known = ", ".join(fields) or "none"
            yield Problem(_at(place, name[:_MOST]), f"is not known here; known are: {known}")


def _walk_list(value: object, kind: inspect.ListType, place: str) -> Iterator[Problem]:
    least, most = kind.min_length or 0, kind.max_length
    if not isinstance(value, list) or len(value) < least or (most is not None and len(value) > most):
        yield Problem(place, f"must be a list of {least} to {most:,} items" if most else "must be a list")
        return
    for number, each in enumerate(value):
        yield from _walk(each, kind.item_type, f"{place}[{number}]", "")


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _fits(value: object, kind: inspect.Type) -> bool:
    match kind:
        case inspect.AnyType():
            return True
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.LiteralType():
            return isinstance(value, str) and value in kind.values
        case inspect.IntType():
            return isinstance(value, int) and not isinstance(value, bool) and _in_range(value, kind)
        case inspect.StrType():
            return isinstance(value, str) and _is_text(value, kind)
        case _:
            raise TypeError(f"no field may be declared as {kind}")


def _in_range(value: int, kind: inspect.IntType) -> bool:
    return (kind.ge is None or value >= kind.ge) and (kind.le is None or value <= kind.le)


def _is_text(value: str, kind: inspect.StrType) -> bool:
    if len(value) < (kind.min_length or 0) or (kind.max_length is not None and len(value) > kind.max_length):
        return False
    # What is not seen, and halves of a character that UTF-8 cannot hold.
    if re.search(rf"[{UNSEEN}\ud800-\udfff]", value):
        return False
    return kind.pattern is None or re.search(kind.pattern, value) is not None


def _noun(kind: inspect.Type) -> str:
    match kind:
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType():
            return "one of " + ", ".join(map(str, kind.values))
        case inspect.IntType():
            return f"an integer from {kind.ge} to {kind.le}"
        case inspect.StrType(min_length=least, max_length=most):
            return f"a text of {least or 0} to {most} characters in one line"
        case _:
            return str(kind)
