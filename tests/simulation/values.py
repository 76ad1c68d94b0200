"""DynamoDB's typed values: what is accepted, in which form it is kept, and how values compare.

A value is kept canonical (numbers normalised, sets sorted), so that two equal values are equal dicts.
"""

from collections.abc import Callable
from decimal import Context, Decimal, InvalidOperation
from typing import Any

Value = dict[str, Any]
Item = dict[str, Value]

WRONG = "One or more parameter values were invalid"
DIGITS = 38
LEVELS = 31
ORDERED = frozenset({"S", "N", "B"})
SETS = {"SS": "S", "NS": "N", "BS": "B"}
KINDS = frozenset({"S", "N", "B", "SS", "NS", "BS", "BOOL", "NULL", "L", "M"})
SET_NAMES = {"SS": "string", "NS": "number", "BS": "binary"}
LARGEST, SMALLEST = Decimal("9.9999999999999999999999999999999999999E+125"), Decimal("1E-130")
EXACT = Context(prec=300)


class Invalid(Exception):
    """The request is not one that DynamoDB takes; the text is the message of its ValidationException."""


def number(text: str) -> int | Decimal:
    """The number that a canonical text stands for: exact, never a float."""
    try:
        return int(text)
    except ValueError:
        return Decimal(text)


def number_text(text: str) -> str:
    """The one form in which a number is kept and answered: no exponent, no needless zero."""
    digits = text[1:] if text[:1] == "-" else text
    if digits.isdecimal() and digits.isascii() and digits[0] != "0" and len(digits) <= DIGITS:
        return text
    try:
        exact = Decimal(text)
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite():
        raise Invalid("A value provided cannot be converted into a number")
    return _checked(exact)


def _checked(exact: Decimal) -> str:
    if not exact:
        return "0"
    if abs(exact) > LARGEST:
        raise Invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
    if abs(exact) < SMALLEST:
        raise Invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
    if len("".join(map(str, exact.as_tuple().digits)).strip("0")) > DIGITS:
        raise Invalid("Attempting to store more than 38 significant digits in a Number")
    text = format(exact, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def added(left: str, right: str, sign: int = 1) -> str:
    """The canonical sum of two canonical numbers; the difference with `sign` -1."""
    one, two = number(left), number(right)
    if isinstance(one, int) and isinstance(two, int):
        return number_text(str(one + sign * two))
    return _checked(EXACT.add(Decimal(one), EXACT.multiply(Decimal(two), Decimal(sign))))


def canonical(value: Value, level: int = 0) -> Value:
    """A private copy of a value in the form in which it is kept; raises Invalid where DynamoDB refuses it."""
    if len(value) != 1:
        many = "has more than one datatypes set" if value else "is empty"
        raise Invalid(f"Supplied AttributeValue {many}, must contain exactly one of the supported datatypes")
    ((kind, raw),) = value.items()
    if kind == "S":
        return {"S": raw}
    if kind == "N":
        return {"N": number_text(raw)}
    if kind not in KINDS:
        raise Invalid(f"Supplied AttributeValue has an unknown datatype {kind}")
    return {kind: _CANONICAL[kind](raw) if kind not in ("L", "M") else _document(kind, raw, level + 1)}


def canonical_item(item: Item) -> Item:
    """Every attribute of an item canonical; raises Invalid."""
    if "" in item:
        raise Invalid("Empty attribute name")
    return {name: canonical(value) for name, value in item.items()}


def _document(kind: str, raw: Any, level: int) -> Any:
    if level > LEVELS:
        raise Invalid("Nesting Levels have exceeded supported limits")
    if kind == "L":
        return [canonical(each, level) for each in raw]
    return {name: canonical(each, level) for name, each in raw.items()}


def _binary(raw: Any) -> bytes:
    return raw.encode() if isinstance(raw, str) else bytes(raw)


def _null(raw: Any) -> bool:
    if raw is not True:
        raise Invalid(
            "One or more parameter values were invalid: Null attribute value types must have the value of true"
        )
    return True


def _members(kind: str, each: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    def members(raw: Any) -> list[Any]:
        kept = sorted({each(member) for member in raw})
        if not kept:
            name = SET_NAMES[kind]
            raise Invalid(f"{WRONG}: An {name} set  may not be empty")
        if len(kept) != len(raw):
            raise Invalid(f"{WRONG}: Input collection contains duplicates")
        return kept

    return members


_CANONICAL: dict[str, Callable[[Any], Any]] = {
    "B": _binary,
    "BOOL": bool,
    "NULL": _null,
    "SS": _members("SS", str),
    "NS": _members("NS", number_text),
    "BS": _members("BS", _binary),
}


def bare(value: Value) -> Any:
    """What a value holds, without its type."""
    return next(iter(value.values()))


def copied(value: Value) -> Value:
    """A copy of a kept value that its receiver may change."""
    [kind] = value
    if kind in ORDERED:
        return value.copy()
    raw = value[kind]
    if kind == "M":
        return {"M": {name: copied(each) for name, each in raw.items()}}
    if kind == "L":
        return {"L": [copied(each) for each in raw]}
    return {kind: list(raw)} if kind in SETS else {kind: raw}


def copied_item(item: Item) -> Item:
    """A copy of a kept item that its receiver may change."""
    return {name: copied(value) for name, value in item.items()}
