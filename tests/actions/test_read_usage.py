"""The bars of any period of an account's life, whether somebody has closed it yet or not."""

import pytest

from chalicelib.actions.count_usage import count_usage
from chalicelib.actions.read_usage import read_usage
from chalicelib.deps import Deps
from chalicelib.domain import journal
from chalicelib.domain.entitlements import Bar
from chalicelib.domain.periods import DAY, Instant, Period, day_start
from chalicelib.errors import Invalid, UnknownAccount
from tests.adapters.dynamo.wires import Stale
from tests.offers import OFFERS
from tests.stores import Database, FixedClock
from tests.usage_builders import CREATED, NOW, a_reading, an_event

MARCH, APRIL, MAY, JUNE, JULY, AUGUST = (day_start(2026, month, 10) + 12 * 3600 for month in range(3, 9))
NEXT = {MARCH: APRIL, APRIL: MAY, MAY: JUNE, JUNE: JULY, JULY: AUGUST}


def used(deps: Deps, account: str, at: Instant | None, meter: str = "runs") -> tuple[Period, int]:
    period, bars = read_usage(deps, account, at)
    return period, {bar.meter: bar.used for bar in bars}[meter]


def test_shows_every_meter_with_its_limit(database: Database, account: str) -> None:
    database.open(account)
    deps = database.deps()
    count_usage(deps, account, [an_event("e1", quantity=8), an_event("e2", "events"), a_reading("g", 40)])

    period, bars = read_usage(deps, account, None)

    assert period == Period(MARCH, APRIL)
    assert bars == [
        Bar("runs", 8, 10, 2, "warning"),
        Bar("calls", 0, 20, 20, "ok"),
        Bar("sessions", 0, 5, 5, "ok"),
        Bar("events", 1, None, None, "ok"),
        Bar("storage", 40, 100, 60, "ok"),
    ]


@pytest.mark.parametrize(
    ("reason", "now", "at", "start", "runs", "storage"),
    [
        ("now", NOW, None, MARCH, 7, 40),
        ("an instant in this period", NOW, MARCH, MARCH, 7, 40),
        ("later in this period", NOW, APRIL - 1, MARCH, 7, 40),
        ("a new period that nobody has opened", APRIL, None, APRIL, 0, 40),
        ("the one before, which nobody has closed", APRIL, APRIL - 1, MARCH, 7, 40),
        ("months later, still not closed", JULY, NOW, MARCH, 7, 40),
        ("a month between in which nothing happened", JULY, MAY, MAY, 0, 40),
    ],
)
def test_a_period_that_nobody_closed_is_read_as_it_was(
    model: Database,
    account: str,
    reason: str,
    *,
    now: Instant,
    at: Instant | None,
    start: Instant,
    runs: int,
    storage: int,
) -> None:
    model.open(account)
    count_usage(model.deps(), account, [an_event("e1", quantity=7), a_reading("g", 40)])
    deps = model.deps(clock=FixedClock(now))

    assert used(deps, account, at) == (Period(start, NEXT[start]), runs), reason
    assert used(deps, account, at, "storage")[1] == storage


@pytest.mark.parametrize(
    ("reason", "at", "start", "runs"),
    [
        ("the first", MARCH, MARCH, 7),
        ("the last second of the first", APRIL - 1, MARCH, 7),
        ("a month of which nothing was kept", APRIL, APRIL, 0),
        ("its last second", MAY - 1, APRIL, 0),
        ("an empty month that was kept", MAY, MAY, 0),
        ("the one before this", JUNE, JUNE, 0),
        ("this one", JULY, JULY, 2),
    ],
)
def test_closed_periods_are_found_by_any_instant_in_them(
    database: Database, account: str, reason: str, at: Instant, start: Instant, runs: int
) -> None:
    database.open(account)
    count_usage(database.deps(), account, [an_event("e1", quantity=7), a_reading("g", 40)])
    deps = database.deps(clock=FixedClock(JULY + DAY))
    count_usage(deps, account, [an_event("e2", quantity=2, at=JULY + DAY)])

    assert used(deps, account, at) == (Period(start, NEXT[start]), runs), reason
    assert used(deps, account, at, "storage")[1] == 40


JANUARY, END_OF_FEBRUARY, END_OF_MARCH = (day_start(2026, 1, 31), day_start(2026, 2, 28), day_start(2026, 3, 31))
IN_AUGUST = day_start(2026, 8, 20)


@pytest.mark.parametrize(
    ("reason", "subscribes"), [("it never bought anything", False), ("it has other months since it subscribed", True)]
)
@pytest.mark.parametrize("at", [END_OF_FEBRUARY, day_start(2026, 3, 29), END_OF_MARCH - 1])
def test_idle_months_of_an_account_from_the_31st_end_on_the_31st_again(
    model: Database, account: str, reason: str, at: Instant, *, subscribes: bool
) -> None:
    state, store = model.open(account, at=JANUARY), model.store()
    count_usage(model.deps(clock=FixedClock(JANUARY)), account, [an_event("e1", quantity=7, at=JANUARY)])
    change = journal.begin(model.state(account), IN_AUGUST, OFFERS)
    store.commit(change.anchored(IN_AUGUST, OFFERS) if subscribes else change)

    found = used(model.deps(clock=FixedClock(IN_AUGUST)), account, at)

    assert state.period == Period(JANUARY, END_OF_FEBRUARY)
    assert found == (Period(END_OF_FEBRUARY, END_OF_MARCH), 0), reason


def test_late_events_are_in_the_bars_of_their_period(database: Database, account: str) -> None:
    database.open(account)
    deps = database.deps(clock=FixedClock(APRIL + DAY))
    count_usage(deps, account, [an_event("e1", at=APRIL)])

    count_usage(deps, account, [an_event("late", quantity=3, at=APRIL - 1)])

    assert used(deps, account, NOW) == (Period(MARCH, APRIL), 3)
    assert used(deps, account, None) == (Period(APRIL, MAY), 1)


@pytest.mark.parametrize("at", [CREATED - 1, APRIL, 0, -1, 2**53])
def test_refuses_an_instant_outside_the_accounts_life(model: Database, account: str, at: Instant) -> None:
    model.open(account)

    with pytest.raises(Invalid) as refused:
        read_usage(model.deps(), account, at)

    assert [problem.field for problem in refused.value.problems] == ["at"]


def test_an_account_that_was_opened_just_now_is_found(model: Database, account: str) -> None:
    before = Stale(model, account)
    model.open(account)

    assert used(model.deps(model.store(before)), account, None) == (Period(MARCH, APRIL), 0)
    with pytest.raises(UnknownAccount):
        read_usage(model.deps(), "nobody", None)
