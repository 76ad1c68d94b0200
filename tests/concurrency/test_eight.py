"""Eight processes on one account of a DynamoDB behind a port: whatever they do at once, it adds up."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.concurrency.eight import COUNT, Place, eight_processes, grant, keep_consuming, live
from tests.concurrency.senders import some_events
from tests.invariants import assert_sound
from tests.stores import Database

TIMES = 12


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    with eight_processes() as pool:
        yield pool


@pytest.fixture
def place(engine: Database, engine_url: str) -> Place:
    return engine_url, engine.core, engine.ephemeral


def test_usage_grants_holds_corrections_and_the_last_credits_add_up(
    engine: Database, place: Place, account: str, processes: ProcessPoolExecutor
) -> None:
    engine.open(account)

    jobs = [processes.submit(live, place, account, number) for number in range(COUNT)]
    runs = sum(job.result(timeout=60) for job in jobs)

    sent = Counter[str]()
    for event in some_events(40):
        sent[event.meter] += event.quantity
    state = assert_sound(engine, account)
    assert state.used["runs"] == sent["runs"] + runs
    assert state.used["events"] == sent["events"] - COUNT // 2
    assert state.used["calls"] == sent["calls"]
    assert (state.granted, state.held, state.holds) == (COUNT * 40, 0, 0)
    assert state.balance == 0
    assert state.spent == (state.used["runs"] - 10) * 10


def test_a_grant_lands_within_a_second_while_all_of_them_consume(
    engine: Database, place: Place, account: str, processes: ProcessPoolExecutor
) -> None:
    engine.open(account)

    jobs = [processes.submit(keep_consuming, place, account, number, TIMES) for number in range(COUNT)]
    took: list[float] = []
    while not all(job.done() for job in jobs):
        begun = time.perf_counter()
        grant(engine.deps(), account, f"p{len(took)}")
        took.append(time.perf_counter() - begun)
    allowed = sum(job.result(timeout=60) for job in jobs)

    state = assert_sound(engine, account)
    assert (allowed, state.used["events"]) == (COUNT * TIMES, COUNT * TIMES)
    assert state.granted == 40 * len(took)
    # The others on this machine may hold one of them up.
    assert min(took) < 1, f"grants took {took}"
