"""The journal through time: a period that has ended is closed, and a first subscription cuts one."""

from dataclasses import replace

import pytest

from chalicelib.domain import journal
from chalicelib.domain.accounts import ClosedPeriod, State
from chalicelib.domain.journal import Change
from chalicelib.domain.periods import DAY, Instant, Period, day_of, day_start
from chalicelib.domain.recharge import Recharge
from tests.offers import OFFERS
from tests.usage_builders import CREATED, NOW, a_state, named

NOON = 12 * 3600
MARCH, APRIL, MAY, JUNE, JULY = (day_start(2026, month, 10) + NOON for month in (3, 4, 5, 6, 7))


def begun(state: State, now: Instant) -> Change:
    return journal.begin(state, now, OFFERS)


def anchored(state: State, at: Instant, now: Instant) -> Change:
    return begun(state, now).anchored(at, OFFERS)


# -- beginning: what is open, and a period that has ended


def test_begins_with_what_the_open_entry_holds() -> None:
    state = a_state(open_ids=frozenset({named("e1")}), open_sums={(day_of(NOW), "runs"): (3, 20)})

    change = begun(state, NOW)

    assert change.ids == {named("e1")}
    assert change.sums == {(MARCH, day_of(NOW), "runs"): (3, 20)}
    assert change.periods == {}


@pytest.mark.parametrize(
    ("reason", "now", "current", "closed"),
    [
        ("the last second of the period", APRIL - 1, MARCH, []),
        ("its end is the next one's start", APRIL, APRIL, [MARCH]),
        ("an empty month between is kept", MAY, MAY, [MARCH, APRIL]),
        ("two are", JUNE, JUNE, [MARCH, APRIL, MAY]),
        ("of more the last two, since events come 35 days late at most", JULY, JULY, [MARCH, MAY, JUNE]),
        ("a long sleep", day_start(2028, 3, 10) + NOON, day_start(2028, 3, 10) + NOON, [MARCH, -1, -1]),
    ],
)
def test_closes_the_period_that_has_ended(reason: str, now: Instant, current: Instant, closed: list[Instant]) -> None:
    state = a_state(used={"runs": 7, "storage": 50})

    change = begun(state, now)

    assert change.after.period.start == current, reason
    assert len(change.periods) == len(closed)
    assert all(start in change.periods for start in closed if start > 0)
    assert all(start == period.period.start for start, period in change.periods.items())
    assert change.after.used["runs"] == (0 if closed else 7)
    assert change.after.used["storage"] == 50
    assert all(p.used["runs"] == (7 if start == MARCH else 0) for start, p in change.periods.items())
    assert all(p.used["storage"] == 50 for p in change.periods.values())


@pytest.mark.parametrize("days", [31, 60, 62, 100, 500])
def test_every_instant_at_which_an_event_may_have_happened_has_a_period(days: int) -> None:
    now = CREATED + days * DAY

    change = begun(a_state(), now)

    held = [*(p.period for p in change.periods.values()), change.after.period]
    assert all(any(p.holds(now - back * DAY) for p in held) for back in range(min(36, days + 1)))


# -- a first subscription


def test_what_a_recharge_was_charged_in_a_period_cut_short_still_counts_until_the_next_ends() -> None:
    own = Recharge(True, threshold=0, price=500, limit=5_000, spent=500)

    once = anchored(a_state(recharge=own), NOW, NOW + DAY)
    twice = replace(once, now=NOW + 2 * DAY).anchored(NOW + DAY, OFFERS)
    later = anchored(a_state(recharge=own), NOW, MAY)

    assert [each.after.recharge for each in (once, twice)] == [replace(own, since=MARCH)] * 2
    assert twice.after.period.start > once.after.period.start > MARCH
    assert later.after.recharge == replace(own, spent=0)


def test_a_first_subscription_ends_the_period_and_starts_at_zero() -> None:
    change = anchored(a_state(used={"runs": 7, "storage": 50}), at=NOW, now=NOW + 5)

    assert change.periods == {
        MARCH: ClosedPeriod(
            Period(MARCH, NOW), "free", {**a_state().used, "runs": 7, "storage": 50}, a_state().credits_used
        )
    }
    assert change.after.anchor == NOW
    assert change.after.period == Period(NOW, day_start(2026, 4, 15) + NOON)
    assert (change.after.used["runs"], change.after.used["storage"]) == (0, 50)


def test_an_anchor_whose_month_began_before_the_period_moves_only_its_end() -> None:
    earlier = anchored(a_state(used={"runs": 7}), MARCH - 5 * DAY, NOW)

    assert (earlier.after.period, earlier.periods) == (Period(MARCH, APRIL - 5 * DAY), {})
    assert earlier.after.used["runs"] == 7


def test_an_anchor_whose_month_began_in_the_period_ends_it_there() -> None:
    late = anchored(a_state(used={"runs": 7, "storage": 50}), MARCH - 25 * DAY, NOW)

    began = day_start(2026, 3, 13) + NOON
    assert (late.after.anchor, late.after.period) == (MARCH - 25 * DAY, Period(began, day_start(2026, 4, 13) + NOON))
    assert (late.after.used["runs"], late.after.used["storage"]) == (0, 50)
    assert [(each.period, each.used["runs"]) for each in late.periods.values()] == [(Period(MARCH, began), 7)]


def test_an_anchor_a_whole_month_before_the_period_leaves_it_as_it_is() -> None:
    late = anchored(a_state(used={"runs": 7}), day_start(2026, 2, 10) + NOON, NOW)

    assert (late.after.period, late.periods) == (Period(MARCH, APRIL), {})
    assert late.after.used["runs"] == 7


def test_an_anchor_at_the_start_of_an_unused_period_leaves_it_whole() -> None:
    same = anchored(a_state(), MARCH, NOW)

    assert (same.after.period, same.periods) == (Period(MARCH, APRIL), {})


def test_what_was_used_in_the_second_of_the_anchor_is_closed_with_it() -> None:
    same = anchored(a_state(used={"runs": 7}), MARCH, NOW)

    assert (same.after.anchor, same.after.period) == (MARCH, Period(MARCH + 1, APRIL))
    assert same.after.used["runs"] == 0
    assert same.periods[MARCH].period == Period(MARCH, MARCH + 1)
    assert same.periods[MARCH].used["runs"] == 7


def test_an_anchor_ahead_of_our_clock_ends_the_period_there() -> None:
    change = anchored(a_state(), at=NOW + 30, now=NOW)

    assert change.periods[MARCH].period == Period(MARCH, NOW + 30)
    assert change.after.period.start == NOW + 30


def test_an_anchor_after_a_roll_closes_both_periods() -> None:
    change = anchored(a_state(used={"runs": 7}), at=APRIL + DAY, now=APRIL + 2 * DAY)

    assert {start: p.period.end for start, p in change.periods.items()} == {MARCH: APRIL, APRIL: APRIL + DAY}
    assert change.periods[MARCH].used["runs"] == 7
    assert change.after.period.start == APRIL + DAY
