"""Schedules run at their times, where they find something, and let a month pass."""

from collections.abc import Callable

import pytest

from infra.local.clock import Clock
from infra.local.schedules import DAY, MINUTE, Schedule
from infra.local.turner import Turner

MIDNIGHT = 1_795_219_200


class Runs:
    """What a schedule did, and when; `found` is what it finds."""

    def __init__(self, every: int, at: int = 0) -> None:
        self.clock = Clock(MIDNIGHT)
        self.times: list[int] = []
        self.fails = 0
        self.found: Callable[[int], int | None] = lambda _last: None
        self.turner = Turner(self.clock)
        self.turner.add(Schedule(self.clock, "run", self.run, every=every, at=at, found=lambda last: self.found(last)))

    def run(self, _event: object, _context: object) -> None:
        self.times.append(self.clock.now() - MIDNIGHT)
        if len(self.times) <= self.fails:
            raise RuntimeError

    def until(self, seconds: int) -> list[int]:
        self.turner.move_to(MIDNIGHT + seconds)
        return self.times


def test_nothing_to_find_never_runs() -> None:
    assert Runs(MINUTE).until(30 * DAY) == []


@pytest.mark.parametrize(
    ("reason", "due", "ran"),
    [
        ("in the middle of a minute", 90, 120),
        ("on the minute itself", 120, 120),
        ("a second after", 121, 180),
    ],
)
def test_runs_at_the_first_minute_that_finds_it(reason: str, due: int, ran: int) -> None:
    runs = Runs(MINUTE)
    runs.found = lambda _last: None if runs.times else MIDNIGHT + due

    assert runs.until(DAY) == [ran], reason


def test_does_not_run_before_its_minute() -> None:
    runs = Runs(MINUTE)
    runs.found = lambda _last: MIDNIGHT + 90

    assert runs.until(119) == []


def test_runs_once_a_day_at_its_hour() -> None:
    runs = Runs(DAY, at=3 * 3600)
    runs.found = lambda last: last

    assert runs.until(3 * DAY) == [3 * 3600, DAY + 3 * 3600, 2 * DAY + 3 * 3600]


def test_what_stays_due_comes_ever_later() -> None:
    runs = Runs(MINUTE)
    runs.found = lambda _last: MIDNIGHT + 60

    times = runs.until(30 * DAY)

    assert times[:4] == [60, 120, 240, 480]
    assert len(times) < 100


def test_a_function_that_dies_is_tried_again_and_then_at_its_next_time(caplog: pytest.LogCaptureFixture) -> None:
    runs = Runs(15 * MINUTE)
    asked: list[int] = []

    def found(last: int) -> int | None:
        asked.append(last - MIDNIGHT)
        return MIDNIGHT + 60 if len(runs.times) < 4 else None

    runs.found = found
    runs.fails = 3

    assert runs.until(DAY) == [900, 900, 900, 1800]
    assert caplog.text.count("run died") == 3
    assert set(asked) == {0, 1800}
