"""Updates as Python functions from an item to the changed item.

Every value is computed from the item as it was before the update, whatever the order of the actions.
"""

from typing import Any, NamedTuple

from tests.simulation.conditions import Compiler, Operand, Values
from tests.simulation.grammar import Call, Clause, Constant, Node, Reference
from tests.simulation.names import Placeholders
from tests.simulation.paths import Path, Tree, find, order, put, remove, tree
from tests.simulation.values import SETS, Invalid, Item, Value, added

KIND = "UpdateExpression"
ABSENT = "The provided expression refers to an attribute that does not exist in the item"
WRONG_TYPE = "An operand in the update expression has an incorrect data type"


class Step(NamedTuple):
    """One action: where, and the new value computed from the old item; None removes."""

    path: Path
    value: Operand


class Update(NamedTuple):
    """A compiled update expression: `paths` as a tree, for UPDATED_OLD and UPDATED_NEW."""

    steps: tuple[Step, ...]
    paths: Tree

    def apply(self, item: Item, values: Values) -> Item:
        """The changed item; raises Invalid when the item does not fit the update."""
        changed, removed = dict(item), []
        for path, value in [(step.path, step.value(item, values)) for step in self.steps]:
            if value is None:
                removed.append(path)
            elif len(path) == 1:
                changed[path[0]] = value  # type: ignore[index]  # a path starts with a name
            else:
                changed = put(changed, path, value)
        # Positions count in the list as it was, so the last goes first.
        for path in sorted(removed, key=order, reverse=True):
            changed = remove(changed, path)
        return changed

    def touches(self, name: str) -> bool:
        """Whether it changes this attribute or something inside it."""
        return name in self.paths


def compile_update(clauses: tuple[Clause, ...], known: Placeholders) -> Update:
    """The update of these actions; raises Invalid for overlapping paths and operands of the wrong type."""
    compiler = Operands(known, KIND)
    steps = [Step(known.path(each.path, KIND), compiler.action(each)) for each in clauses]
    paths = tree((step.path for step in steps), KIND)
    return Update(tuple(sorted(steps, key=lambda step: order(step.path))), paths)


class Operands(Compiler):
    """The operands of an update: paths that must exist, sums, if_not_exists and list_append."""

    def action(self, clause: Clause) -> Operand:
        """The function from the old item to the new value at the action's path; None removes."""
        if clause.operand is None:
            return lambda *_: None
        if clause.section == "SET":
            return self.value(clause.operand)
        assert isinstance(clause.operand, Constant)
        kind, name = self.known.kind(clause.operand, self.kind), clause.operand.name
        if kind not in SETS and not (kind == "N" and clause.section == "ADD"):
            raise self.wrong(f"Incorrect operand type for operator or function; operator: {clause.section}")
        path, combine = self.known.path(clause.path, self.kind), add if clause.section == "ADD" else delete
        return lambda item, values: combine(find(item, path), values[name])

    def value(self, node: Node) -> Operand:
        """The function of a SET operand, which must be there."""
        if isinstance(node, Call):
            if node.op == "if_not_exists":
                return self.if_not_exists(node)
            return self.list_append(node) if node.op == "list_append" else self.sum(node)
        found = self.operand(node)
        return present(found) if isinstance(node, Reference) else found

    def sum(self, node: Call) -> Operand:
        self.allow(node, 0, frozenset("N"))
        self.allow(node, 1, frozenset("N"))
        left, right = (self.value(each) for each in node.args)
        sign = 1 if node.op == "+" else -1
        return lambda item, values: {"N": added(raw("N", left(item, values)), raw("N", right(item, values)), sign)}

    def if_not_exists(self, node: Call) -> Operand:
        if not isinstance(node.args[0], Reference):
            raise self.wrong(f"Operator or function requires a document path; operator or function: {node.op}")
        self.distinct(node)
        there, other = self.operand(node.args[0]), self.value(node.args[1])

        def value(item: Item, values: Values) -> Value | None:
            found = there(item, values)
            return other(item, values) if found is None else found

        return value

    def list_append(self, node: Call) -> Operand:
        self.allow(node, 0, frozenset("L"))
        self.allow(node, 1, frozenset("L"))
        left, right = (self.value(each) for each in node.args)
        return lambda item, values: {"L": raw("L", left(item, values)) + raw("L", right(item, values))}


def present(found: Operand) -> Operand:
    """The operand, refusing an item that lacks it."""

    def value(item: Item, values: Values) -> Value:
        there = found(item, values)
        if there is None:
            raise Invalid(ABSENT)
        return there

    return value


def raw(kind: str, value: Value | None) -> Any:
    """The bare value of this type; raises Invalid for another."""
    if value is None or kind not in value:
        raise Invalid(WRONG_TYPE)
    return value[kind]


def add(old: Value | None, more: Value) -> Value:
    """A number added or members joined."""
    if old is None:
        return more
    ((kind, amount),) = more.items()
    there = raw(kind, old)
    return {"N": added(there, amount)} if kind == "N" else {kind: sorted({*there, *amount})}


def delete(old: Value | None, fewer: Value) -> Value | None:
    """The set without these members; None when none is left."""
    if old is None:
        return None
    ((kind, members),) = fewer.items()
    left = sorted({*raw(kind, old)} - {*members})
    return {kind: left} if left else None
