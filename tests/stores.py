"""Opens real stores for tests: moto in this process for meaning, an engine behind a port for what happens at once.

A database's tables are its own; every store opened on it is a process that has just started and has seen nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

from moto import mock_aws
from pynamodb.connection import Connection

from chalicelib.adapters.dynamo.entries import entries_from
from chalicelib.adapters.dynamo.projections import DynamoProjections
from chalicelib.adapters.dynamo.reader import Reader
from chalicelib.adapters.dynamo.records import account_pk
from chalicelib.adapters.dynamo.state import state_from
from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.adapters.dynamo.tables import Tables, in_turn
from chalicelib.adapters.dynamo.wire import PynamoWire, Wire
from chalicelib.deps import Deps
from chalicelib.domain.accounts import State
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.journal import Entry
from chalicelib.domain.periods import Instant
from infra.resources import TABLES, create_tables
from tests.offers import OFFERS
from tests.simulation.table import Engine
from tests.usage_builders import NOW, an_opening

REGION = "eu-central-1"


class FixedClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, at: Instant = NOW) -> None:
        self.at = at

    def now(self) -> Instant:
        return self.at


@dataclass(frozen=True)
class Database:
    """The service's tables somewhere, and what lies in them as they stand."""

    wire: Wire
    core: str
    ephemeral: str
    catalogue: Catalogue = OFFERS

    def store(self, wire: Wire | None = None) -> DynamoStore:
        """A store with an empty cache; `wire` stands between it and the tables. It does not wait between tries."""
        return DynamoStore(self._tables(wire), self.catalogue)

    def projections(self) -> DynamoProjections:
        return DynamoProjections(self._tables(), self.catalogue)

    def _tables(self, wire: Wire | None = None) -> Tables:
        return Tables(wire or self.wire, self.core, self.ephemeral, lambda _: None)

    def deps(self, store: DynamoStore | None = None, clock: FixedClock | None = None) -> Deps:
        """What the actions of usage need; they talk to neither Stripe nor a queue."""
        return Deps(
            store=store or self.store(),
            projections=self.projections(),
            stripe=None,  # type: ignore[arg-type]
            queue=None,  # type: ignore[arg-type]
            clock=clock or FixedClock(),
            at_once=in_turn,
            catalogue=self.catalogue,
            settings=None,  # type: ignore[arg-type]
            verify_stripe=None,  # type: ignore[arg-type]
            token=lambda: uuid4().hex,
            salt=lambda: uuid4().bytes,
            secret=lambda: uuid4().bytes * 2,
        )

    def open(self, account: str, at: Instant | None = None, **fields: Any) -> State:
        """A new account; `fields` of its state as the test wants them, as if it had always been so."""
        opening = an_opening(account, **({} if at is None else {"at": at}), **fields)
        self.store().open_account(*opening)
        return opening[0]

    def item(self, account: str, sk: str = "S", pk: str | None = None) -> dict[str, Any] | None:
        key = {"pk": {"S": pk or account_pk(account)}, "sk": {"S": sk}}
        return self.wire("GetItem", {"TableName": self.core, "Key": key, "ConsistentRead": True}).get("Item")

    def state(self, account: str) -> State:
        item = self.item(account)
        assert item is not None, f"{account} is not there"
        return state_from(item, self.catalogue)

    def items(self, account: str) -> Mapping[str, dict[str, Any]]:
        """Everything in the account's partition by sort key."""
        request: dict[str, Any] = {
            "TableName": self.core,
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": account_pk(account)}},
            "ConsistentRead": True,
        }
        return {item["sk"]["S"]: item for item in self._rows(request)}

    def entries(self, account: str) -> list[Entry]:
        """The journal, oldest first."""
        rows = [item for sk, item in self.items(account).items() if sk.startswith("E#")]
        return entries_from(Reader(self.wire, self.core), rows, self.catalogue)

    def _rows(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        while True:
            answer = self.wire("Query", request)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request = {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}


def model_database() -> Database:
    """Fresh tables in our own model of DynamoDB: for hundreds of writes, where nothing but their contents matters."""
    tables = Engine([{"TableName": name, **TABLES[name]} for name in TABLES])
    return Database(tables.call, "core", "ephemeral")


@contextmanager
def moto_database() -> Iterator[Database]:
    """Fresh tables in this process; not for threads, since moto has no locks."""
    with mock_aws():
        yield _database(None)


@contextmanager
def engine_database(url: str) -> Iterator[Database]:
    """Fresh tables behind a port; gone at the end."""
    database = _database(url)
    try:
        yield database
    finally:
        for table in (database.core, database.ephemeral):
            connection_to(url).client.delete_table(TableName=table)  # type: ignore[attr-defined]


def reopened(url: str, core: str, ephemeral: str) -> Database:
    """The same tables, seen from another process."""
    return Database(PynamoWire(connection_to(url)), core, ephemeral)


@cache
def connection_to(url: str | None) -> Connection:
    """One client for each endpoint: building one takes longer than most tests."""
    return Connection(region=REGION, host=url, read_timeout_seconds=20, max_retry_attempts=2, max_pool_connections=20)


def _database(url: str | None) -> Database:
    connection = connection_to(url)
    names = create_tables(connection.client, f"t{uuid4().hex[:12]}")
    return Database(PynamoWire(connection), names["core"], names["ephemeral"])
