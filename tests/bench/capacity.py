"""What a request costs in capacity units, by AWS's documented rules: pure functions; tests/bench/meter.py applies them.

Emulators count transactions wrongly, so this is the figure: two units a KB and item in a transaction, one for an index
part. A failed condition and a cancelled transaction cost as if they had succeeded.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from math import ceil
from typing import Any, NamedTuple

Item = Mapping[str, Mapping[str, Any]]
WRITE_UNIT, READ_UNIT = 1024, 4096


class Index(NamedTuple):
    """A global secondary index as far as costs go: all key attributes, the table's too, and what else it holds."""

    keys: tuple[str, ...]
    table_keys: tuple[str, ...] = ()
    others: frozenset[str] | None = frozenset()
    """Further attributes; None for every attribute."""


def write_units(before: Item | None, after: Item | None, indexes: Iterable[Index] = ()) -> int:
    """Units of one plain write: the larger of the item before and after, at least one, and each index's part.

    For a failed condition `after` is what was to be written, or the item as it is; then no index is touched.
    """
    size = max(item_size(before or {}), item_size(after or {}))
    return kilobytes(size) + sum(index_units(index, before, after) for index in indexes)


def transaction_units(pairs: Iterable[tuple[Item | None, Item | None]], indexes: Iterable[Index] = ()) -> int:
    """Units of a transaction: two for each KB of each item (prepare and commit), one for index parts.

    A check is an item that stays as it is. Source: developer guide, "Capacity management for transactions".
    """
    held = tuple(indexes)
    return sum(
        2 * write_units(before, after) + sum(index_units(index, before, after) for index in held)
        for before, after in pairs
    )


def index_units(index: Index, before: Item | None, after: Item | None) -> int:
    """Units of an index: one KB step for an entry put, deleted or changed, both when its key changes, else nothing."""
    old, new = index_entry(index, before), index_entry(index, after)
    if old == new:
        return 0
    if not old or not new:
        return kilobytes(item_size(old or new))
    if any(old[name] != new[name] for name in index.keys):
        return kilobytes(item_size(old)) + kilobytes(item_size(new))
    return kilobytes(max(item_size(old), item_size(new)))


def index_entry(index: Index, item: Item | None) -> Item:
    """What a sparse index holds of an item: nothing unless all its key attributes are there."""
    if item is None or any(name not in item for name in index.keys):
        return {}
    if index.others is None:
        return item
    held = {*index.keys, *index.table_keys, *index.others}
    return {name: value for name, value in item.items() if name in held}


def read_units(sizes: Iterable[int], factor: float) -> float:
    """Units of reads that are rounded one by one: GetItem, BatchGetItem, TransactGetItems. A missing item has size 0.

    `factor` is 1 for consistent, 0.5 for eventually consistent, 2 for transactional reads.
    """
    return sum(factor * blocks(size) for size in sizes)


def query_units(sizes: Iterable[int], factor: float) -> float:
    """Units of one page of a query: its items, also those that a filter drops, are added up and then rounded."""
    return factor * blocks(sum(sizes))


def kilobytes(size: int) -> int:
    """Units of a write of this many bytes, at least one."""
    return max(1, ceil(size / WRITE_UNIT))


def blocks(size: int) -> int:
    """Units of a consistent read of this many bytes, at least one."""
    return max(1, ceil(size / READ_UNIT))


def item_size(item: Item) -> int:
    """Bytes of an item: UTF-8 names and values. Source: developer guide, "DynamoDB item sizes and formats"."""
    return sum(text_size(name) + value_size(value) for name, value in item.items())


def text_size(text: str) -> int:
    """Bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def value_size(value: Mapping[str, Any]) -> int:
    """Bytes of one value without its name: 3 for a list or map and 1 for each element; a set is its elements."""
    ((kind, raw),) = value.items()
    if kind == "S":
        return text_size(raw)
    if kind == "N":
        return number_size(raw)
    if kind == "B":
        return len(raw)
    if kind in SET_MEMBER:
        return sum(map(SET_MEMBER[kind], raw))
    if kind == "L":
        return 3 + sum(1 + value_size(element) for element in raw)
    if kind == "M":
        return 3 + sum(1 + text_size(name) + value_size(element) for name, element in raw.items())
    return 1


def number_size(text: str) -> int:
    """One byte for each two digits around the point, zeros at both ends left out, one more, and one for a minus."""
    digits = text.lstrip("-")
    if digits.isdecimal():
        first, significant = len(digits) - 1, len(digits.rstrip("0"))
    else:
        exact = Decimal(digits).normalize()
        first, significant = exact.adjusted(), len(exact.as_tuple().digits)
    if not significant:
        return 1
    # The pairs are those of base 100: 12 is one pair, 1.2 and 120 are two.
    return (significant + 1 + (first % 2 == 0)) // 2 + 1 + text.startswith("-")


SET_MEMBER: dict[str, Callable[[Any], int]] = {"SS": text_size, "NS": number_size, "BS": len}
