"""Turning time: in order, only where something is due, and never for ever."""

from collections.abc import Callable

import pytest

from infra.local.clock import Clock
from infra.local.turner import Stuck, Turner

START = 1_769_817_600
DAY = 86_400


class Diary:
    """A part with appointments; each may make another."""

    def __init__(self, clock: Clock, *due: int, then: Callable[[int], int | None] | None = None) -> None:
        self.kept: list[int] = []
        self.seen_at: list[int] = []
        self._clock = clock
        self._due = sorted(due)
        self._then = then

    def next_due(self) -> int | None:
        return min(self._due, default=None)

    def work(self) -> bool:
        now = self._clock.now()
        due = [instant for instant in self._due if instant <= now]
        self._due = [instant for instant in self._due if instant > now]
        for instant in due:
            self.kept.append(instant)
            self.seen_at.append(now)
            if self._then and (following := self._then(instant)):
                self._due.append(following)
        return bool(due)


def test_stops_at_every_instant_where_something_is_due() -> None:
    clock = Clock(START)
    turner = Turner(clock)
    one, other = Diary(clock, START + 10 * DAY, START + 30 * DAY), Diary(clock, START + 20 * DAY)
    turner.add(one)
    turner.add(other)

    turner.move_to(START + 40 * DAY)

    assert one.seen_at == [START + 10 * DAY, START + 30 * DAY]
    assert other.seen_at == [START + 20 * DAY]
    assert clock.now() == START + 40 * DAY


def test_does_what_is_due_at_the_target_and_not_after_it() -> None:
    clock = Clock(START)
    turner, diary = Turner(clock), Diary(clock, START + DAY, START + DAY + 60)
    turner.add(diary)

    turner.move_to(START + DAY)

    assert diary.kept == [START + DAY]


def test_what_comes_up_on_the_way_is_done_on_the_way() -> None:
    clock = Clock(START)
    turner = Turner(clock)
    diary = Diary(clock, START + DAY, then=lambda at: at + DAY if at < START + 5 * DAY else None)
    turner.add(diary)

    turner.move_to(START + 30 * DAY)

    assert diary.kept == [START + days * DAY for days in range(1, 6)]


def test_settling_works_until_every_part_is_quiet() -> None:
    clock = Clock(START)
    turner = Turner(clock)
    second = Diary(clock)
    first = Diary(clock, START, then=lambda at: second._due.append(at))
    turner.add(second)
    turner.add(first)

    turner.settle()

    assert (first.kept, second.kept) == ([START], [START])


def test_settling_inside_a_turn_leaves_it_to_the_turn() -> None:
    clock = Clock(START)
    turner = Turner(clock)

    def settle(_at: int) -> None:
        turner.settle()

    diary = Diary(clock, START, then=settle)
    turner.add(diary)

    turner.settle()

    assert diary.kept == [START]


def test_a_part_that_is_due_for_ever_is_named() -> None:
    class Nagging:
        def next_due(self) -> int:
            return START

        def work(self) -> bool:
            return False

    turner = Turner(Clock(START))
    turner.add(Nagging())

    with pytest.raises(Stuck, match=f"Nagging is due at {START}"):
        turner.move_to(START + DAY)


def test_a_part_that_never_grows_quiet_is_named() -> None:
    class Restless:
        def next_due(self) -> None:
            return None

        def work(self) -> bool:
            return True

    turner = Turner(Clock(START))
    turner.add(Restless())

    with pytest.raises(Stuck, match="Restless"):
        turner.settle()


def test_is_usable_after_a_part_fails() -> None:
    class Failing:
        failed = False

        def next_due(self) -> None:
            return None

        def work(self) -> bool:
            if not self.failed:
                self.failed = True
                raise RuntimeError("once")
            return False

    turner = Turner(Clock(START))
    turner.add(Failing())
    with pytest.raises(RuntimeError):
        turner.settle()

    turner.move_to(START + DAY)


def test_time_goes_forward_only() -> None:
    clock = Clock(START)
    turner = Turner(clock)

    with pytest.raises(ValueError, match="cannot go back"):
        turner.move_to(START - 1)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.move_to(START - 1)

    clock.move_to(START + DAY)
    assert START + DAY <= clock.now() <= START + DAY + 60
