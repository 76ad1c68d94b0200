"""Usage in one write: which branch is taken, what it reads, and the condition of a commit."""

from dataclasses import replace

import pytest

from chalicelib.actions.count_usage import RECORDED, count_usage
from chalicelib.domain import journal
from chalicelib.domain.periods import DAY
from chalicelib.domain.usage import UsageEvent
from chalicelib.errors import ConditionFailed
from tests.adapters.dynamo.wires import Recorded
from tests.invariants import assert_sound
from tests.offers import OFFERS
from tests.stores import Database, FixedClock
from tests.usage_builders import CREATED, NOW, a_reading, an_event, counting, granting

ONE_UPDATE, ONE_TRANSACTION = ["UpdateItem"], ["TransactWriteItems"]
APRIL = CREATED + 31 * DAY


def written(database: Database, account: str, *events: UsageEvent, now: int = NOW) -> list[str]:
    """The writes that counting these takes in a process that knows the account."""
    wire = Recorded(database.wire)
    store = database.store(wire)
    store.state(account, consistent=True)
    assert set(count_usage(database.deps(store, FixedClock(now)), account, events).outcomes) == {RECORDED}
    return wire.writes


@pytest.mark.parametrize(
    ("reason", "used", "event", "writes"),
    [
        ("short of the warning", 6, an_event(), ONE_UPDATE),
        ("onto the warning", 7, an_event(), ONE_TRANSACTION),
        ("between warning and limit", 8, an_event(), ONE_UPDATE),
        ("onto the limit", 9, an_event(), ONE_TRANSACTION),
        ("straddling the limit", 9, an_event(quantity=2), ONE_TRANSACTION),
        ("on credits from the first unit", 10, an_event(), ONE_UPDATE),
        ("far into credits", 500, an_event(quantity=99), ONE_UPDATE),
        ("from nothing past everything", 0, an_event(quantity=99), ONE_TRANSACTION),
        ("unlimited", 0, an_event(meter="events", quantity=10**9), ONE_UPDATE),
        ("a gauge short of its warning", 0, a_reading("g", 89), ONE_UPDATE),
        ("a gauge onto its warning", 0, a_reading("g", 90), ONE_TRANSACTION),
        ("a late event", 0, an_event(at=CREATED - 1), ONE_TRANSACTION),
        ("the first of a new period", 0, an_event(at=APRIL), ONE_TRANSACTION),
    ],
)
def test_ordinary_usage_is_one_update_and_what_crosses_a_level_closes(
    database: Database, account: str, reason: str, used: int, event: UsageEvent, writes: list[str]
) -> None:
    database.open(account, at=CREATED - 31 * DAY if event.at < CREATED else CREATED)
    if used:
        count_usage(database.deps(), account, [an_event("before", quantity=used)])

    assert written(database, account, event, now=max(NOW, event.at)) == writes, reason

    assert_sound(database, account)


def test_a_warm_process_reads_nothing(database: Database, account: str) -> None:
    database.open(account)
    wire = Recorded(database.wire)
    deps = database.deps(database.store(wire))
    count_usage(deps, account, [an_event("first")])
    wire.calls.clear()

    for k in range(5):
        count_usage(deps, account, [an_event(f"e{k}", "events")])

    assert wire.operations == ["UpdateItem"] * 5


def test_a_cold_process_reads_the_state_and_the_entries_once(database: Database, account: str) -> None:
    database.open(account)
    wire = Recorded(database.wire)

    count_usage(database.deps(database.store(wire)), account, [an_event()])

    assert wire.operations == ["GetItem", "Query", "UpdateItem"]


def test_ordinary_usage_commutes_so_an_old_memory_is_good_enough(database: Database, account: str) -> None:
    database.open(account)
    wire = Recorded(database.wire)
    deps = database.deps(database.store(wire))
    count_usage(deps, account, [an_event("first", "events"), a_reading("g", 0)])
    others = database.deps()
    for k in range(5):
        count_usage(others, account, [an_event(f"o{k}", "events"), a_reading(f"g{k}", k)])
    wire.calls.clear()

    count_usage(deps, account, [an_event("mine", "events")])

    assert wire.operations == ["UpdateItem"]
    assert assert_sound(database, account).used["events"] == 7


# -- the commit's conditions


def test_a_change_is_committed_once_and_on_the_state_that_was_read(database: Database, account: str) -> None:
    database.open(account)
    store = database.store()
    before = database.state(account)
    store.commit(granting(journal.begin(before, NOW, OFFERS), "p1", 100))

    with pytest.raises(ConditionFailed) as failed:
        store.commit(granting(journal.begin(before, NOW, OFFERS), "p2", 100))

    assert store.current_state(failed.value) == database.state(account)
    assert assert_sound(database, account).granted == 100


def test_a_late_event_is_counted_on_the_closed_period_as_it_stands(database: Database, account: str) -> None:
    database.open(account)
    clock = FixedClock(APRIL + 60)
    deps = database.deps(clock=clock)
    count_usage(deps, account, [an_event("e1", at=APRIL - 5, quantity=9), an_event("e2", at=APRIL)])
    state = database.state(account)
    [period] = database.store().closed_periods(account, consistent=True)
    assert period.version == state.entries - 1
    count_usage(deps, account, [an_event("e3", at=APRIL - 4)])

    stale = replace(counting(database.state(account), now=clock.at), periods={period.period.start: period})
    with pytest.raises(ConditionFailed) as failed:
        database.store().commit(stale, usage=True)

    assert database.store().current_state(failed.value) is None
    count_usage(deps, account, [an_event("e4", quantity=2, at=APRIL - 3), an_event("e4", quantity=2, at=APRIL - 3)])
    [period] = database.store().closed_periods(account)
    assert (period.used["runs"], period.credits_used["runs"]) == (12, 20)
    assert assert_sound(database, account).spent == 20


def test_late_events_reach_every_period_of_the_window_however_many_were_cut_short(
    database: Database, account: str
) -> None:
    state = database.open(account)
    store, cuts = database.store(), 6
    for k in range(1, cuts + 1):
        at = CREATED + k * DAY
        state = store.commit(journal.begin(state, at, OFFERS).anchored(at, OFFERS))
    clock = FixedClock(CREATED + 30 * DAY)

    late = [an_event(f"e{k}", at=CREATED + k * DAY) for k in range(cuts)]
    outcomes = [count_usage(database.deps(clock=clock), account, [each]).outcomes for each in late]

    assert outcomes == [[RECORDED]] * cuts
    assert [each.used["runs"] for each in database.store().closed_periods(account)] == [1] * cuts
    assert_sound(database, account)


def test_of_an_ordinary_account_the_closed_periods_are_one_short_read(model: Database, account: str) -> None:
    state, store = model.open(account), model.store()
    for k in range(1, 7):
        state = store.commit(journal.begin(state, CREATED + k * 31 * DAY, OFFERS))
    wire = Recorded(model.wire)

    model.store(wire).closed_periods(account)

    assert [(operation, request["Limit"]) for operation, request in wire.calls] == [("Query", 4)]
