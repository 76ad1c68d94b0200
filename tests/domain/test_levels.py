"""Where the levels of a meter lie, and that what is told of them and what usage stops at agree."""

from dataclasses import replace

import pytest

from chalicelib.domain.allowances import Allowance
from chalicelib.domain.levels import crossings, level, next_level, warning_at
from chalicelib.domain.meters import Meter
from tests.offers import OFFERS
from tests.usage_builders import a_state

RUNS = OFFERS.meters["runs"]


def percent(warning: int) -> Meter:
    return Meter("runs", "Runs", "run", "counter", "a", warning, 10)


@pytest.mark.parametrize(
    ("warning", "included", "at"),
    [(80, 10, 8), (80, 11, 9), (80, 1, 1), (99, 100, 99), (99, 101, 100), (1, 100, 1), (1, 101, 2), (80, 0, 0)],
)
def test_warns_from_the_percentage_of_the_limit_rounded_up(warning: int, included: int, at: int) -> None:
    assert warning_at(percent(warning), included) == at


@pytest.mark.parametrize(
    ("reason", "included", "used", "said", "ahead"),
    [
        ("nothing used", 10, 0, "ok", 8),
        ("one short of the warning", 10, 7, "ok", 8),
        ("at the warning", 10, 8, "warning", 10),
        ("one short of the limit", 10, 9, "warning", 10),
        ("at the limit", 10, 10, "reached", None),
        ("one over", 10, 11, "over", None),
        ("so few that the warning is the limit", 1, 0, "ok", 1),
        ("so few, and used", 1, 1, "reached", None),
        ("nothing included", 0, 0, "reached", 1),
        ("nothing included, and used", 0, 1, "over", None),
        ("unlimited", None, 10**9, "ok", None),
    ],
)
def test_tells_how_near_the_limit_is_and_what_comes_next(
    reason: str, included: int | None, used: int, said: str, ahead: int | None
) -> None:
    assert level(RUNS, included, used) == said, reason
    assert next_level(RUNS, Allowance(included, "stop"), used) == ahead, reason


@pytest.mark.parametrize("warning", [1, 50, 80, 99])
@pytest.mark.parametrize("included", [0, 1, 2, 3, 10, 101])
def test_the_level_changes_exactly_where_the_next_level_says(warning: int, included: int) -> None:
    meter, allowance = percent(warning), Allowance(included, "stop")

    for used in range(included):
        ahead = next_level(meter, allowance, used)
        assert ahead is not None
        assert ahead > used
        assert {level(meter, included, each) for each in range(used, ahead)} == {level(meter, included, used)}
        assert level(meter, included, ahead) != level(meter, included, used)


def test_nothing_is_ahead_of_a_meter_that_the_plan_lacks() -> None:
    assert next_level(RUNS, None, 5) is None


@pytest.mark.parametrize("warning", [1, 50, 80, 99, 100])
@pytest.mark.parametrize("included", [None, 0, 1, 2, 3, 10])
def test_a_counter_may_move_without_closing_an_entry_exactly_where_nothing_is_to_be_told(
    warning: int, included: int | None
) -> None:
    meter, allowance = percent(warning), Allowance(included, "stop")
    free = replace(OFFERS.plans["free"], allowances={"runs": allowance})
    catalogue = replace(OFFERS, meters={"runs": meter}, plans={"free": free})
    states = [a_state(used={"runs": used}) for used in range(13)]

    for before in states:
        for after in states:
            stays = next_level(meter, allowance, before.used["runs"]) == next_level(
                meter, allowance, after.used["runs"]
            )
            assert stays == (not crossings(before, after, catalogue))
