"""Conditions as Python functions of an item and the request's values.

A comparison with an absent attribute is false, `<>` alone is true; comparing two types is no error, only not equal.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from tests.simulation.grammar import COMPARATORS, Call, Constant, Node, Reference
from tests.simulation.names import Placeholders, type_of
from tests.simulation.paths import find
from tests.simulation.values import KINDS, ORDERED, SETS, Invalid, Item, Value, number

Values = Mapping[str, Value]
Operand = Callable[[Item, Values], Value | None]
Test = Callable[[Item, Values], bool]

ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Compiler:
    """Turns the tree of one condition into a function; static mistakes are refused here, before an item is read."""

    def __init__(self, known: Placeholders, kind: str):
        self.known, self.kind = known, kind
        self.by_value: list[Call] = []

    def wrong(self, why: str) -> Invalid:
        return Invalid(f"Invalid {self.kind}: {why}")

    def test(self, node: Node) -> Test:
        """The function of one test or of tests joined."""
        assert isinstance(node, Call)
        if node.op in ("AND", "OR", "NOT"):
            return joined(node.op, [self.test(each) for each in node.args])
        self.distinct(node)
        if node.op in ("BETWEEN", "attribute_type"):
            self.by_value.append(node)
        if node.op in COMPARATORS or node.op in ("BETWEEN", "IN"):
            return self.comparison(node)
        return self.function(node)

    def distinct(self, node: Call) -> None:
        """Raises Invalid where an attribute is compared with itself."""
        first = node.args[0]
        if isinstance(first, Reference) and first in node.args[1:]:
            why = "The first operand must be distinct from the remaining operands for this operator or function"
            raise self.wrong(f"{why}; operator: {node.op}")

    def operand(self, node: Node) -> Operand:
        """The function that finds an operand's value; None for what is absent."""
        if isinstance(node, Constant):
            self.known.kind(node, self.kind)
            name = node.name
            return lambda _, values: values[name]
        if isinstance(node, Call):
            return self.size(node)
        path = self.known.path(node, self.kind)
        if len(path) == 1:
            top = path[0]
            return lambda item, _: item.get(top)  # type: ignore[arg-type]  # a path starts with a name
        return lambda item, _: find(item, path)

    def size(self, node: Call) -> Operand:
        self.allow(node, 0, KINDS - {"N", "BOOL", "NULL"})
        measured = self.operand(node.args[0])

        def size(item: Item, values: Values) -> Value | None:
            value = measured(item, values)
            if value is None:
                return None
            ((kind, raw),) = value.items()
            return None if kind in ("N", "BOOL", "NULL") else {"N": str(len(raw))}

        return size

    def allow(self, node: Call, place: int, kinds: frozenset[str]) -> None:
        """Raises Invalid where an operand is of a wrong type whatever the item."""
        kind = type_of(node.args[place], self.known, self.kind)
        if kind is not None and kind not in kinds:
            why = "Incorrect operand type for operator or function"
            raise self.wrong(f"{why}; operator or function: {node.op}, operand type: {kind}")

    def comparison(self, node: Call) -> Test:
        if node.op in ORDERS or node.op == "BETWEEN":
            for place in range(len(node.args)):
                self.allow(node, place, ORDERED)
        operands = [self.operand(each) for each in node.args]
        if node.op == "BETWEEN":
            low = ordered(operator.ge, operands[0], operands[1])
            high = ordered(operator.le, operands[0], operands[2])
            return lambda item, values: low(item, values) and high(item, values)
        if node.op == "IN":
            return joined("OR", [equal(operands[0], each) for each in operands[1:]])
        if node.op in ORDERS:
            return ordered(ORDERS[node.op], *operands)
        same = equal(*operands)
        return same if node.op == "=" else lambda item, values: not same(item, values)

    def function(self, node: Call) -> Test:
        first = node.args[0]
        if node.op in ("attribute_exists", "attribute_not_exists"):
            if not isinstance(first, Reference):
                raise self.wrong(f"Operator or function requires a document path; operator or function: {node.op}")
            found, wanted = self.operand(first), node.op == "attribute_exists"
            return lambda item, values: (found(item, values) is not None) is wanted
        if node.op == "begins_with":
            self.allow(node, 0, frozenset({"S", "B"}))
            self.allow(node, 1, frozenset({"S", "B"}))
        if node.op == "attribute_type":
            self.allow(node, 1, frozenset({"S"}))
        judge = {"begins_with": begins_with, "attribute_type": has_type, "contains": contains}[node.op]
        left, right = (self.operand(each) for each in node.args)

        def test(item: Item, values: Values) -> bool:
            one, two = left(item, values), right(item, values)
            return one is not None and two is not None and judge(one, two)

        return test

    def check_values(self, values: Values) -> None:
        """Refuses what only the values show: bounds of BETWEEN the wrong way round, a type that there is not."""
        for node in self.by_value:
            constants = [values[each.name] for each in node.args[1:] if isinstance(each, Constant)]
            if node.op == "BETWEEN" and len(constants) == 2:
                self.bounds(*constants)
            if node.op == "attribute_type" and constants and constants[0]["S"] not in KINDS:
                raise self.wrong(f"Invalid attribute type name found; type: {constants[0]['S']}")

    def bounds(self, low: Value, high: Value) -> None:
        if low.keys() != high.keys():
            raise self.wrong("The BETWEEN operator requires same data type for lower and upper bounds")
        if sort_value(high) < sort_value(low):
            why = "The BETWEEN operator requires upper bound to be greater than or equal to lower bound"
            raise self.wrong(why)


def joined(op: str, tests: list[Test]) -> Test:
    """AND, OR or NOT of tests."""
    if op == "NOT":
        only = tests[0]
        return lambda item, values: not only(item, values)
    if len(tests) == 2:
        one, two = tests
        if op == "AND":
            return lambda item, values: one(item, values) and two(item, values)
        return lambda item, values: one(item, values) or two(item, values)
    return lambda item, values: any(test(item, values) for test in tests)


def equal(left: Operand, right: Operand) -> Test:
    """Equal in type and value; what is absent equals nothing."""

    def test(item: Item, values: Values) -> bool:
        one = left(item, values)
        return one is not None and one == right(item, values)

    return test


def ordered(holds: Callable[[Any, Any], bool], left: Operand, right: Operand) -> Test:
    """A comparison of two values of one ordered type; false for anything else."""

    def test(item: Item, values: Values) -> bool:
        one, two = left(item, values), right(item, values)
        if one is None or two is None:
            return False
        ((kind, x),), ((other, y),) = one.items(), two.items()
        if kind != other or kind not in ORDERED:
            return False
        return holds(number(x), number(y)) if kind == "N" else holds(x, y)

    return test


def sort_value(value: Value) -> Any:
    """What orders values of one scalar type; text in its UTF-8 order, which is that of its code points."""
    ((kind, raw),) = value.items()
    return number(raw) if kind == "N" else raw


def begins_with(value: Value, start: Value) -> bool:
    """Whether a text or bytes begin with others."""
    ((kind, raw),), ((other, head),) = value.items(), start.items()
    return kind == other and kind in ("S", "B") and raw.startswith(head)


def has_type(value: Value, wanted: Value) -> bool:
    """Whether a value is of the named type."""
    return wanted.get("S") in value


def contains(value: Value, part: Value) -> bool:
    """Whether a text holds a text, a set a member, a list an element."""
    ((kind, raw),), ((other, piece),) = value.items(), part.items()
    if kind == "L":
        return part in raw
    return SETS.get(kind, kind) == other and kind in (*SETS, "S", "B") and piece in raw
