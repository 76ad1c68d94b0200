"""Puts, updates, deletes and checks: one write request read into an Action, and an Action judged against an item.

A plain request and an action of a transaction are the same thing here; only the answer to a failure differs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.bench.capacity import item_size
from tests.simulation.conditions import Values
from tests.simulation.expressions import Expressions, compile_request
from tests.simulation.paths import Tree, project
from tests.simulation.schema import Key
from tests.simulation.store import Image, Store
from tests.simulation.values import Invalid, Item, canonical_item, copied_item

LARGEST = 400 * 1024


class Unplayed(NotImplementedError):
    """The model does not play this operation or parameter."""


class ConditionFailed(Exception):
    """The condition does not hold; `item` is what the request asked to be shown."""

    def __init__(self, item: Item | None):
        self.item = item


@dataclass
class Action:
    """One write to one item: judge it, then commit the outcome."""

    verb: str
    store: Store
    key: Key
    said: Expressions
    values: Values
    request: Mapping[str, Any]
    item: Item | None = None

    def judge(self) -> Image:
        """What the write would leave (without its number); raises ConditionFailed, or Invalid for a bad item."""
        before = self.store.items.get(self.key)
        condition = self.said.condition
        if condition is not None and not condition.test(before or {}, self.values):
            shown = before if self.request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" else None
            raise ConditionFailed(shown)
        after = self.after(before)
        if after is None:
            return Image(0, None, 0)
        size = self.size(before, after)
        if size > LARGEST:
            what = "Item size to update" if self.verb == "Update" else "Item size"
            raise Invalid(f"{what} has exceeded the maximum allowed size")
        if self.store.schema.index_keys:
            self.store.schema.check_index_keys(after)
        return Image(0, after, size)

    def size(self, before: Item | None, after: Item) -> int:
        """The bytes of the new item, counted from the old: what an update leaves alone is the same object."""
        if before is None:
            return item_size(after)
        lost = {name: value for name, value in before.items() if after.get(name) is not value}
        new = {name: value for name, value in after.items() if before.get(name) is not value}
        return self.store.images[self.key][-1].size - item_size(lost) + item_size(new)

    def after(self, before: Item | None) -> Item | None:
        if self.verb == "Put":
            return self.item
        if self.verb == "Update":
            base = self.store.schema.key_item(self.key) if before is None else before
            return self.said.update.apply(base, self.values) if self.said.update else base
        return None if self.verb == "Delete" else before

    def attributes(self, before: Item | None, after: Item | None) -> Item:
        """What ReturnValues asks for; empty for nothing."""
        wanted = self.request.get("ReturnValues", "NONE")
        if wanted == "NONE":
            return {}
        shown = (before if wanted.endswith("OLD") else after) or {}
        if wanted.startswith("UPDATED"):
            shown = project(shown, top_level(self.said.update.paths)) if self.said.update else {}
        return copied_item(shown)


def top_level(paths: Tree) -> Tree:
    """The updated paths, where it is beyond doubt what UPDATED_OLD and UPDATED_NEW show of them."""
    if any(deeper is not None for deeper in paths.values()):
        raise Unplayed("UPDATED_OLD and UPDATED_NEW of an update inside a list or map: engines answer differently")
    return paths


RETURNS = {
    "Put": frozenset({"NONE", "ALL_OLD"}),
    "Delete": frozenset({"NONE", "ALL_OLD"}),
    "Update": frozenset({"NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"}),
    "ConditionCheck": frozenset({"NONE"}),
}


IN_TRANSACTION = {
    "TableName",
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ReturnValuesOnConditionCheckFailure",
}
PLAYED_IN_TRANSACTION = {
    "Put": IN_TRANSACTION | {"Item"},
    "Update": IN_TRANSACTION | {"Key", "UpdateExpression"},
    "Delete": IN_TRANSACTION | {"Key"},
    "ConditionCheck": IN_TRANSACTION | {"Key"},
}


def action(verb: str, store: Store, request: Mapping[str, Any]) -> Action:
    """The request read and checked as far as that needs no item; raises Invalid."""
    if request.get("ReturnValues", "NONE") not in RETURNS[verb]:
        raise Invalid("Return values set to invalid value")
    said, values = compile_request(request)
    if said.condition is None and verb == "ConditionCheck":
        raise Invalid("The expression can not be empty;")
    item = canonical_item(request["Item"]) if verb == "Put" else None
    schema = store.schema
    key = schema.key_of_request(request["Key"]) if item is None else schema.key_of(item)
    if said.update is not None:
        for name in schema.keys:
            if name in said.update.paths:
                why = f"Cannot update attribute {name}. This attribute is part of the key"
                raise Invalid(f"One or more parameter values were invalid: {why}")
    return Action(verb, store, key, said, values, request, item)
