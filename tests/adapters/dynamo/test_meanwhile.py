"""Others write between our read and our write: usage, grants, plan changes, other askers, a fence."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chalicelib.actions.change_account import LOSSES_BEFORE_FENCE
from chalicelib.actions.consume import consume
from chalicelib.actions.correct_usage import correct_usage
from chalicelib.actions.count_usage import RECORDED, count_usage
from chalicelib.actions.place_hold import place_hold
from chalicelib.domain import journal
from chalicelib.domain.corrections import Correction
from chalicelib.domain.days import sums_of
from chalicelib.domain.periods import DAY, day_of
from chalicelib.domain.usage import UsageEvent
from chalicelib.errors import Busy, NotEnoughCredits, Unavailable
from tests.adapters.dynamo.wires import Struck, meanwhile, refused
from tests.invariants import assert_sound
from tests.offers import OFFERS
from tests.stores import Database, FixedClock
from tests.usage_builders import CREATED, NOW, a_reading, an_event, granting

APRIL = CREATED + 31 * DAY
Pairs = Sequence[tuple[int, int]]


def a_plan_change(database: Database, account: str) -> Callable[[], object]:
    store = database.store()

    def change() -> None:
        state = store.state(account, consistent=True)
        assert state is not None
        store.commit(journal.begin(state, NOW, OFFERS).setting(plan="team").because("test"))

    return change


def a_grant(database: Database, account: str, credits: int = 100, cause: str = "p1") -> Callable[[], object]:
    store = database.store()

    def grant() -> None:
        state = store.state(account, consistent=True)
        assert state is not None
        store.commit(granting(journal.begin(state, NOW, OFFERS), cause, credits, store.lots(state) or ()))

    return grant


def usage(database: Database, account: str, *events: UsageEvent) -> Callable[[], object]:
    return lambda: count_usage(database.deps(), account, events)


@pytest.mark.parametrize(
    ("reason", "used", "mine", "theirs", "end"),
    [
        ("mine crosses because of theirs", 0, 5, 4, {"used": 9, "spent": 0, "told": ["usage_warning"]}),
        ("both short of it", 0, 3, 4, {"used": 7, "spent": 0, "told": []}),
        ("theirs crossed before mine", 0, 1, 8, {"used": 9, "spent": 0, "told": ["usage_warning"]}),
        ("the limit falls between us", 8, 1, 1, {"used": 10, "spent": 0, "told": ["usage_warning", "limit_reached"]}),
        ("what I thought included is beyond", 8, 1, 5, {"used": 14, "spent": 40}),
        ("what I thought would straddle is all beyond", 9, 3, 1, {"used": 13, "spent": 30}),
        ("both on credits", 10, 2, 3, {"used": 15, "spent": 50}),
    ],
)
def test_what_others_count_meanwhile_is_counted_on(
    database: Database, account: str, reason: str, *, used: int, mine: int, theirs: int, end: dict[str, Any]
) -> None:
    database.open(account)
    if used:
        count_usage(database.deps(), account, [an_event("before", quantity=used)])
    store = database.store(
        Struck(database.wire, meanwhile(usage(database, account, an_event("theirs", quantity=theirs))))
    )
    store.state(account, consistent=True)

    count_usage(database.deps(store), account, [an_event("mine", quantity=mine)])

    state = assert_sound(database, account)
    told = [notice.kind for entry in database.entries(account) for notice in entry.notices]
    seen = {"used": state.used["runs"], "spent": state.spent, "told": told}
    assert seen == {"told": seen["told"], **end}, reason


def test_a_plan_that_changed_meanwhile_decides_what_usage_costs(database: Database, account: str) -> None:
    database.open(account)
    count_usage(database.deps(), account, [an_event("before", quantity=10)])
    store = database.store(Struck(database.wire, meanwhile(a_plan_change(database, account))))

    count_usage(database.deps(store), account, [an_event("mine", quantity=5)])

    state = assert_sound(database, account)
    assert (state.plan, state.used["runs"], state.spent) == ("team", 15, 0)


def test_a_grant_meanwhile_keeps_the_usage_and_the_credits(database: Database, account: str) -> None:
    database.open(account)
    count_usage(database.deps(), account, [an_event("before", quantity=10)])
    store = database.store(Struck(database.wire, meanwhile(a_grant(database, account))))

    count_usage(database.deps(store), account, [an_event("mine", quantity=5)])

    state = assert_sound(database, account)
    assert (state.granted, state.spent, state.balance) == (100, 50, 50)


def test_a_period_that_another_process_closed_meanwhile_is_closed_once(database: Database, account: str) -> None:
    database.open(account)
    clock = FixedClock(APRIL + 60)
    count_usage(database.deps(), account, [an_event("before", quantity=9)])

    def roll() -> None:
        count_usage(database.deps(clock=clock), account, [an_event("theirs", at=APRIL)])

    store = database.store(Struck(database.wire, meanwhile(roll)))
    late = an_event("late", quantity=3, at=APRIL - 1)
    count_usage(database.deps(store, clock), account, [an_event("mine", at=APRIL), late])

    state = assert_sound(database, account)
    assert state.used["runs"] == 2
    assert [(p.used["runs"], p.credits_used["runs"]) for p in database.store().closed_periods(account)] == [(12, 20)]


def test_the_newest_of_two_gauge_values_wins_whoever_writes_first(database: Database, account: str) -> None:
    database.open(account)
    newer, older = a_reading("new", 10, at=NOW), a_reading("old", 40, at=NOW - 60)
    store = database.store(Struck(database.wire, meanwhile(usage(database, account, newer))))
    store.state(account, consistent=True)

    count_usage(database.deps(store), account, [older])

    state = assert_sound(database, account)
    assert (state.used["storage"], state.gauged_at["storage"]) == (10, NOW)


@pytest.mark.parametrize(
    ("reason", "theirs", "mine", "days"),
    [
        ("what I set was there before theirs", [(60, 7)], [(10, 5)], [(0, 5)]),
        ("theirs is between mine of two days", [(DAY - 50, 7)], [(DAY + 60, 6), (10, 5)], [(1, 7), (0, 5)]),
        ("theirs is of the instant that I read", [(DAY + 100, 7)], [(10, 8)], [(1, 7), (0, 8)]),
    ],
)
def test_the_last_gauge_value_of_each_day_is_kept_whoever_writes_first(
    model: Database, account: str, reason: str, *, theirs: Pairs, mine: Pairs, days: Pairs
) -> None:
    def readings(name: str, pairs: Pairs) -> list[UsageEvent]:
        return [a_reading(f"{name}{k}", value, at=NOW - back) for k, (back, value) in enumerate(pairs)]

    model.open(account)
    known = DAY + 100 if days[0][0] else 100
    usage(model, account, a_reading("first", 5, at=NOW - known))()
    store = model.store(Struck(model.wire, meanwhile(usage(model, account, *readings("theirs", theirs)))))
    store.state(account, consistent=True)

    count_usage(model.deps(store), account, readings("mine", mine))

    sums = assert_sound(model, account).open_sums
    kept = {key: both for entry in model.entries(account) for key, both in sums_of(entry).items()} | dict(sums)
    assert {day: value for (day, _), (value, _) in kept.items()} == {day_of(NOW) - k: v for k, v in days}, reason


# -- consume asks first


@pytest.mark.parametrize(
    ("reason", "before", "meter", "credits", "mine", "theirs", "allowed", "used"),
    [
        ("the last session", 4, "sessions", 0, 1, 1, False, 5),
        ("one for each", 3, "sessions", 0, 1, 1, True, 5),
        ("the last credits", 10, "runs", 50, 3, 5, False, 15),
        ("credits for both", 10, "runs", 80, 3, 5, True, 18),
        ("the last call that goes on", 28, "calls", 0, 2, 2, False, 30),
        ("calls for both", 26, "calls", 0, 2, 2, True, 30),
    ],
)
def test_of_two_that_ask_for_the_last_unit_one_gets_it(
    database: Database,
    account: str,
    reason: str,
    *,
    before: int,
    meter: str,
    credits: int,
    mine: int,
    theirs: int,
    used: int,
    allowed: bool,
) -> None:
    database.open(account)
    count_usage(database.deps(), account, [an_event("before", meter, before - 1)])
    if credits:
        a_grant(database, account, credits)()
    # With usage of the same day in the open entry nothing but the limit itself can stop the second.
    count_usage(database.deps(), account, [an_event("before too", meter), an_event("else", "events")])

    def other() -> None:
        assert consume(database.deps(), account, an_event("theirs", meter, theirs), dry_run=False).recorded

    store = database.store(Struck(database.wire, meanwhile(other)))
    store.state(account, consistent=True)

    decision = consume(database.deps(store), account, an_event("mine", meter, mine), dry_run=False)

    assert (decision.allowed, decision.recorded) == (allowed, allowed), reason
    state = assert_sound(database, account)
    assert state.used[meter] == used
    assert state.balance >= 0


# -- the fence


def test_a_fence_holds_usage_back_until_its_instant_and_lets_other_writes_through(
    database: Database, account: str
) -> None:
    database.open(account)
    store = database.store()
    store.fence(account, NOW + 10)

    with pytest.raises(Busy):
        count_usage(database.deps(), account, [an_event("e1")])
    with pytest.raises(Busy):
        count_usage(database.deps(), account, [an_event("e1", quantity=50)])
    after = count_usage(database.deps(clock=FixedClock(NOW + 10)), account, [an_event("e1")])

    assert after.outcomes == [RECORDED]
    store.fence(account, NOW + 60)
    a_grant(database, account)()
    assert count_usage(database.deps(), account, [an_event("e2", quantity=50)]).outcomes == [RECORDED]
    assert assert_sound(database, account).fence is None


def test_usage_waits_for_a_fenced_write_and_then_goes_on(moto: Database, account: str) -> None:
    moto.open(account)
    moto.store().fence(account, NOW + 10)
    store, waits = moto.store(), 0

    def wait(_seconds: float) -> None:
        nonlocal waits
        waits += 1
        if waits == 3:
            a_grant(moto, account)()

    deps = moto.deps(store)
    store.wait = wait  # type: ignore[method-assign] - the wait is where the other write gets its turn

    assert count_usage(deps, account, [an_event("e1")]).outcomes == [RECORDED]
    assert waits == 3


def test_a_change_that_is_refused_behind_its_fence_takes_the_fence_away(model: Database, account: str) -> None:
    model.open(account)
    a_grant(model, account)()
    available = model.state(account).available
    others = [meanwhile(a_plan_change(model, account))] * 2
    others.append(meanwhile(lambda: place_hold(model.deps(), account, "theirs", available, 600, "key:test")))
    wire = Struck(model.wire, *others, operations=frozenset({"TransactWriteItems"}))

    with pytest.raises(NotEnoughCredits):
        place_hold(model.deps(model.store(wire)), account, "ours", available, 600, "key:test")

    assert wire.strikes == LOSSES_BEFORE_FENCE
    assert count_usage(model.deps(), account, [an_event("e1", "calls")]).outcomes == [RECORDED]


def test_a_fence_that_is_taken_away_holds_no_process_back_whose_clock_is_behind(model: Database, account: str) -> None:
    model.open(account)
    behind = model.deps(clock=FixedClock(NOW - 60))
    model.store().fence(account, NOW)

    with pytest.raises(Busy):
        count_usage(behind, account, [an_event("e1")])
    model.store().lift(account)

    assert count_usage(behind, account, [an_event("e1")]).outcomes == [RECORDED]


def test_a_change_that_nobody_answers_behind_its_fence_takes_the_fence_away(model: Database, account: str) -> None:
    model.open(account)
    others = [meanwhile(a_grant(model, account))] * LOSSES_BEFORE_FENCE
    wire = Struck(
        model.wire, *others, refused("InternalServerError", 500), operations=frozenset({"TransactWriteItems"})
    )
    fix = Correction("fix", "calls", 1, NOW, "twice")
    count_usage(model.deps(), account, [an_event("e0", "calls")])

    with pytest.raises(Unavailable):
        correct_usage(model.deps(model.store(wire)), account, fix, "key:test")

    assert count_usage(model.deps(), account, [an_event("e1", "calls")]).outcomes == [RECORDED]
