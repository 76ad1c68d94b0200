"""Usage that backends push: one write for each account, an answer for each event, in the order sent."""

import logging
from collections.abc import Sequence
from typing import Any

import pytest

from chalicelib.actions.patience import BEGUN_WITHIN, IN_A_ROW
from chalicelib.actions.record_usage import Result, record_usage
from chalicelib.domain.periods import DAY
from tests.adapters.dynamo import wires
from tests.adapters.dynamo.wires import Recorded, Struck
from tests.invariants import assert_sound
from tests.stores import Database, FixedClock
from tests.usage_builders import CREATED, NOW, an_event


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


def many(database: Database, account: str, count: int) -> list[str]:
    accounts = [f"{account}-{k}" for k in range(count)]
    for each in accounts:
        database.open(each)
    return accounts


def send(database: Database, accounts: Sequence[str], wire: Any, clock: FixedClock | None = None) -> list[str]:
    """What becomes of an event for each account, in a process that knows none of them."""
    deps = database.deps(database.store(wire), clock)
    return [each.code or each.result for each in record_usage(deps, [(account, an_event()) for account in accounts])]


READ = frozenset({"GetItem"})
THROTTLED = wires.refused("ThrottlingException")


def test_a_database_that_answers_for_nobody_is_not_asked_for_all(model: Database, account: str) -> None:
    accounts = many(model, account, IN_A_ROW + 5)
    wire = Struck(model.wire, *[THROTTLED] * 99, operations=READ)

    answers = send(model, accounts, wire)
    again = send(model, accounts, model.wire)

    assert (answers, wire.strikes) == (["try_again"] * len(accounts), IN_A_ROW)
    assert again == ["recorded"] * len(accounts)


def test_a_database_that_answers_now_and_then_is_asked_for_all(model: Database, account: str) -> None:
    row = [*[THROTTLED] * (IN_A_ROW - 1), None]
    accounts = many(model, account, 2 * len(row))

    answers = send(model, accounts, Struck(model.wire, *row, *row, operations=READ))

    assert answers == [*["try_again"] * (IN_A_ROW - 1), "recorded"] * 2


def test_a_slow_database_is_asked_for_those_only_that_can_be_begun_in_time(model: Database, account: str) -> None:
    accounts, clock = many(model, account, 5), FixedClock()

    def slow(wire: Any, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        clock.at += BEGUN_WITHIN // 3
        return wire(operation, request)

    answers = send(model, accounts, Struck(model.wire, *[slow] * 5, operations=READ), clock)
    again = send(model, accounts, model.wire, clock)

    assert answers == [*["recorded"] * 3, *["try_again"] * 2]
    assert again == [*["duplicate"] * 3, *["recorded"] * 2]


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


def test_the_log_tells_what_became_of_the_events_and_nothing_of_those_only_known_already(
    model: Database, account: str, caplog: pytest.LogCaptureFixture
) -> None:
    model.open(account)
    caplog.set_level(logging.INFO, "chalicelib")
    known, fresh, old = an_event("known"), an_event("fresh"), an_event("old", at=CREATED - 1)

    for events in ([known], [known], [known, fresh, old], [known, fresh], [old]):
        record_usage(model.deps(), [(account, event) for event in events])

    said: list[Any] = [record for record in caplog.records if record.msg == "usage.recorded"]
    assert [(each.recorded, each.duplicates, each.rejected) for each in said] == [(1, 0, 0), (1, 1, 1), (0, 0, 1)]
