"""How many bytes DynamoDB counts for an item: names and values, as AWS documents it.

Sets are taken like lists (3 bytes and 1 more for each element), which is the pessimistic reading.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Mapping
from typing import Any


def item_size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Bytes of an item in DynamoDB's typed form."""
    size = 0
    for name, value in item.items():
        # Most of STATE is numbers, and it is weighed at every usage event.
        text = value.get("N")
        size += len(name.encode()) + (value_size(value) if text is None else number_size(text))
    return size


def value_size(value: Mapping[str, Any]) -> int:
    """Bytes of one typed value, such as `{"N": "12"}`; a map's are an item's, and 1 more for each element."""
    [(kind, content)] = value.items()
    if kind == "N":
        return number_size(content)
    if kind == "S":
        return len(content.encode())
    if kind == "B":
        return len(content)
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "M":
        return 3 + len(content) + item_size(content)
    if kind == "L":
        return 3 + sum(1 + value_size(inner) for inner in content)
    one = number_size if kind == "NS" else len if kind == "BS" else lambda text: len(text.encode())
    return 3 + sum(1 + one(element) for element in content)


def number_size(text: str) -> int:
    """Of a whole number: a byte for each two significant digits, one more, and one for a sign; at least 2."""
    digits = len(text.strip("-0"))
    return (digits + 1) // 2 + 1 + (text[0] == "-") + (not digits)
