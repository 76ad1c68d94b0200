"""Document paths: `d.count`, `list[2].name`. A path is a tuple of names and list positions.

Kept items are never changed in place: writing along a path copies what lies on it, so older images stay true.
"""

from collections.abc import Iterable
from typing import Any

from tests.simulation.values import Invalid, Item, Value

Path = tuple[str | int, ...]
Tree = dict[str | int, "Tree | None"]

NO_SUCH_PATH = "The document path provided in the update expression is invalid for update"


def find(item: Item, path: Path) -> Value | None:
    """The value at a path, or None where there is none."""
    value = item.get(path[0])  # type: ignore[arg-type]  # a path starts with a name
    for part in path[1:]:
        if value is None:
            return None
        inside = value.get("M" if isinstance(part, str) else "L")
        if inside is None:
            return None
        value = _child(inside, part)
    return value


def _child(inside: Any, part: str | int) -> Value | None:
    if isinstance(part, str):
        return inside.get(part)
    return inside[part] if part < len(inside) else None


def put(item: Item, path: Path, value: Value) -> Item:
    """The item with a value at the path; a position beyond a list's end appends. Raises Invalid without a parent."""
    return _put(item, path, value)


def _put(inside: Any, path: Path, value: Value) -> Any:
    part, rest = path[0], path[1:]
    changed = inside.copy()
    if rest:
        value = _inner(inside, part, rest, lambda deeper: _put(deeper, rest, value))
    if isinstance(part, int) and part >= len(changed):
        changed.append(value)
    else:
        changed[part] = value
    return changed


def remove(item: Item, path: Path) -> Item:
    """The item without the value at the path. Raises Invalid without a parent; a missing leaf is no error."""
    return _remove(item, path)


def _remove(inside: Any, path: Path) -> Any:
    part, rest = path[0], path[1:]
    changed = inside.copy()
    if rest:
        changed[part] = _inner(inside, part, rest, lambda deeper: _remove(deeper, rest))
    elif isinstance(part, str):
        changed.pop(part, None)
    elif part < len(changed):
        del changed[part]
    return changed


def _inner(inside: Any, part: str | int, rest: Path, change: Any) -> Value:
    there = _child(inside, part)
    kind = "M" if isinstance(rest[0], str) else "L"
    if there is None or kind not in there:
        raise Invalid(NO_SUCH_PATH)
    return {kind: change(there[kind])}


def order(path: Path) -> tuple[tuple[bool, str | int], ...]:
    """A sort key: positions of one list in their order."""
    return tuple((isinstance(part, int), part) for part in path)


def tree(paths: Iterable[Path], expression: str) -> Tree:
    """The paths as one tree; raises Invalid when two overlap or take one value for a map and for a list."""
    root: Tree = {}
    for path in paths:
        node = root
        for part in path[:-1]:
            _fits(node, part, expression)
            below = node.setdefault(part, {})
            if below is None:
                raise _overlap(expression)
            node = below
        _fits(node, path[-1], expression)
        if path[-1] in node:
            raise _overlap(expression)
        node[path[-1]] = None
    return root


def _overlap(expression: str) -> Invalid:
    return Invalid(f"Invalid {expression}: Two document paths overlap with each other")


def _fits(node: Tree, part: str | int, expression: str) -> None:
    if node and isinstance(next(iter(node)), int) is not isinstance(part, int):
        raise Invalid(f"Invalid {expression}: Two document paths conflict with each other")


def project(item: Item, wanted: Tree) -> Item:
    """What of an item the tree names; list elements close up."""
    found = {}
    for name, deeper in wanted.items():
        value = item.get(name)  # type: ignore[arg-type]  # the root holds names only
        kept = None if value is None else _whole_or_part(value, deeper)
        if kept is not None:
            found[name] = kept
    return found


def _part(value: Value, wanted: Tree) -> Value | None:
    if isinstance(next(iter(wanted)), str):
        inside = project(value.get("M", {}), wanted)
        return {"M": inside} if inside else None
    elements = value.get("L", [])
    places = sorted(place for place in wanted if isinstance(place, int) and place < len(elements))
    kept = [_whole_or_part(elements[place], wanted[place]) for place in places]
    some = [each for each in kept if each is not None]
    return {"L": some} if some else None


def _whole_or_part(value: Value, deeper: Tree | None) -> Value | None:
    return value if deeper is None else _part(value, deeper)
