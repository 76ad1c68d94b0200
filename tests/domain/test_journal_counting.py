"""How events move counters and gauges, and what is told of it."""

from dataclasses import replace

import pytest

from chalicelib.domain import journal
from chalicelib.domain.accounts import ClosedPeriod, State
from chalicelib.domain.counting import counting as count_all
from chalicelib.domain.counting import moved, tally_at
from chalicelib.domain.journal import Change
from chalicelib.domain.periods import DAY, Instant, Period, day_of, day_start
from chalicelib.domain.usage import UsageEvent
from tests.offers import OFFERS
from tests.usage_builders import NOW, a_state, an_event, counting, named

NOON = 12 * 3600
MARCH, APRIL, MAY = (day_start(2026, month, 10) + NOON for month in (3, 4, 5))


def begun(state: State, now: Instant) -> Change:
    return journal.begin(state, now, OFFERS)


# -- counting


def test_counts_each_event_at_what_the_ones_before_it_left() -> None:
    change = counting(a_state(used={"runs": 8}), an_event("e1", quantity=2), an_event("e2", quantity=3))

    assert change.after.used["runs"] == 13
    assert (change.after.spent, change.after.credits_used["runs"]) == (30, 30)
    assert change.sums == {(MARCH, day_of(NOW), "runs"): (5, 30)}
    assert change.ids == {named("e1"), named("e2")}


def test_sums_up_by_day_and_meter() -> None:
    change = counting(
        a_state(), an_event("e1", at=NOW - DAY), an_event("e2"), an_event("e3"), an_event("e4", meter="events")
    )

    today = day_of(NOW)
    assert change.sums == {
        (MARCH, today - 1, "runs"): (1, 0),
        (MARCH, today, "runs"): (2, 0),
        (MARCH, today, "events"): (1, 0),
    }


def test_a_late_event_counts_in_the_period_that_held_it_under_that_periods_plan() -> None:
    state = a_state(plan="team", used={"runs": 99})
    late = an_event("late", quantity=3, at=APRIL - 1)
    tally = ClosedPeriod(Period(MARCH, APRIL), "free", {"runs": 9}, {"runs": 0}, version=4)
    state = replace(state, period=Period(APRIL, MAY))

    begun_late = replace(begun(state, APRIL + DAY), periods={MARCH: tally})
    change = count_all(begun_late, {named("late"): late}, OFFERS)

    assert change.periods[MARCH] == replace(tally, used={"runs": 12}, credits_used={"runs": 20})
    assert change.after.used["runs"] == 99
    assert change.after.spent == 20
    assert change.sums == {(MARCH, day_of(APRIL - 1), "runs"): (3, 20)}


def test_what_no_known_period_holds_is_counted_in_none() -> None:
    change = replace(begun(a_state(), APRIL + DAY), periods={})

    assert tally_at(change, APRIL) == change.after
    assert tally_at(change, APRIL - 1) is None
    with pytest.raises(LookupError):
        count_all(change, {named("late"): an_event("late", at=APRIL - 1)}, OFFERS)


@pytest.mark.parametrize(("why", "at"), [("now", APRIL), ("late", APRIL - 1)])
def test_what_was_moved_and_moved_back_leaves_the_counters_as_they_were(why: str, at: Instant) -> None:
    change = begun(a_state(used={"runs": 8}), APRIL + DAY)

    for quantity, credits in ((5, 30), (-5, -30)):
        tally = tally_at(change, at)
        assert tally is not None
        before, change = change, moved(change, tally, at, "runs", quantity, credits)
        assert change.after.spent == before.after.spent + credits, why

    assert tally_at(change, at) == tally_at(begun(a_state(used={"runs": 8}), APRIL + DAY), at)
    assert set(change.sums.values()) == {(0, 0)}


def test_the_second_at_which_a_period_ends_counts_in_the_next() -> None:
    change = counting(a_state(), an_event("e1", at=APRIL - 1), an_event("e2", at=APRIL), now=APRIL + 5)

    assert change.periods[MARCH].used["runs"] == 1
    assert change.after.used["runs"] == 1
    assert change.sums == {(MARCH, day_of(APRIL), "runs"): (1, 0), (APRIL, day_of(APRIL), "runs"): (1, 0)}


def test_usage_that_is_recorded_may_leave_a_debt() -> None:
    change = counting(a_state(used={"runs": 10}, granted=5), an_event("e1"))

    assert change.after.balance == -5


def test_an_event_without_quantity_leaves_the_counters_alone() -> None:
    change = counting(a_state(), UsageEvent("e1", "runs", NOW))

    assert change.after == a_state()
    assert change.ids == {named("e1")}
