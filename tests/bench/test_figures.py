"""The budgets hold, and `make bench` says so of every figure."""

import json

import pytest

from tests.bench.__main__ import as_json, table
from tests.bench.figures import Figure, figures
from tests.bench.many import many_figures

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


def test_many_accounts_and_long_journals_cost_no_more() -> None:
    found = list(many_figures(long=300, accounts=20))

    assert ("a usage event that reaches a limit, its notice included", "WCU", 6) in {
        (each.name, each.unit, each.budget) for each in found
    }
    assert [each for each in found if not each.holds] == []


@pytest.mark.parametrize(("value", "holds"), [(9.99, True), (10, True), (10.01, False)])
def test_a_figure_holds_up_to_its_budget_and_not_past_it(value: float, holds: bool) -> None:
    figure = Figure("a grant", value, "WCU", 10)

    assert json.loads(as_json([figure])) == [
        {"name": "a grant", "value": value, "unit": "WCU", "budget": 10, "holds": holds}
    ]
    assert ("DOES NOT HOLD" in table([figure])) is not holds
