"""The wire to DynamoDB: one callable that takes a request as botocore does and gives the answer or botocore's error.

Everything this folder sends goes through it, so capacity can be counted and faults can be tried at one place.
PynamoDB's own error keeps too little (no item, no throttling reason): what it wraps is raised instead.
"""

from collections.abc import Mapping
from threading import Lock
from typing import Any, Protocol

from pynamodb.connection import Connection
from pynamodb.exceptions import VerboseClientError

from chalicelib.deps import Spent

Request = dict[str, Any]

READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})


class Wire(Protocol):
    """`call("UpdateItem", {...})`; raises botocore's ClientError or a connection error."""

    def __call__(self, operation: str, request: Request, /) -> dict[str, Any]: ...


class PynamoWire:
    """The real wire: PynamoDB's connection, one botocore client for all tables and models.

    The connection asks for the consumed capacity by itself. Of what fails DynamoDB tells no capacity.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._spent, self._adding = Spent(), Lock()

    def spent(self) -> Spent:
        """What its calls have consumed so far."""
        return self._spent

    def __call__(self, operation: str, request: Request) -> dict[str, Any]:
        try:
            answer = self._connection.dispatch(operation, request)
        except VerboseClientError as error:
            raise (error.__cause__ or error) from None
        with self._adding:
            self._spent = _with(self._spent, operation, _units(answer))
        return answer


def _units(answer: Mapping[str, Any]) -> float:
    told = answer.get("ConsumedCapacity") or ()
    parts = told if isinstance(told, list) else [told]
    return sum(float(each.get("CapacityUnits", 0)) for each in parts if each)


def _with(spent: Spent, operation: str, units: float) -> Spent:
    if operation in READS:
        return Spent(spent.reads + units, spent.writes)
    return Spent(spent.reads, spent.writes + units)
