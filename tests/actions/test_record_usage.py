"""Usage that backends push: one write for each account, an answer for each event, in the order sent."""

import logging

import pytest

from chalicelib.actions.record_usage import Result, record_usage
from chalicelib.domain.periods import DAY
from tests.adapters.dynamo import wires
from tests.adapters.dynamo.wires import Recorded, Struck
from tests.invariants import assert_sound
from tests.stores import Database
from tests.usage_builders import NOW, an_event


def test_answers_in_the_order_sent_whatever_the_account(database: Database, account: str) -> None:
    other = f"{account}-2"
    database.open(account)
    database.open(other)
    deps = database.deps()
    record_usage(deps, [(other, an_event("e2"))])

    results = record_usage(
        deps,
        [
            (account, an_event("e1")),
            (other, an_event("e2")),
            ("nobody", an_event("e3")),
            (account, an_event("e4", at=NOW - 36 * DAY)),
            (other, an_event("e1")),
            (account, an_event("e1")),
        ],
    )

    assert [(result.id, result.result, result.code) for result in results] == [
        ("e1", "recorded", None),
        ("e2", "duplicate", None),
        ("e3", "rejected", "unknown_account"),
        ("e4", "rejected", "at_out_of_range"),
        ("e1", "recorded", None),
        ("e1", "duplicate", None),
    ]
    assert all(result.detail for result in results if result.code)
    assert (database.state(account).used["runs"], database.state(other).used["runs"]) == (1, 2)


def test_each_account_is_one_write(database: Database, account: str) -> None:
    accounts = [f"{account}-{k}" for k in range(3)]
    for each in accounts:
        database.open(each)
    wire = Recorded(database.wire)
    events = [(accounts[k % 3], an_event(f"e{k}", "events")) for k in range(30)]

    record_usage(database.deps(database.store(wire)), events)

    assert wire.writes == ["UpdateItem"] * 3


def test_one_account_in_trouble_touches_no_other(model: Database, account: str) -> None:
    other = f"{account}-2"
    model.open(account)
    model.open(other)
    deps = model.deps(model.store(Struck(model.wire, wires.refused("ThrottlingException"), None)))
    events = [(account, an_event("e1")), (other, an_event("e2"))]

    results = record_usage(deps, events)
    again = record_usage(deps, events)

    assert [result.code for result in results] == ["try_again", None]
    assert [result.result for result in again] == ["recorded", "duplicate"]
    assert assert_sound(model, account).used["runs"] == 1


def test_recorded_usage_is_taken_whatever_the_plan_says(database: Database, account: str) -> None:
    database.open(account)

    record_usage(database.deps(), [(account, an_event("e1", "sessions", 99)), (account, an_event("e2", quantity=99))])

    state = assert_sound(database, account)
    assert (state.used["sessions"], state.used["runs"], state.balance) == (99, 99, -890)


def test_nothing_sent_is_nothing_done(model: Database) -> None:
    assert record_usage(model.deps(), []) == []


def test_a_rejection_says_what_to_do() -> None:
    assert Result("e", "recorded") == Result("e", "recorded", None, None)


def test_the_log_names_the_account_and_no_event(
    model: Database, account: str, caplog: pytest.LogCaptureFixture
) -> None:
    model.open(account)
    caplog.set_level(logging.DEBUG, "chalicelib")

    record_usage(model.deps(), [(account, an_event("secret-id"))])

    assert "secret-id" not in caplog.text
    assert [record.account_id for record in caplog.records] == [account]  # type: ignore[attr-defined]
