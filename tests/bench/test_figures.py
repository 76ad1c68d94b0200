"""The budgets hold, and `make bench` says so of every figure."""

import json

import pytest

from tests.bench.__main__ import as_json, table
from tests.bench.account import Cost
from tests.bench.big import big_figures
from tests.bench.figure import Figure
from tests.bench.figures import figures
from tests.bench.many import many_figures
from tests.bench.prices import dollars

PROMISED = {
    ("one usage event of 100 a day, closings included", "WCU", 1.3),
    ("one usage event of 100 a day, closings included", "RCU", 0.6),
    ("100 events of one account in one call", "WCU", 15),
    ("check", "RCU", 0.5),
    ("check", "round trips", 1),
    ("the webhook message that grants credits", "WCU", 10),
}


def test_every_promised_figure_is_measured_and_holds() -> None:
    found = list(figures(days_before=2))

    assert {(each.name, each.unit, each.budget) for each in found} >= PROMISED
    assert [each for each in found if not each.holds] == []


def test_many_accounts_cost_no_more() -> None:
    found = list(many_figures(accounts=20))

    assert ("a usage event that reaches a limit, its notice included", "WCU", 6) in {
        (each.name, each.unit, each.budget) for each in found
    }
    assert [each for each in found if not each.holds] == []


def test_big_accounts_cost_no_more() -> None:
    found = list(big_figures(long=300, many=2_000))

    assert len(found) == 18
    assert [each for each in found if not each.holds] == []


def test_a_million_events_have_a_price_with_its_source() -> None:
    found = dollars("one alone", Cost(writes=125, reads=30, round_trips=0, items_read=0), events=100)

    assert (found.value, found.unit, found.budget, found.holds) == (0.819, "dollars", None, True)
    assert "us-east-1" in found.source
    assert found.source in table([found])


@pytest.mark.parametrize(("value", "holds"), [(9.99, True), (10, True), (10.01, False)])
def test_a_figure_holds_up_to_its_budget_and_not_past_it(value: float, holds: bool) -> None:
    figure = Figure("a grant", value, "WCU", 10)

    assert json.loads(as_json([figure])) == [
        {"name": "a grant", "value": value, "unit": "WCU", "budget": 10, "source": "", "holds": holds}
    ]
    assert ("DOES NOT HOLD" in table([figure])) is not holds
