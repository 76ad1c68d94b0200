"""Eight processes on one account of a DynamoDB behind a port: whatever they do at once, it adds up."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from chalicelib.actions.change_account import LOSSES_BEFORE_FENCE
from tests.concurrency.eight import COUNT, Place, eight_processes, grant, keep_consuming, live
from tests.concurrency.senders import some_events
from tests.invariants import assert_sound
from tests.stores import Database

TIMES = 12
MOST_TRIES = LOSSES_BEFORE_FENCE + 2
"""The losses; one more that was on its way when the fence came; and the try that nothing is in the way of."""


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


def test_a_grant_lands_after_a_few_tries_while_all_of_them_consume(
    engine: Database, place: Place, account: str, processes: ProcessPoolExecutor
) -> None:
    engine.open(account)

    jobs = [processes.submit(keep_consuming, place, account, number, TIMES) for number in range(COUNT)]
    tries: list[int] = []
    while not all(job.done() for job in jobs):
        tries.append(grant(engine.deps(), account, f"p{len(tries)}"))
    allowed = sum(job.result(timeout=60) for job in jobs)

    state = assert_sound(engine, account)
    assert (allowed, state.used["events"]) == (COUNT * TIMES, COUNT * TIMES)
    assert state.granted == 40 * len(tries)
    # Each try is a few round trips, well within a second; what else runs on this machine would be in a stopwatch too.
    assert max(tries) <= MOST_TRIES, f"grants took {tries} tries"
