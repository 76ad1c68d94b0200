"""A JSON body as it came: bounded and sound before anything is looked for in it.

Python's reader takes more than JSON: NaN, a key twice (the last one wins), nesting until its stack ends. So it is
watched while it reads.
"""

import json
from typing import Any, NoReturn

from chalicelib.errors import BadJson, TooLarge

DEPTH = 16
"""Objects and lists inside each other; the deepest body of the contract needs four."""
_DIGITS = 20


def read_object(raw: bytes, most_bytes: int) -> dict[str, Any]:
    """The body's object; raises TooLarge or BadJson."""
    if len(raw) > most_bytes:
        raise TooLarge(f"The body has {len(raw)} bytes; {most_bytes} are taken here.")
    value = _read(raw)
    if not isinstance(value, dict):
        raise BadJson("The body is no JSON object.")
    if _is_deep(value):
        raise BadJson(f"The body is nested more than {DEPTH} deep.")
    return value


def _read(raw: bytes) -> Any:
    try:
        return json.loads(
            raw.decode(), object_pairs_hook=_object, parse_constant=_refuse_constant, parse_int=_bounded_integer
        )
    except UnicodeDecodeError as error:
        raise BadJson(f"The body is not UTF-8 from byte {error.start} on.") from error
    except json.JSONDecodeError as error:
        raise BadJson(f"The body is no JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except RecursionError as error:
        raise BadJson(f"The body is nested more than {DEPTH} deep.") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise BadJson(f"The key {name[:100]!r} stands more than once in one object.")
        found[name] = value
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise BadJson(f"{name} is no JSON.")


def _bounded_integer(text: str) -> int:
    # Reading very long integers takes time that grows with their square. What is cut here is out of range everywhere.
    return int(text[:_DIGITS])


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEPTH):
        level = [child for each in level for child in _children(each) if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def _children(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value
