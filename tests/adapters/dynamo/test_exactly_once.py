"""Usage is counted exactly once per event id, whatever happens between a sender, us and DynamoDB."""

import random
from dataclasses import replace

import pytest

from chalicelib.actions.count_usage import DUPLICATE, OUT_OF_RANGE, RECORDED, count_usage
from chalicelib.domain import journal
from chalicelib.domain.periods import DAY
from chalicelib.domain.usage import WINDOW
from chalicelib.errors import Conflict, Throttled, Unavailable
from tests.adapters.dynamo import wires
from tests.adapters.dynamo.wires import Died, Recorded, Stale, Struck
from tests.invariants import assert_sound
from tests.offers import OFFERS
from tests.stores import Database, FixedClock
from tests.usage_builders import NOW, a_reading, an_event, granting

A, B = an_event("a"), an_event("b", quantity=2)


def test_an_event_is_counted_once_however_often_it_is_sent(database: Database, account: str) -> None:
    database.open(account)
    deps = database.deps()

    outcomes = [count_usage(deps, account, events).outcomes for events in ([A], [A], [A, B], [B, A, B])]

    assert outcomes == [[RECORDED], [DUPLICATE], [DUPLICATE, RECORDED], [DUPLICATE] * 3]
    assert assert_sound(database, account).used["runs"] == 3


def test_an_id_that_stands_twice_in_one_batch_is_counted_once(database: Database, account: str) -> None:
    database.open(account)

    counted = count_usage(database.deps(), account, [A, B, replace(A, quantity=9)])

    assert counted.outcomes == [RECORDED, RECORDED, DUPLICATE]
    assert database.state(account).used["runs"] == 3


def test_duplicates_of_what_cannot_be_counted_are_not_called_duplicates(model: Database, account: str) -> None:
    model.open(account)
    before_the_account = an_event("a", at=NOW - 6 * DAY)

    counted = count_usage(model.deps(), account, [before_the_account, before_the_account])

    assert counted.outcomes == [OUT_OF_RANGE, OUT_OF_RANGE]


def test_a_rejected_id_stays_free(model: Database, account: str) -> None:
    model.open(account)

    counted = count_usage(model.deps(), account, [an_event("a", at=NOW - 6 * DAY), A])

    assert counted.outcomes == [OUT_OF_RANGE, RECORDED]


def test_another_process_knows_what_the_first_one_counted(database: Database, account: str) -> None:
    database.open(account)
    first, second = database.deps(), database.deps()
    count_usage(first, account, [A])
    count_usage(second, account, [B])

    outcomes = [count_usage(deps, account, [A, B]).outcomes for deps in (first, second, database.deps())]

    assert outcomes == [[DUPLICATE, DUPLICATE]] * 3
    assert assert_sound(database, account).used["runs"] == 3


def test_ids_are_remembered_across_closings(database: Database, account: str) -> None:
    database.open(account)
    deps, events = database.deps(), [an_event(f"e{k}", "events") for k in range(300)]
    for start in range(0, 300, 7):
        count_usage(deps, account, events[start : start + 7])

    random.Random(7).shuffle(events)
    again = [*count_usage(deps, account, events[:200]).outcomes]
    again += count_usage(database.deps(), account, events[100:]).outcomes

    assert set(again) == {DUPLICATE}
    state = assert_sound(database, account)
    assert state.used["events"] == 300
    assert state.entries >= 4


def test_a_large_batch_is_one_transaction_and_counted_once(database: Database, account: str) -> None:
    database.open(account)
    wire = Recorded(database.wire)
    events = [an_event(f"e{k}") for k in range(1000)]

    count_usage(database.deps(database.store(wire)), account, events)
    again = count_usage(database.deps(), account, events[::-1])

    assert wire.writes == ["TransactWriteItems"]
    assert set(again.outcomes) == {DUPLICATE}
    assert assert_sound(database, account).used["runs"] == 1000


@pytest.mark.parametrize("closing", [False, True], ids=["usage", "closing"])
def test_sending_again_after_a_lost_answer_counts_nothing_twice(
    database: Database, account: str, *, closing: bool
) -> None:
    database.open(account)
    event = an_event("a", quantity=8 if closing else 1)
    deps = database.deps(database.store(Struck(database.wire, wires.answer_lost)))

    with pytest.raises(Unavailable):
        count_usage(deps, account, [event])
    again = count_usage(deps, account, [event])

    assert again.outcomes == [DUPLICATE]
    assert assert_sound(database, account).used["runs"] == event.quantity


@pytest.mark.parametrize("closing", [False, True], ids=["usage", "closing"])
def test_a_write_that_botocore_repeats_by_itself_counts_once(engine: Database, account: str, *, closing: bool) -> None:
    engine.open(account)
    event = an_event("a", quantity=8 if closing else 1)
    deps = engine.deps(engine.store(Struck(engine.wire, wires.sent_again)))

    counted = count_usage(deps, account, [event])

    assert counted.outcomes == [RECORDED if closing else DUPLICATE]
    assert assert_sound(engine, account).used["runs"] == event.quantity


@pytest.mark.parametrize("closing", [False, True], ids=["usage", "closing"])
@pytest.mark.parametrize(("blow", "again"), [(wires.dies_before, RECORDED), (wires.dies_after, DUPLICATE)])
def test_a_process_that_dies_is_made_good_by_the_next(
    database: Database, account: str, blow: wires.Blow, again: str, *, closing: bool
) -> None:
    database.open(account)
    event = an_event("a", quantity=8 if closing else 1)

    with pytest.raises(Died):
        count_usage(database.deps(database.store(Struck(database.wire, blow))), account, [event])
    counted = count_usage(database.deps(), account, [event])

    assert counted.outcomes == [again]
    assert assert_sound(database, account).used["runs"] == event.quantity


def test_a_cold_process_that_reads_the_past_counts_nothing_twice(model: Database, account: str) -> None:
    model.open(account)
    deps = model.deps()
    count_usage(deps, account, [an_event("early")])
    stale = Stale(model, account)
    events = [an_event(f"e{k}", "events") for k in range(120)]
    for start in range(0, 120, 20):
        count_usage(deps, account, events[start : start + 20])

    again = count_usage(model.deps(model.store(stale)), account, [an_event("early"), *events, A])

    assert again.outcomes == [DUPLICATE] * 121 + [RECORDED]
    assert assert_sound(model, account).used == {**model.state(account).used, "events": 120, "runs": 2}


def test_a_process_with_an_old_memory_learns_from_the_failed_write(model: Database, account: str) -> None:
    model.open(account)
    old, new = model.deps(), model.deps()
    count_usage(old, account, [an_event("early")])
    events = [an_event(f"e{k}", "events") for k in range(120)]
    for start in range(0, 120, 20):
        count_usage(new, account, events[start : start + 20])

    outcomes = count_usage(old, account, [events[3], events[-1], A]).outcomes

    assert outcomes == [DUPLICATE, DUPLICATE, RECORDED]
    assert assert_sound(model, account).used["events"] == 120


def test_an_id_is_known_to_the_last_second_of_the_window_and_no_event_is_taken_after_it(
    database: Database, account: str
) -> None:
    database.open(account, at=NOW - DAY)
    clock = FixedClock()
    deps = database.deps(clock=clock)
    count_usage(deps, account, [A])

    clock.at = NOW + WINDOW
    at_the_end = [count_usage(each, account, [A]).outcomes for each in (deps, database.deps(clock=clock))]
    clock.at += 1
    beyond = count_usage(database.deps(clock=clock), account, [an_event("late")])

    assert at_the_end == [[DUPLICATE], [DUPLICATE]]
    assert beyond.outcomes == [OUT_OF_RANGE]


def test_ids_are_known_though_their_entry_was_filed_under_a_slow_clocks_day(model: Database, account: str) -> None:
    model.open(account, at=NOW - 3 * DAY)
    slow = FixedClock(NOW - 300)
    count_usage(model.deps(clock=slow), account, [an_event("a", quantity=8, at=NOW)])

    fast = FixedClock(NOW - 300 + WINDOW)
    again = count_usage(model.deps(clock=fast), account, [an_event("a", quantity=8, at=NOW - 300)])

    assert again.outcomes == [DUPLICATE]


def test_two_accounts_may_use_the_same_ids(database: Database, account: str) -> None:
    other = f"{account}-2"
    database.open(account)
    database.open(other)
    deps = database.deps()

    outcomes = [count_usage(deps, each, [A]).outcomes for each in (account, other)]

    assert outcomes == [[RECORDED], [RECORDED]]


def test_a_gauges_ids_are_counted_once_too(database: Database, account: str) -> None:
    database.open(account)
    deps = database.deps()
    count_usage(deps, account, [a_reading("g1", 40, at=NOW - 5)])
    count_usage(deps, account, [a_reading("g2", 10)])

    again = count_usage(deps, account, [a_reading("g1", 40, at=NOW)])

    assert again.outcomes == [DUPLICATE]
    assert assert_sound(database, account).used["storage"] == 10


def test_usage_and_grants_do_not_lose_each_other(database: Database, account: str) -> None:
    database.open(account)
    deps, store = database.deps(), database.store()

    for k in range(4):
        count_usage(deps, account, [an_event(f"e{k}", quantity=9)])
        state = store.state(account, consistent=True)
        assert state is not None
        store.commit(granting(journal.begin(state, NOW, OFFERS), f"p{k}", 100, store.lots(state) or ()))

    state = assert_sound(database, account)
    assert (state.granted, state.spent, state.used["runs"]) == (400, 260, 36)


@pytest.mark.parametrize(
    ("reason", "blow", "raised"),
    [
        ("asked for less", wires.refused("ThrottlingException"), Throttled),
        (
            "asked for less, as provisioned tables do",
            wires.refused("ProvisionedThroughputExceededException"),
            Throttled,
        ),
        ("broken for a moment", wires.refused("InternalServerError", 500), Unavailable),
    ],
)
def test_says_when_to_come_again_and_has_counted_nothing(
    model: Database, account: str, reason: str, blow: wires.Blow, raised: type[Exception]
) -> None:
    model.open(account)
    deps = model.deps(model.store(Struck(model.wire, blow)))

    with pytest.raises(raised):
        count_usage(deps, account, [A])

    assert model.state(account).used["runs"] == 0, reason
    assert count_usage(deps, account, [A]).outcomes == [RECORDED]


def test_a_conflict_with_a_transaction_is_tried_again(model: Database, account: str) -> None:
    model.open(account)
    wire = Struck(model.wire, *[wires.refused("TransactionConflictException")] * 3)

    counted = count_usage(model.deps(model.store(wire)), account, [A])

    assert counted.outcomes == [RECORDED]
    assert wire.strikes == 3


def test_gives_up_where_conflicts_do_not_end(model: Database, account: str) -> None:
    model.open(account)
    wire = Struck(model.wire, *[wires.refused("TransactionConflictException")] * 99)

    with pytest.raises(Conflict):
        count_usage(model.deps(model.store(wire)), account, [A])

    assert wire.strikes < 10
