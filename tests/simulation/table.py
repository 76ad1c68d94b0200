"""A model of DynamoDB behind the wire: `Engine(...).call(operation, request)` in place of a botocore client.

Every call is one atomic moment. What the model does not play (an operation, a parameter) it refuses loudly with
Unplayed, so that the simulation never passes by luck. Consumed capacity is not answered: see tests/bench/capacity.py.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from tests.simulation.answers import condition_failed, refused
from tests.simulation.batches import get_batch, write_batch
from tests.simulation.expressions import compile_request
from tests.simulation.paths import project
from tests.simulation.queries import query
from tests.simulation.schema import Key, Schema, schema_of
from tests.simulation.store import Image, Moment, Store
from tests.simulation.transactions import Tokens, transact_get, transact_write
from tests.simulation.values import Invalid, Item, copied_item
from tests.simulation.writes import Action, ConditionFailed, Unplayed, action

EXPRESSION = {"ExpressionAttributeNames", "ReturnConsumedCapacity"}
WRITE = EXPRESSION | {
    "TableName",
    "ConditionExpression",
    "ExpressionAttributeValues",
    "ReturnValues",
    "ReturnValuesOnConditionCheckFailure",
    "ReturnItemCollectionMetrics",
}
PAGE = {"ScanIndexForward", "Limit", "ExclusiveStartKey", "Select", "ConsistentRead", "IndexName"}
PLAYED = {
    "GetItem": EXPRESSION | {"TableName", "Key", "ConsistentRead", "ProjectionExpression"},
    "Query": WRITE | PAGE | {"KeyConditionExpression", "FilterExpression", "ProjectionExpression"},
    "PutItem": WRITE | {"Item"},
    "UpdateItem": WRITE | {"Key", "UpdateExpression"},
    "DeleteItem": WRITE | {"Key"},
    "TransactWriteItems": WRITE | {"TransactItems", "ClientRequestToken"},
    "TransactGetItems": {"TransactItems", "ReturnConsumedCapacity"},
    "BatchGetItem": {"RequestItems", "ReturnConsumedCapacity"},
    "BatchWriteItem": {"RequestItems", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics"},
}


class Change(NamedTuple):
    """A stream record: the item before and after one write, in the order of the writes."""

    sequence: int
    table: str
    keys: Item
    old: Item | None
    new: Item | None


class Engine:
    """Several tables. `now` gives epoch seconds, which only the ten minutes of a request token depend on."""

    def __init__(self, definitions: Iterable[Schema | Mapping[str, Any]], now: Callable[[], int] = lambda: 0):
        schemas = [each if isinstance(each, Schema) else schema_of(each) for each in definitions]
        self.stores = {schema.name: Store(schema) for schema in schemas}
        self.sequence = 0
        self.stream: list[Change] = []
        self.tokens = Tokens(now)
        self._operations = {
            "GetItem": self._get_item,
            "Query": self._query,
            "PutItem": lambda request, _: self._write("Put", request),
            "UpdateItem": lambda request, _: self._write("Update", request),
            "DeleteItem": lambda request, _: self._write("Delete", request),
            "TransactWriteItems": lambda request, _: transact_write(self, request),
            "TransactGetItems": lambda request, _: transact_get(self, request),
            "BatchGetItem": lambda request, moment: get_batch(self, request, moment),
            "BatchWriteItem": lambda request, _: write_batch(self, request),
        }

    def call(self, operation: str, request: Mapping[str, Any], moment: Moment | None = None) -> dict[str, Any]:
        """DynamoDB's answer; raises ClientError. `moment` says for each row up to which write it is seen."""
        if operation not in PLAYED:
            raise Unplayed(operation)
        if not PLAYED[operation].issuperset(request):
            raise Unplayed(f"{operation}: {', '.join(sorted(set(request) - PLAYED[operation]))}")
        try:
            return self._operations[operation](request, moment or self.latest)
        except Invalid as wrong:
            raise refused(operation, "ValidationException", str(wrong)) from None
        except UnknownTable as unknown:
            raise refused(operation, "ResourceNotFoundException", str(unknown)) from None

    def latest(self) -> int:
        """The moment of a read that misses nothing."""
        return self.sequence

    def store(self, request: Mapping[str, Any]) -> Store:
        """The table that a request names; raises UnknownTable."""
        if request["TableName"] not in self.stores:
            raise UnknownTable(f"Requested resource not found: Table: {request['TableName']} not found")
        return self.stores[request["TableName"]]

    def items(self, table: str) -> dict[Key, Item]:
        """All present items of a table by key, to look at and not to change."""
        return self.stores[table].items

    def commit(self, outcomes: list[tuple[Action, Image]]) -> None:
        """Books what the actions of one request leave, as one moment."""
        self.sequence += 1
        for act, image in outcomes:
            if act.verb == "ConditionCheck":
                continue
            old, new = act.store.items.get(act.key), image.item
            if new is None and old is None:
                continue
            act.store.put(act.key, image._replace(sequence=self.sequence))
            if old != new:
                schema = act.store.schema
                self.stream.append(Change(self.sequence, schema.name, schema.key_item(act.key), old, new))

    def read(self, request: Mapping[str, Any], moment: Moment) -> dict[str, Any]:
        """`{"Item": ...}` for a request with a Key, or nothing where there is none; raises Invalid."""
        store = self.store(request)
        wanted = compile_request(request)[0].projection
        key = store.schema.key_of_request(request["Key"])
        image = store.seen(key, moment())
        if image is None or image.item is None:
            return {}
        return {"Item": copied_item(image.item if wanted is None else project(image.item, wanted))}

    def _get_item(self, request: Mapping[str, Any], moment: Moment) -> dict[str, Any]:
        return self.read(request, self.latest if request.get("ConsistentRead") else moment)

    def _query(self, request: Mapping[str, Any], moment: Moment) -> dict[str, Any]:
        return query(self.store(request), request, moment)

    def _write(self, verb: str, request: Mapping[str, Any]) -> dict[str, Any]:
        act = action(verb, self.store(request), request)
        try:
            image = act.judge()
        except ConditionFailed as failed:
            raise condition_failed(f"{verb}Item", failed.item) from None
        before = act.store.items.get(act.key)
        self.commit([(act, image)])
        attributes = act.attributes(before, image.item)
        return {"Attributes": attributes} if attributes else {}


class UnknownTable(Exception):
    """There is no table of this name."""
