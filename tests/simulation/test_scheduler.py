"""Workers take turns where they pause, and the seed alone says whose turn it is."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.simulation.scheduler import Crash, Scheduler


def turns(seed: int) -> list[str]:
    scheduler, taken = Scheduler(Random(seed)), []

    def work(name: str) -> None:
        for _ in range(4):
            taken.append(name)
            scheduler.pause()

    for name in "abc":
        scheduler.spawn(lambda name=name: work(name))
    scheduler.run()
    return taken


def test_workers_take_turns_by_the_seed() -> None:
    assert turns(1) == turns(1)
    assert turns(1) != turns(2)
    assert sorted(turns(1)) == sorted("abc" * 4)


def test_notes_what_became_of_each_worker() -> None:
    scheduler = Scheduler(Random(1))

    def die() -> None:
        try:
            raise Crash("here")
        except Exception:  # noqa: BLE001  # what code under test may do, and must not stop a crash
            pytest.fail("a crash was caught")

    returned, crashed = scheduler.spawn(lambda: 7), scheduler.spawn(die)
    scheduler.run()

    assert (returned.result, returned.crashed, returned.done) == (7, False, True)
    assert (crashed.result, crashed.crashed, crashed.done) == (None, True, True)


def test_an_error_in_a_worker_comes_out() -> None:
    scheduler = Scheduler(Random(1))
    scheduler.spawn(lambda: 1 // 0, "divider")

    with pytest.raises(ZeroDivisionError):
        scheduler.run()


def test_a_worker_may_spawn_another() -> None:
    scheduler, taken = Scheduler(Random(1)), []
    scheduler.spawn(lambda: scheduler.spawn(lambda: taken.append("second")))

    scheduler.run()

    assert taken == ["second"]


def test_a_pause_outside_a_worker_does_nothing() -> None:
    Scheduler(Random(1)).pause()


def pausing(scheduler: Scheduler, until: Callable[[], bool]) -> None:
    scheduler.pause()
    while not until():
        scheduler.pause()


def waited(seed: int, wait: Callable[[Scheduler, Callable[[], bool]], None]) -> tuple[list[str], Any]:
    """Whose turn it was while one waits for what two others do, and what is left of the chance."""
    scheduler, taken = Scheduler(rng := Random(seed)), []

    def work() -> None:
        for _ in range(4):
            taken.append("works")
            scheduler.pause()

    def look() -> None:
        for several in (2, 5, 8):
            wait(scheduler, lambda several=several: len(taken) >= several)
            taken.append("looks")

    for job in (work, look, work):
        scheduler.spawn(job)
    scheduler.run()
    return taken, rng.getstate()


@pytest.mark.parametrize("seed", range(5))
def test_to_idle_is_to_pause_until_it_holds(seed: int) -> None:
    assert waited(seed, Scheduler.idle) == waited(seed, pausing)
