"""Answers are swallowed between the SDK and a DynamoDB behind a port: each write ends as if all had been heard.

The client is the service's own, with its own tries: the SDK sends again by itself, and then the caller does.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from pynamodb.connection import Connection

from chalicelib.actions.close_hold import capture_hold, release_hold
from chalicelib.actions.consume import consume
from chalicelib.actions.correct_usage import correct_usage
from chalicelib.actions.expire_holds import expire_holds
from chalicelib.actions.place_hold import place_hold
from chalicelib.actions.project_journal import project_journal
from chalicelib.actions.record_usage import record_usage
from chalicelib.adapters.dynamo.connect import CONNECT_SECONDS, READ_SECONDS, TRIES
from chalicelib.adapters.dynamo.records import account_pk
from chalicelib.adapters.dynamo.wire import PynamoWire
from chalicelib.deps import Deps
from chalicelib.domain import journal
from chalicelib.domain.corrections import Correction
from chalicelib.domain.holds import Capture
from chalicelib.errors import TryAgain
from tests.adapters.dynamo.wires import WRITES
from tests.concurrency.senders import at_once, send, some_events
from tests.concurrency.swallowing import Proxy, heard, swallowing
from tests.invariants import assert_sound
from tests.offers import OFFERS
from tests.simulation.engines import plain
from tests.stores import REGION, Database, FixedClock
from tests.usage_builders import CREATED, NOW, a_reading, an_event, granting

KEY = "key:test"
LATER = NOW + 700
"""When the holds have expired."""
Act = Callable[[Deps, str], object]
Items = Mapping[str, Any]


def usage(deps: Deps, account: str) -> list[str]:
    events = [an_event("u1", "runs", 3), an_event("u2", "calls"), a_reading("g1", 70), an_event("u0", "runs")]
    return recorded(deps, account, *events)


def crossing(deps: Deps, account: str) -> list[str]:
    """Near a level, which is told."""
    return recorded(deps, account, an_event("c1", "sessions", 5))


def late(deps: Deps, account: str) -> list[str]:
    """On another day than the open entry began."""
    return recorded(deps, account, an_event("l1", "events", 2, at=CREATED + 60))


def recorded(deps: Deps, account: str, *events: Any) -> list[str]:
    results = record_usage(deps, [(account, event) for event in events])
    if any(result.code == "try_again" for result in results):
        raise TryAgain
    # Who sends again is told so: that is as good as recorded.
    return [{"duplicate": "recorded"}.get(result.result, result.result) for result in results]


def asking(deps: Deps, account: str) -> bool:
    return consume(deps, account, an_event("a1", "runs", 2), dry_run=False).allowed


def asking_in_vain(deps: Deps, account: str) -> bool:
    return consume(deps, account, an_event("a2", "runs", 20), dry_run=False).allowed


def correcting(deps: Deps, account: str) -> dict[str, int]:
    fix = Correction("fix", "runs", 2, NOW, "twice")
    return {m: n for m, n in correct_usage(deps, account, fix, KEY).tally.used.items() if n}


def placing(deps: Deps, account: str) -> int:
    return place_hold(deps, account, "new", 20, 600, KEY)[0].credits


def capturing(deps: Deps, account: str) -> str:
    return capture_hold(deps, account, "h1", Capture(7, "runs", 1), KEY).state


def releasing(deps: Deps, account: str) -> None:
    release_hold(deps, account, "h2", KEY)


def expiring(deps: Deps, account: str) -> None:
    expire_holds(replace(deps, clock=FixedClock(LATER)), account)


def projecting(deps: Deps, account: str) -> None:
    project_journal(deps, deps.store.entries(account, before=None, limit=100)[::-1], lag=1)


ACTS: list[Act] = [
    usage,
    crossing,
    late,
    asking,
    asking_in_vain,
    correcting,
    placing,
    capturing,
    releasing,
    expiring,
    projecting,
]


@dataclass(frozen=True)
class Scene:
    """An account that has lived a little, to be had any number of times; and the service's client behind a proxy."""

    proxy: Proxy
    engine: Database
    behind: Database
    items: Items

    def again(self) -> str:
        """The account under a new name."""
        account = f"acme-{uuid4().hex[:12]}"
        puts = [{"PutRequest": {"Item": item | {"pk": {"S": account_pk(account)}}}} for item in self.items.values()]
        self.engine.wire("BatchWriteItem", {"RequestItems": {self.engine.core: puts}})
        return account

    def left(self, account: str) -> Items:
        """All that lies there, the account's name and its shard left out."""
        items = self.engine.items(account).items()
        return {sk: plain({name: unnamed(item[name], account) for name in item if name != "ds"}) for sk, item in items}


def unnamed(value: Any, account: str) -> Any:
    return {"S": value["S"].replace(account, "acme")} if "S" in value else value


@pytest.fixture(scope="module")
def scene(engine: Database, engine_url: str) -> Iterator[Scene]:
    """A hundred credits, two holds, and usage on credits; the open entry holds an event."""
    account = f"acme-{uuid4().hex[:12]}"
    state, deps = engine.open(account), engine.deps()
    engine.store().commit(granting(journal.begin(state, NOW, OFFERS), "purchase:p", 100))
    recorded(deps, account, an_event("u0", "runs", 11))
    for hold, credits in (("h1", 30), ("h2", 15)):
        place_hold(deps, account, hold, credits, 600, KEY)
    recorded(deps, account, an_event("e", "events"))
    with swallowing(engine_url) as proxy:
        client = Connection(
            region=REGION,
            host=proxy.url,
            connect_timeout_seconds=CONNECT_SECONDS,
            read_timeout_seconds=READ_SECONDS,
            max_retry_attempts=TRIES,
        )
        behind = Database(PynamoWire(client), engine.core, engine.ephemeral)
        yield Scene(proxy, engine, behind, engine.items(account))


def insisting(act: Act, deps: Deps, account: str) -> object:
    """What a caller does who is told to try again."""
    for _ in range(20):
        try:
            return act(deps, account)
        except TryAgain:
            continue
    raise AssertionError("never an answer")


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_any_answer_may_be_lost_once_and_for_good(scene: Scene, act: Act) -> None:
    account = scene.again()
    scene.proxy.meet(heard)
    expected = act(scene.behind.deps(), account), scene.left(account)

    for number, operation in enumerate(scene.proxy.operations):
        # A read that nobody answers was as good as not made: there it is enough that the SDK asks again.
        for times in (1, TRIES + 1) if operation in WRITES else (1,):
            account = scene.again()
            scene.proxy.meet(lambda _, k, lost=range(number, number + times): "cut" if k in lost else "heard")

            said = insisting(act, scene.behind.deps(), account)

            assert (said, scene.left(account)) == expected, f"{times} answers to call {number}, {operation}"
            assert scene.proxy.swallowed == times


@pytest.mark.parametrize("seed", range(3))
def test_answers_may_be_lost_at_random_all_along(scene: Scene, seed: int) -> None:
    account = scene.again()
    scene.proxy.meet(heard)
    expected = [act(scene.behind.deps(), account) for act in ACTS], scene.left(account)

    account, rng = scene.again(), Random(seed)
    scene.proxy.meet(lambda _, __: "cut" if rng.random() < 0.3 else "heard")
    said = [insisting(act, scene.behind.deps(), account) for act in ACTS]

    assert scene.proxy.swallowed > 0
    assert (said, scene.left(account)) == expected
    assert_sound(scene.engine, account)


def test_answers_may_be_lost_while_many_write(scene: Scene) -> None:
    account, rng, events = scene.again(), Random(5), some_events(60)
    scene.proxy.meet(lambda _, __: "cut" if rng.random() < 0.2 else "heard")
    was = scene.engine.state(account).used

    at_once(*(partial(send, scene.behind.deps(), account, events, seed) for seed in range(4)))

    state = assert_sound(scene.engine, account)
    for meter in ("runs", "calls", "sessions", "events"):
        assert state.used[meter] - was[meter] == sum(each.quantity for each in events if each.meter == meter)
