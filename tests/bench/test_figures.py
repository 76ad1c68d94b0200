"""The budgets hold, and `make bench` says so of every figure."""

import json

import pytest

from infra.local.aws import CREDENTIALS
from tests.bench.__main__ import as_json, table
from tests.bench.account import Cost
from tests.bench.big import big_figures
from tests.bench.figure import Figure
from tests.bench.figures import figures
from tests.bench.many import many_figures
from tests.bench.prices import dollars
from tests.bench.timed import timed_figures

PROMISED = {
    ("one usage event of 100 a day, closings included", "WCU", 1.3),
    ("one usage event of 100 a day, closings included", "RCU", 0.6),
    ("a usage event that reaches a limit, its notice included", "WCU", 6),
    ("100 events of one account in one call", "WCU", 15),
    ("an event of 200 over 20 accounts, 10 together, in 10 passes", "WCU", 0.3),
    ("the same 100 events once more", "WCU", 0),
    ("check", "RCU", 0.5),
    ("check", "round trips", 1),
    ("consume, by a process that knows the account", "round trips", 1),
    ("consume, by a process that meets the account: one after another", "round trips", 2),
    ("an event, 300 entries: more than with 30", "units+trips+items", 0),
    ("an event that is told of, 300 entries: more than with 30", "units+trips+items", 0),
    ("100 events, 300 entries: more than with 30", "units+trips+items", 0),
    ("the same 100 events again, 300 entries: more than with 30", "units+trips+items", 0),
    ("check, 300 entries: more than with 30", "units+trips+items", 0),
    ("consume, 300 entries: more than with 30", "units+trips+items", 0),
    ("consume, by a process that meets the account, 300 entries: more than with 30", "units+trips+items", 0),
    ("the first page of history, 300 entries: more than with 30", "units+trips+items", 0),
    ("usage by day, 300 entries: more than with 30", "units+trips+items", 0),
    ("the first page of notices, 300 entries: more than with 30", "units+trips+items", 0),
    ("an event, 2,000 ids in the window: more than with none", "units+trips+items", 0),
    ("an event that is told of, 2,000 ids in the window: more than with none", "units+trips+items", 0),
    ("100 events, 2,000 ids in the window: more than with none", "units+trips+items", 0),
    ("the same 100 events again, 2,000 ids in the window: more than with none", "units+trips+items", 0),
    ("check, 2,000 ids in the window: more than with none", "units+trips+items", 0),
    ("consume, 2,000 ids in the window: more than with none", "units+trips+items", 0),
    ("the webhook message that grants credits", "WCU", 10),
    ("authorising a request whose key was seen within 60 s", "round trips", 0),
    ("an Idempotency-Key, beside what is done under it", "WCU", 4),
}
TIMED = ("consume beside its bare UpdateItem, 5 pairs in turn, p50", "times", 1.3)


def test_every_promised_figure_is_measured_and_holds() -> None:
    found = [*figures(days_before=2), *many_figures(accounts=20), *big_figures(long=300, many=2_000)]

    assert PROMISED - {(each.name, each.unit, each.budget) for each in found} == set()
    assert [each for each in found if not each.holds] == []


def test_what_is_timed_is_measured_and_judged_by_make_bench_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    # What it starts the service with is not for the tests after it.
    monkeypatch.setattr("chalicelib.wiring._built", [])

    found = list(timed_figures(pairs=5, batches=1, warm=1))

    assert TIMED in {(each.name, each.unit, each.budget) for each in found}
    assert [each.unit for each in found] == ["times", "events/s", "events/s"]
    assert all(each.value > 0 for each in found)


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
