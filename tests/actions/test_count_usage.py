"""Counting usage of one account: periods, late events and what others change meanwhile."""

import pytest

from chalicelib.actions.count_usage import DUPLICATE, OUT_OF_RANGE, RECORDED, TRIES, count_usage
from chalicelib.domain import journal
from chalicelib.domain.accounts import as_of
from chalicelib.domain.periods import DAY, Instant, Period, day_start
from chalicelib.domain.usage import WINDOW
from chalicelib.errors import Busy, UnknownAccount
from tests.adapters.dynamo.wires import Recorded, Stale, Struck, refused
from tests.invariants import assert_sound
from tests.offers import OFFERS
from tests.stores import Database, FixedClock
from tests.usage_builders import CREATED, NOW, a_reading, an_event

MARCH, APRIL, MAY, JUNE = (day_start(2026, month, 10) + 12 * 3600 for month in range(3, 7))


def test_an_event_counts_in_the_period_that_held_it(database: Database, account: str) -> None:
    database.open(account)
    deps = database.deps(clock=FixedClock(APRIL + DAY))

    count_usage(deps, account, [an_event("e1", at=APRIL - 1), an_event("e2", quantity=2, at=APRIL)])
    count_usage(deps, account, [an_event("e3", quantity=4, at=MARCH)])

    state = assert_sound(database, account)
    [closed] = database.store().closed_periods(account)
    assert (state.period, state.used["runs"]) == (Period(APRIL, MAY), 2)
    assert (closed.period, closed.used["runs"], closed.version) == (Period(MARCH, APRIL), 5, 2)


def test_a_late_event_counts_once(database: Database, account: str) -> None:
    database.open(account)
    deps = database.deps(clock=FixedClock(APRIL + DAY))
    count_usage(deps, account, [an_event("now", at=APRIL)])
    late = an_event("late", quantity=12, at=APRIL - 1)

    outcomes = [count_usage(each, account, [late]).outcomes for each in (deps, deps)]
    outcomes.append(count_usage(database.deps(clock=FixedClock(APRIL + DAY)), account, [late, late]).outcomes)

    assert outcomes == [[RECORDED], [DUPLICATE], [DUPLICATE, DUPLICATE]]
    [closed] = database.store().closed_periods(account)
    assert (closed.used["runs"], closed.credits_used["runs"]) == (12, 20)
    assert assert_sound(database, account).spent == 20


def test_a_late_event_is_not_lost_to_a_stale_read_of_its_period(model: Database, account: str) -> None:
    model.open(account)
    clock = FixedClock(APRIL + DAY)
    count_usage(model.deps(clock=clock), account, [an_event("now", at=APRIL)])
    stale = Stale(model, account)
    count_usage(model.deps(clock=clock), account, [an_event("late1", at=APRIL - 1)])
    wire = Recorded(stale)

    count_usage(model.deps(model.store(wire), clock), account, [an_event("late2", at=APRIL - 2)])

    assert assert_sound(model, account).used["runs"] == 1
    assert len(wire.writes) <= 3
    [closed] = model.store().closed_periods(account)
    assert closed.used["runs"] == 2


def test_a_late_event_in_a_month_that_was_idle_when_it_was_closed(database: Database, account: str) -> None:
    database.open(account)
    deps = database.deps(clock=FixedClock(JUNE))
    count_usage(deps, account, [an_event("now", at=JUNE)])

    outcomes = count_usage(deps, account, [an_event("late", at=MAY), an_event("too late", at=APRIL)]).outcomes

    assert outcomes == [RECORDED, OUT_OF_RANGE]
    assert [p.used["runs"] for p in database.store().closed_periods(account)] == [1, 0, 0]
    assert_sound(database, account)


def test_a_late_event_under_the_plan_that_was_then(database: Database, account: str) -> None:
    opened = database.open(account)
    store = database.store()
    store.commit(journal.begin(opened, NOW, OFFERS).anchored(NOW, OFFERS).setting(plan="team"))
    deps = database.deps(store, FixedClock(NOW + DAY))

    count_usage(deps, account, [an_event("before", quantity=12, at=NOW - 1), an_event("after", quantity=12, at=NOW)])

    state = assert_sound(database, account)
    [closed] = store.closed_periods(account)
    assert (closed.plan, closed.used["runs"], closed.credits_used["runs"]) == ("free", 12, 20)
    assert (state.plan, state.used["runs"], state.credits_used["runs"], state.spent) == ("team", 12, 0, 20)


def test_the_next_write_closes_a_period_as_a_reader_saw_it(database: Database, account: str) -> None:
    opened = database.open(account)
    count_usage(database.deps(), account, [an_event("e1", quantity=3), a_reading("g", 40)])
    seen = as_of(database.state(account), APRIL + DAY, OFFERS)

    deps = database.deps(clock=FixedClock(APRIL + DAY))
    count_usage(deps, account, [an_event("e2", at=APRIL + DAY)])

    state = assert_sound(database, account)
    assert (state.period, state.used) == (seen.period, {**seen.used, "runs": 1})
    assert state.anchor == opened.anchor


@pytest.mark.parametrize("days", [62, 400, 1500])
def test_an_account_wakes_after_a_long_sleep(database: Database, account: str, days: int) -> None:
    database.open(account)
    count_usage(database.deps(), account, [an_event("before", quantity=7), a_reading("g", 40)])
    now = CREATED + days * DAY

    outcomes = count_usage(
        database.deps(clock=FixedClock(now)), account, [an_event(f"{back}", at=now - back * DAY) for back in range(37)]
    ).outcomes

    assert outcomes == [RECORDED] * 36 + [OUT_OF_RANGE]
    state = assert_sound(database, account)
    assert state.period.holds(now)
    assert state.used["storage"] == 40


@pytest.mark.parametrize(
    ("reason", "at", "outcome"),
    [
        ("the accounts first second", CREATED, RECORDED),
        ("a second before it", CREATED - 1, OUT_OF_RANGE),
        ("a clock that is five minutes ahead", NOW + 300, RECORDED),
        ("one that is off by more", NOW + 301, OUT_OF_RANGE),
    ],
)
def test_takes_events_of_the_accounts_life(
    database: Database, account: str, reason: str, at: Instant, outcome: str
) -> None:
    database.open(account)

    assert count_usage(database.deps(), account, [an_event("e1", at=at)]).outcomes == [outcome], reason


def test_an_event_from_a_fast_clock_counts_in_the_period_that_we_are_in(database: Database, account: str) -> None:
    database.open(account)

    count_usage(database.deps(clock=FixedClock(APRIL - 10)), account, [an_event("e1", at=APRIL + 200)])

    state = assert_sound(database, account)
    assert (state.period.start, state.used["runs"]) == (MARCH, 1)


def test_an_event_of_35_days_ago_is_taken_and_a_second_older_is_not(database: Database, account: str) -> None:
    database.open(account, at=NOW - 100 * DAY)

    outcomes = count_usage(
        database.deps(), account, [an_event("e1", at=NOW - WINDOW), an_event("e2", at=NOW - WINDOW - 1)]
    ).outcomes

    assert outcomes == [RECORDED, OUT_OF_RANGE]


def test_events_of_an_unknown_account_are_refused_before_anything_is_written(model: Database) -> None:
    wire = Recorded(model.wire)

    with pytest.raises(UnknownAccount):
        count_usage(model.deps(model.store(wire)), "nobody", [an_event()])

    assert wire.writes == []


def test_nothing_new_writes_nothing(database: Database, account: str) -> None:
    database.open(account)
    deps = database.deps()
    count_usage(deps, account, [an_event("e1")])
    before = database.items(account)

    outcomes = count_usage(deps, account, [an_event("e1"), an_event("old", at=CREATED - 1)]).outcomes

    assert outcomes == [DUPLICATE, OUT_OF_RANGE]
    assert database.items(account) == before


def test_gives_up_after_a_bound_and_says_so(model: Database, account: str) -> None:
    model.open(account)
    wire = Struck(model.wire, *[refused("ConditionalCheckFailedException")] * 99)

    with pytest.raises(Busy):
        count_usage(model.deps(model.store(wire)), account, [an_event()])

    assert wire.strikes == TRIES


def test_a_notice_is_written_with_the_usage_that_causes_it(database: Database, account: str) -> None:
    database.open(account)
    deps = database.deps()
    for k in range(12):
        count_usage(deps, account, [an_event(f"e{k}")])

    told = [(entry.number, notice.kind) for entry in database.entries(account) for notice in entry.notices]

    assert told == [(1, "usage_warning"), (2, "limit_reached")]
    assert_sound(database, account)
