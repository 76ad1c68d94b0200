"""A wire that adds up what passes over it: write units, read units, items read and round trips.

It looks at the items before and after through the wire behind it, uncounted; so nobody else may write meanwhile.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from tests.bench.capacity import (
    Index,
    Item,
    item_size,
    query_units,
    read_units,
    transaction_units,
    write_units,
)

Call = Callable[[str, dict[str, Any]], dict[str, Any]]
Touched = tuple[str, Item]
Written = tuple[Item | None, Item | None]
PLACEHOLDER = re.compile(r"[#:]\w+")
CHARGED = frozenset({"ConditionalCheckFailedException", "TransactionCanceledException"})
SINGLE = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
FREE_REASONS = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})


class Table(NamedTuple):
    """A table's key attributes and indexes."""

    keys: tuple[str, ...]
    indexes: tuple[Index, ...] = ()


def tables_of(definitions: Iterable[Mapping[str, Any]]) -> dict[str, Table]:
    """What costs depend on, from CreateTable requests."""
    return {each["TableName"]: _table(each) for each in definitions}


def _table(definition: Mapping[str, Any]) -> Table:
    keys = _names(definition["KeySchema"])
    indexes = [
        Index(_names(each["KeySchema"]), keys, _others(each["Projection"]))
        for each in definition.get("GlobalSecondaryIndexes", ())
    ]
    return Table(keys, tuple(indexes))


def _names(parts: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    return tuple(part["AttributeName"] for part in parts)


def _others(projection: Mapping[str, Any]) -> frozenset[str] | None:
    return None if projection["ProjectionType"] == "ALL" else frozenset(projection.get("NonKeyAttributes", ()))


class Meter:
    """Adds up `write_units`, `read_units`, `items_read` and `round_trips` of every call; `reset` starts at zero."""

    def __init__(self, call: Call, tables: Mapping[str, Table]):
        self.behind, self.tables = call, tables
        self.reset()

    def reset(self) -> None:
        """Forgets what was counted."""
        self.write_units, self.read_units, self.items_read, self.round_trips = 0, 0.0, 0, 0

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """The answer of the wire behind, its costs booked; an error is booked as far as it costs, and raised."""
        self.round_trips += 1
        touched = self._touched(operation, request)
        before = [self._look(table, key) for table, key in touched]
        try:
            answer = self.behind(operation, request)
        except ClientError as error:
            self._book_failure(operation, request, error, touched, before)
            raise
        if touched:
            after = [self._look(table, key) for table, key in touched]
            self._book_writes(operation, touched, list(zip(before, after, strict=True)))
        else:
            self.read_units += self._read(operation, request)
        return answer

    def _look(self, table: str, key: Item) -> Item | None:
        return self.behind("GetItem", {"TableName": table, "Key": key, "ConsistentRead": True}).get("Item")

    def _touched(self, operation: str, request: Mapping[str, Any]) -> list[Touched]:
        if operation in SINGLE:
            return [self._target(request["TableName"], request)]
        if operation == "TransactWriteItems":
            said = [next(iter(each.values())) for each in request["TransactItems"]]
            return [self._target(each["TableName"], each) for each in said]
        if operation == "BatchWriteItem":
            wanted = request["RequestItems"]
            return [self._target(name, next(iter(each.values()))) for name in wanted for each in wanted[name]]
        return []

    def _target(self, table: str, said: Mapping[str, Any]) -> Touched:
        key = said.get("Key") or {name: said["Item"][name] for name in self.tables[table].keys}
        return table, key

    def _book_writes(self, operation: str, touched: list[Touched], written: list[Written]) -> None:
        for (table, _), (before, after) in zip(touched, written, strict=True):
            indexes = self.tables[table].indexes
            if operation == "TransactWriteItems":
                self.write_units += transaction_units([(before, after)], indexes)
            else:
                self.write_units += write_units(before, after, indexes)

    def _book_failure(
        self,
        operation: str,
        request: Mapping[str, Any],
        error: ClientError,
        touched: list[Touched],
        before: list[Item | None],
    ) -> None:
        """A refused condition costs what the write would have: of an update only the item as it is can be known."""
        reasons = {each["Code"] for each in error.response.get("CancellationReasons", ())}
        if error.response["Error"]["Code"] not in CHARGED or reasons & FREE_REASONS or not touched:
            return
        wanted = [request] if operation in SINGLE else [next(iter(each.values())) for each in request["TransactItems"]]
        pairs = [(old, said.get("Item")) for old, said in zip(before, wanted, strict=True)]
        if operation in SINGLE:
            self.write_units += write_units(*pairs[0])
        else:
            self.write_units += transaction_units(pairs)

    def _read(self, operation: str, request: Mapping[str, Any]) -> float:
        if operation == "Query":
            scanned = self._scanned(request)
            self.items_read += len(scanned)
            return query_units(scanned, _factor(request))
        if operation == "GetItem":
            return read_units([self._size(request["TableName"], request["Key"])], _factor(request))
        if operation == "TransactGetItems":
            wanted = [each["Get"] for each in request["TransactItems"]]
            return read_units([self._size(each["TableName"], each["Key"]) for each in wanted], 2)
        return sum(
            read_units([self._size(table, key) for key in each["Keys"]], _factor(each))
            for table, each in request["RequestItems"].items()
        )

    def _size(self, table: str, key: Item) -> int:
        self.items_read += 1
        return item_size(self._look(table, key) or {})

    def _scanned(self, request: Mapping[str, Any]) -> list[int]:
        """The sizes of the rows of the page, asked again without what hides rows or attributes."""
        hidden = ("FilterExpression", "ProjectionExpression", "Select", "ReturnConsumedCapacity")
        bare = {name: part for name, part in request.items() if name not in hidden}
        used = set(PLACEHOLDER.findall(request["KeyConditionExpression"]))
        for field in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
            kept = {name: part for name, part in bare.pop(field, {}).items() if name in used}
            bare |= {field: kept} if kept else {}
        return [item_size(item) for item in self.behind("Query", bare)["Items"]]


def _factor(request: Mapping[str, Any]) -> float:
    return 1 if request.get("ConsistentRead") else 0.5
