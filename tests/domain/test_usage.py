import pytest

from chalicelib.domain.allowances import Allowance
from chalicelib.domain.meters import Meter
from chalicelib.domain.periods import DAY
from chalicelib.domain.usage import UsageEvent, allowance_of, cost, in_window, level, next_level, warning_at
from tests.offers import OFFERS
from tests.usage_builders import NOW

RUNS = OFFERS.meters["runs"]
TEN = Allowance(10, "credits")


def percent(warning: int) -> Meter:
    return Meter("runs", "Runs", "run", "counter", "a", warning, 10)


@pytest.mark.parametrize(
    ("reason", "at", "taken"),
    [
        ("now", NOW, True),
        ("35 days ago to the second", NOW - 35 * DAY, True),
        ("a second longer ago", NOW - 35 * DAY - 1, False),
        ("five minutes ahead: a clock that is off", NOW + 300, True),
        ("a second more", NOW + 301, False),
    ],
)
def test_takes_events_of_the_last_35_days_and_five_minutes_ahead(reason: str, at: int, taken: bool) -> None:
    assert in_window(at, NOW) is taken, reason


@pytest.mark.parametrize(
    ("reason", "allowance", "used", "quantity", "own", "credits"),
    [
        ("all within", TEN, 0, 3, None, 0),
        ("the last unit that is included", TEN, 9, 1, None, 0),
        ("the first beyond", TEN, 10, 1, None, 10),
        ("straddling pays for what lies beyond", TEN, 9, 3, None, 20),
        ("straddling by one", TEN, 8, 3, None, 10),
        ("far beyond", TEN, 50, 4, None, 40),
        ("its own cost, all beyond", TEN, 10, 3, 100, 100),
        ("its own cost, a third beyond, rounded up", TEN, 8, 3, 100, 34),
        ("its own cost, two thirds beyond, rounded up", TEN, 9, 3, 100, 67),
        ("its own cost within the allowance", TEN, 7, 3, 100, 0),
        ("free of cost by its own word", TEN, 10, 3, 0, 0),
        ("nothing included", Allowance(0, "credits"), 0, 2, None, 20),
        ("nothing used", TEN, 10, 0, None, 0),
        ("unlimited", Allowance(None, "credits"), 99, 9, None, 0),
        ("beyond an allowance that stops", Allowance(10, "stop"), 10, 3, None, 0),
        ("beyond an allowance that goes on", Allowance(10, "allow"), 10, 3, 7, 0),
        ("a plan that lacks the meter", None, 10, 3, 7, 0),
    ],
)
def test_costs_the_share_beyond_the_allowance(
    reason: str, allowance: Allowance | None, used: int, quantity: int, own: int | None, credits: int
) -> None:
    event = UsageEvent("e", "runs", NOW, quantity, credits=own)

    assert cost(RUNS, allowance, event, used) == credits, reason


@pytest.mark.parametrize("own", [0, 1, 7, 99, 100, 101])
@pytest.mark.parametrize("quantity", [1, 2, 3, 7])
def test_never_costs_more_than_the_whole_event(own: int, quantity: int) -> None:
    event = UsageEvent("e", "runs", NOW, quantity, credits=own)

    costs = [cost(RUNS, TEN, event, used) for used in range(14)]

    assert costs == sorted(costs)
    assert costs[-1] == own
    assert all(
        taken * quantity >= own * max(0, min(quantity, used + quantity - 10)) for used, taken in enumerate(costs)
    )


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


def test_finds_no_allowance_where_plan_or_meter_are_not_offered() -> None:
    assert allowance_of(OFFERS, "free", "runs") == TEN
    assert allowance_of(OFFERS, "team", "events") is None
    assert allowance_of(OFFERS, "gone", "runs") is None
    assert next_level(RUNS, None, 5) is None
