"""The wire tells what its calls have consumed, reads and writes apart."""

from typing import Any

import pytest
from pynamodb.connection import Connection

from chalicelib.adapters.dynamo.wire import PynamoWire
from chalicelib.deps import Spent

TOLD: list[tuple[str, str, Any, Spent]] = [
    ("a get", "GetItem", {"CapacityUnits": 0.5}, Spent(0.5, 0)),
    ("a query", "Query", {"CapacityUnits": 2}, Spent(2, 0)),
    ("a batch of two tables", "BatchGetItem", [{"CapacityUnits": 1}, {"CapacityUnits": 0.5}], Spent(1.5, 0)),
    ("a put", "PutItem", {"CapacityUnits": 1}, Spent(0, 1)),
    ("a transaction", "TransactWriteItems", [{"CapacityUnits": 6.0, "WriteCapacityUnits": 6.0}], Spent(0, 6)),
    ("an engine that tells nothing", "PutItem", None, Spent()),
    ("an engine that tells half", "GetItem", {"TableName": "core"}, Spent()),
]


class Told(Connection):
    """A connection that answers so."""

    def __init__(self, capacity: Any) -> None:
        super().__init__(region="eu-central-1")
        self._capacity = capacity

    def dispatch(self, operation_name: str, operation_kwargs: Any) -> Any:  # noqa: ARG002 - as PynamoDB declares it
        return {"ConsumedCapacity": self._capacity} if self._capacity is not None else {}


@pytest.mark.parametrize(("reason", "operation", "capacity", "spent"), TOLD, ids=[row[0] for row in TOLD])
def test_what_a_call_consumed_is_added_up(reason: str, operation: str, capacity: Any, spent: Spent) -> None:
    wire = PynamoWire(Told(capacity))
    assert wire.spent() == Spent()

    for _ in range(2):
        wire(operation, {})

    assert wire.spent() == Spent(spent.reads * 2, spent.writes * 2), reason
