"""The recharge on a DynamoDB behind a port: however many writes find the credits low at once, one of them begins it."""

from dataclasses import replace
from functools import partial

import pytest

from chalicelib.deps import Deps
from chalicelib.domain import journal
from chalicelib.domain.recharge import PENDING, Recharge
from tests.concurrency.senders import send
from tests.concurrency.test_at_once import at_once
from tests.invariants import assert_sound
from tests.offers import OFFERS
from tests.stores import Database
from tests.usage_builders import NOW, an_event, granting

WRITES, THREADS = 50, 10
RULE = Recharge(True, threshold=1_000, price=500, limit=5_000)


def pushed(deps: Deps, account: str, thread: int) -> None:
    for number in range(WRITES // THREADS):
        send(deps, account, [an_event(f"{thread}-{number}", "runs", 10, credits=100)], thread)


@pytest.mark.parametrize(
    ("reason", "credits", "count"),
    [
        ("each of them crosses the threshold", 1_000, 1),
        ("the last one stays at the threshold", 1_000 + WRITES * 100, 0),
        ("the last one alone is below it", 1_000 + WRITES * 100 - 1, 1),
    ],
)
def test_fifty_writes_at_once_begin_one_recharge(
    engine: Database, account: str, reason: str, credits: int, count: int
) -> None:
    opened = engine.open(account)
    engine.store().commit(granting(journal.begin(opened, NOW, OFFERS), "p", credits).setting(recharge=RULE))
    send(engine.deps(), account, [an_event("what is included", "runs", 10)], 0)

    at_once(*(partial(pushed, engine.deps(), account, thread) for thread in range(THREADS)))

    state = assert_sound(engine, account)
    assert state.recharge is not None
    assert state.recharge.count == count, reason
    assert state.recharge.mode == (PENDING if count else "idle")
    assert state.balance == credits - WRITES * 100


def test_two_processes_with_stale_views_reserve_the_limit_once(engine: Database, account: str) -> None:
    opened = engine.open(account)
    rule = replace(RULE, spent=4_500)
    engine.store().commit(granting(journal.begin(opened, NOW, OFFERS), "p", 1_000).setting(recharge=rule))
    stale = [engine.deps() for _ in range(4)]
    for deps in stale:
        deps.store.state(account)

    at_once(*(partial(pushed, deps, account, number) for number, deps in enumerate(stale)))

    state = engine.state(account)
    assert state.recharge is not None
    assert (state.recharge.count, state.recharge.reserved, state.recharge.left_to_spend) == (1, 500, 0)
