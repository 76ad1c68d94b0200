"""Wires that fail on purpose, to stand between a store and its tables."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.adapters.dynamo.wire import Wire
from infra.resources import TABLES
from tests.simulation.table import Engine
from tests.stores import Database

WRITES = frozenset({"UpdateItem", "PutItem", "TransactWriteItems", "BatchWriteItem"})


class Died(BaseException):
    """The process ended here; no handler of the code under test may survive it."""


class Recorded:
    """Passes everything on and keeps it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((operation, request))
        return self._wire(operation, request)

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.calls]

    @property
    def writes(self) -> list[str]:
        return [operation for operation in self.operations if operation in WRITES]


class Struck:
    """At each write takes the next of `blows` from an iterator: None passes, anything else strikes there."""

    def __init__(self, wire: Wire, *blows: "Blow | None", operations: frozenset[str] = WRITES) -> None:
        self._wire, self._blows, self._operations = wire, iter(blows), operations
        self.strikes = 0

    def __call__(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        blow = next(self._blows, None) if operation in self._operations else None
        if blow is None:
            return self._wire(operation, request)
        self.strikes += 1
        return blow(self._wire, operation, request)


Blow = Callable[[Wire, str, dict[str, Any]], dict[str, Any]]


def answer_lost(wire: Wire, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """It happens, and nobody hears of it."""
    wire(operation, request)
    raise ReadTimeoutError(endpoint_url="http://dynamodb.example.com")


def sent_again(wire: Wire, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """It happens, the answer is lost, and botocore sends the same again by itself."""
    wire(operation, request)
    return wire(operation, request)


def dies_before(_wire: Wire, _operation: str, _request: dict[str, Any]) -> dict[str, Any]:
    raise Died


def dies_after(wire: Wire, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    wire(operation, request)
    raise Died


def meanwhile(job: Callable[[], object]) -> Blow:
    """Somebody else is faster."""

    def blow(wire: Wire, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        job()
        return wire(operation, request)

    return blow


def refused(code: str, status: int = 400, **more: Any) -> Blow:
    """DynamoDB says no, and nothing happens."""

    def blow(_wire: Wire, operation: str, _request: dict[str, Any]) -> dict[str, Any]:
        raise client_error(code, operation, status, **more)

    return blow


def cancelled(*reasons: str | Mapping[str, Any]) -> Blow:
    """A transaction cancelled for these reasons, by position."""
    listed = [{"Code": reason} if isinstance(reason, str) else dict(reason) for reason in reasons]
    return refused("TransactionCanceledException", CancellationReasons=listed)


def client_error(code: str, operation: str = "UpdateItem", status: int = 400, **more: Any) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}, **more}
    return ClientError(answer, operation)


class Stale:
    """Answers eventually consistent reads from what the account held when this was made, all else truly."""

    def __init__(self, database: Database, account: str) -> None:
        self._wire = database.wire
        self._then = Engine([{"TableName": database.core, **TABLES["core"]}])
        for item in database.items(account).values():
            self._then.call("PutItem", {"TableName": database.core, "Item": item})

    def __call__(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation in ("GetItem", "Query") and not request.get("ConsistentRead"):
            return self._then.call(operation, request)
        return self._wire(operation, request)
