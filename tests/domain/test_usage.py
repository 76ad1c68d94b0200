import pytest

from chalicelib.domain.allowances import Allowance
from chalicelib.domain.periods import DAY
from chalicelib.domain.usage import UsageEvent, allowance_of, cost, in_window
from tests.offers import OFFERS
from tests.usage_builders import NOW

RUNS = OFFERS.meters["runs"]
TEN = Allowance(10, "credits")


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


def test_finds_no_allowance_where_plan_or_meter_are_not_offered() -> None:
    assert allowance_of(OFFERS, "free", "runs") == TEN
    assert allowance_of(OFFERS, "team", "events") is None
    assert allowance_of(OFFERS, "gone", "runs") is None
