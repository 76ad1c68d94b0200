"""A throttled or broken DynamoDB, over the very client that the service opens: given up soon, and nothing counts."""

from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import pytest

from chalicelib.actions.check import check
from chalicelib.actions.consume import consume
from chalicelib.actions.count_usage import count_usage
from chalicelib.actions.record_usage import record_usage
from chalicelib.adapters.dynamo.connect import TRIES, connection_to
from chalicelib.adapters.dynamo.wire import PynamoWire
from chalicelib.deps import Deps
from chalicelib.errors import Throttled, TryAgain, Unavailable
from tests.adapters.dynamo.wires import client_error
from tests.bench.loopback import handler_of
from tests.invariants import assert_sound
from tests.stores import REGION, Database, model_database
from tests.usage_builders import an_event

ENOUGH = 0.5
"""Seconds that a caller can be kept waiting; botocore's own choice would be up to seven."""


class Engine:
    """Tables behind a port that refuse what is asked of them while `code` says so."""

    def __init__(self) -> None:
        self.database, self.code, self.status, self.asked = model_database(), "", 400, 0

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if not self.code:
            return self.database.wire(operation, request)
        self.asked += 1
        raise client_error(self.code, operation, self.status)


@pytest.fixture(scope="module")
def opened() -> Iterator[tuple[Engine, Database]]:
    """The tables, and the way to them that the service takes."""
    tables = Engine()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler_of(tables.call)) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        connection = connection_to(REGION, f"http://127.0.0.1:{server.server_port}")
        yield tables, Database(PynamoWire(connection), "core", "ephemeral")
        server.shutdown()


@pytest.fixture
def engine(opened: tuple[Engine, Database]) -> tuple[Engine, Database]:
    """The same, all well."""
    opened[0].code, opened[0].asked = "", 0
    return opened


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long botocore would have rested between two tries, which nobody waits for here."""
    rested: list[float] = []
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=rested.append))
    return rested


def _consume(deps: Deps, account: str) -> object:
    return consume(deps, account, an_event("e1", "events"), dry_run=False)


def _check(deps: Deps, account: str) -> object:
    return check(deps, account, an_event("e1", "events"))


@pytest.mark.parametrize(
    ("reason", "code", "status", "error"),
    [
        ("on-demand tables say this", "ThrottlingException", 400, Throttled),
        ("provisioned ones this", "ProvisionedThroughputExceededException", 400, Throttled),
        ("a server broke", "InternalServerError", 500, Unavailable),
    ],
)
@pytest.mark.parametrize("ask", [_consume, _check])
@pytest.mark.parametrize("warm", [True, False])
def test_is_told_soon_and_asked_no_more_than_a_few_times(
    *,
    engine: tuple[Engine, Database],
    rests: list[float],
    account: str,
    ask: Callable[[Deps, str], object],
    warm: bool,
    reason: str,
    code: str,
    status: int,
    error: type[TryAgain],
) -> None:
    tables, database = engine
    database.open(account)
    deps = database.deps()
    if warm:
        count_usage(deps, account, [an_event("before", "events")])
    tables.code, tables.status = code, status

    with pytest.raises(error) as told:
        ask(deps, account)

    assert told.value.after == 1, reason
    assert tables.asked == TRIES
    assert sum(rests) <= ENOUGH


def test_usage_comes_again_and_is_counted_once_whatever_was_throttled(
    engine: tuple[Engine, Database], rests: list[float], account: str
) -> None:
    tables, database = engine
    database.open(account)
    deps, event = database.deps(), an_event("e1", "events")
    tables.code = "ThrottlingException"

    [told] = record_usage(deps, [(account, event)])
    tables.code = ""
    results = [record_usage(deps, [(account, event)])[0].result for _ in range(2)]

    assert (told.result, told.code) == ("rejected", "try_again")
    assert results == ["recorded", "duplicate"]
    assert assert_sound(database, account).used["events"] == 1
    assert rests
