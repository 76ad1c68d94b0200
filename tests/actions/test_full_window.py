"""An account with as many event ids in the window as it may have: later, never wrong, and what is known stays known."""

from typing import Any

import pytest

from chalicelib.actions.consume import consume
from chalicelib.actions.correct_usage import correct_usage
from chalicelib.actions.count_usage import LONGEST_WAIT
from chalicelib.actions.record_usage import record_usage
from chalicelib.adapters.dynamo.identities import BYTES, IDS_IN_WINDOW, Log
from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.adapters.dynamo.tables import Tables
from chalicelib.deps import Deps
from chalicelib.domain.corrections import Correction
from chalicelib.domain.periods import DAY, day_of
from chalicelib.domain.usage import WINDOW
from chalicelib.errors import Busy
from chalicelib.web.problems import status_of
from tests.invariants import assert_sound
from tests.offers import OFFERS
from tests.stores import Database, FixedClock
from tests.usage_builders import NOW, an_event

MOST = 100


def deps_of(database: Database, clock: FixedClock | None = None) -> Deps:
    """A process in which an account has room for so many ids only."""
    tables = Tables(database.wire, database.core, database.ephemeral, lambda _: None)
    return database.deps(DynamoStore(tables, OFFERS, most_ids=MOST), clock)


def send(deps: Deps, account: str, *names: str, **fields: Any) -> list[str]:
    """What becomes of events under these ids: the result, or the code of a rejection."""
    results = record_usage(deps, [(account, an_event(name, "events", **fields)) for name in names])
    return [each.code or each.result for each in results]


@pytest.fixture
def full(model: Database, account: str) -> Database:
    model.open(account)
    assert set(send(deps_of(model), account, *[f"e{k}" for k in range(MOST)])) == {"recorded"}
    return model


def test_takes_as_many_as_there_is_room_for_and_not_one_more(model: Database, account: str) -> None:
    model.open(account)
    deps = deps_of(model)
    send(deps, account, *[f"e{k}" for k in range(MOST - 1)])

    assert send(deps, account, "two", "more") == ["try_again"] * 2
    assert send(deps, account, "last") == ["recorded"]
    assert send(deps, account, "late") == ["try_again"]
    assert assert_sound(model, account).used["events"] == MOST


@pytest.mark.parametrize("warm", [True, False])
def test_in_one_call_each_event_is_told_for_itself(full: Database, account: str, warm: bool) -> None:
    deps = deps_of(full)
    if warm:
        send(deps, account, "e0")
    old = an_event("old", "events", at=NOW - WINDOW - 1)

    results = record_usage(deps, [(account, each) for each in (an_event("new"), an_event("e1"), old)])

    assert [each.code or each.result for each in results] == ["try_again", "duplicate", "at_out_of_range"]


def test_an_id_twice_in_one_call_is_no_duplicate_of_what_was_not_taken(full: Database, account: str) -> None:
    results = record_usage(deps_of(full), [(account, an_event("new")), (account, an_event("new"))])

    assert [each.code for each in results] == ["try_again", "try_again"]


def test_what_another_process_counted_last_is_known_to_one_that_has_not_seen_it(model: Database, account: str) -> None:
    model.open(account)
    one, other = deps_of(model), deps_of(model)
    send(one, account, *[f"e{k}" for k in range(MOST - 1)])
    send(other, account, "e0")
    assert send(one, account, "last") == ["recorded"]

    assert send(other, account, "last") == ["duplicate"]
    assert send(other, account, "late") == ["try_again"]


@pytest.mark.parametrize("dry_run", [True, False])
def test_consume_is_busy_until_the_window_moves_on_but_knows_what_it_knows(
    full: Database, account: str, dry_run: bool
) -> None:
    deps = deps_of(full)

    with pytest.raises(Busy) as busy:
        consume(deps, account, an_event("new", "events"), dry_run=dry_run)

    assert (status_of(busy.value), busy.value.after) == (429, LONGEST_WAIT)
    assert consume(deps, account, an_event("e3", "events"), dry_run=dry_run).duplicate
    assert assert_sound(full, account).used["events"] == MOST


def test_a_correction_is_busy_too_and_one_that_was_made_is_known(model: Database, account: str) -> None:
    model.open(account)
    deps = deps_of(model)
    send(deps, account, *[f"e{k}" for k in range(MOST - 1)])
    made, other = (Correction(each, "events", 1, NOW, "twice") for each in ("made", "other"))
    correct_usage(deps, account, made, "key:test")

    assert correct_usage(deps, account, made, "key:test").duplicate
    with pytest.raises(Busy):
        correct_usage(deps, account, other, "key:test")


def test_there_is_room_again_when_the_first_of_them_leave_the_window(full: Database, account: str) -> None:
    midnight = (day_of(NOW) + 1) * DAY
    clock = FixedClock(midnight - 60)
    deps = deps_of(full, clock)
    with pytest.raises(Busy) as busy:
        consume(deps, account, an_event("new", "events", at=clock.at), dry_run=False)
    clock.at = midnight + WINDOW + DAY

    assert busy.value.after == 60
    assert consume(deps, account, an_event("new", "events", at=clock.at), dry_run=False).recorded


def test_the_log_of_the_fullest_window_is_no_larger_than_what_a_process_keeps() -> None:
    log = Log(0, 0, 0)
    four_sorted_and_one_new = 4 * 12 + 96

    log.add((number.to_bytes(12, "big") for number in range(5_000)), 1, 0)
    log.add((number.to_bytes(12, "big") for number in range(5_000, 6_250)), 2, 0)

    assert log.count == 6_250
    assert log.size <= 6_250 // 5 * four_sorted_and_one_new + 200
    assert IDS_IN_WINDOW // 5 * four_sorted_and_one_new <= BYTES
