"""How many bytes DynamoDB counts for an item: names and values, as AWS documents it.

Sets are taken like lists (3 bytes and 1 more for each element), which is the pessimistic reading.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Mapping
from typing import Any


def item_size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Bytes of an item in DynamoDB's typed form."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Mapping[str, Any]) -> int:
    """Bytes of one typed value, such as `{"N": "12"}`."""
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
        return 3 + sum(len(name.encode()) + 1 + value_size(inner) for name, inner in content.items())
    if kind == "L":
        return 3 + sum(1 + value_size(inner) for inner in content)
    one = number_size if kind == "NS" else len if kind == "BS" else lambda text: len(text.encode())
    return 3 + sum(1 + one(element) for element in content)


def number_size(text: str) -> int:
    """One byte for each two significant digits, one more, and one for a sign; at least 2."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + text.startswith("-") + (not digits)
