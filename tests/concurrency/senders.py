"""Senders of usage that meet in one account: as threads, and as processes of their own."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from threading import Barrier
from typing import TypeVar

from chalicelib.actions.record_usage import record_usage
from chalicelib.deps import Deps
from chalicelib.domain.periods import Instant
from chalicelib.domain.usage import UsageEvent
from tests.stores import FixedClock, reopened
from tests.usage_builders import NOW, an_event

Result = TypeVar("Result")
METERS = ("runs", "calls", "sessions", "events", "events")


def some_events(count: int, at: Sequence[Instant] = (NOW,)) -> list[UsageEvent]:
    """Events of every counter, a little of each."""
    return [an_event(f"e{k}", METERS[k % 5], 1 + k % 3, at=at[k % len(at)]) for k in range(count)]


def send(deps: Deps, account: str, events: Sequence[UsageEvent], seed: int) -> int:
    """All of them in batches, shuffled, a tenth twice; what must be tried again is. Returns how many were recorded."""
    rng, waiting, recorded = random.Random(seed), list(events), 0
    waiting += rng.sample(waiting, len(waiting) // 10)
    rng.shuffle(waiting)
    while waiting:
        size = rng.choice((1, 5, 20, 60))
        batch, waiting = waiting[:size], waiting[size:]
        results = record_usage(deps, [(account, event) for event in batch])
        recorded += sum(result.result == "recorded" for result in results)
        assert {result.code for result in results} <= {None, "try_again"}
        waiting += [event for event, result in zip(batch, results, strict=True) if result.code == "try_again"]
    return recorded


def at_once(*jobs: Callable[[], Result]) -> list[Result]:
    """Every job in a thread of its own, all starting together; raises what a job raises."""
    barrier = Barrier(len(jobs), timeout=30)

    def started(job: Callable[[], Result]) -> Result:
        barrier.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(started, jobs))


def send_from_processes(
    count: int, url: str, core: str, ephemeral: str, account: str, events: Sequence[UsageEvent]
) -> list[int]:
    """The same from processes that share nothing but the tables."""
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as processes:
        sent = [processes.submit(_send_alone, url, core, ephemeral, account, events, seed) for seed in range(count)]
        return [each.result(timeout=60) for each in sent]


def _send_alone(url: str, core: str, ephemeral: str, account: str, events: Sequence[UsageEvent], seed: int) -> int:
    return send(reopened(url, core, ephemeral).deps(clock=FixedClock()), account, events, seed)
