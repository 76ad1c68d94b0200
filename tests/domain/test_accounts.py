from dataclasses import replace

import pytest

from chalicelib.domain.accounts import ClosedPeriod, as_of, closed, in_period, next_due
from chalicelib.domain.periods import DAY, Period, day_start
from tests.offers import OFFERS
from tests.usage_builders import CREATED, NOW, a_state

END = day_start(2026, 4, 10) + 12 * 3600
USED = a_state(used={"runs": 7, "storage": 50}, credits_used={"runs": 30})


def test_a_state_is_true_until_its_period_ends() -> None:
    assert as_of(USED, END - 1, OFFERS) is USED


def test_counters_start_again_with_the_period_and_gauges_stay() -> None:
    state = as_of(USED, END, OFFERS)

    assert state.period == Period(END, day_start(2026, 5, 10) + 12 * 3600)
    assert (state.used["runs"], state.used["storage"], state.credits_used["runs"]) == (0, 50, 0)
    assert (state.version, state.granted, state.spent) == (USED.version, USED.granted, USED.spent)


def test_a_long_idle_account_is_read_in_the_period_that_holds_now() -> None:
    state = as_of(USED, day_start(2027, 8, 1), OFFERS)

    assert state.period == Period(day_start(2027, 7, 10) + 12 * 3600, day_start(2027, 8, 10) + 12 * 3600)
    assert state.used["runs"] == 0


def test_a_meter_that_is_not_offered_any_more_does_not_come_back_as_a_gauge() -> None:
    state = in_period(replace(USED, used={"gone": 9, "runs": 1}), Period(END, END + DAY), OFFERS)

    assert state.used == {"gone": 0, "runs": 0}


def test_remembers_a_period_with_its_plan_and_counters() -> None:
    assert closed(USED) == ClosedPeriod(USED.period, "free", USED.used, USED.credits_used)


@pytest.mark.parametrize(
    ("reason", "standing", "until", "now", "said"),
    [
        ("good stays good", "good", None, NOW, "good"),
        ("grace while it lasts", "grace", NOW + 1, NOW, "grace"),
        ("grace is over at its instant, though nobody wrote it down", "grace", NOW, NOW, "none"),
        ("grace without an end", "grace", None, NOW, "grace"),
        ("none is none", "none", NOW + 1, NOW, "none"),
    ],
)
def test_grace_runs_out_by_itself(reason: str, standing: str, until: int | None, now: int, said: str) -> None:
    assert a_state(standing=standing, grace_until=until).standing_at(now) == said, reason


@pytest.mark.parametrize(("active", "over"), [(0, 0), (2, 0), (3, 0), (4, 1), (9, 6)])
def test_counts_the_members_without_a_seat(active: int, over: int) -> None:
    assert a_state(seats_bought=3, seats_active=active).seats_over == over


@pytest.mark.parametrize(
    ("reason", "plan", "standing", "until", "due"),
    [
        ("a free account can wait for ever", "free", "good", None, None),
        ("a paid one is rolled", "team", "good", None, END),
        ("the end of grace comes first", "team", "grace", NOW, NOW),
        ("or the period's end does", "team", "grace", END + 1, END),
        ("grace on Free", "free", "grace", NOW, NOW),
        ("a plan that is not offered any more", "gone", "good", None, END),
    ],
)
def test_is_due_where_time_alone_has_a_consequence(
    reason: str, plan: str, standing: str, until: int | None, due: int | None
) -> None:
    state = a_state(plan=plan, standing=standing, grace_until=until)

    assert next_due(state, OFFERS) == due, reason


def test_opens_on_the_free_plan_with_its_owner_in_a_seat() -> None:
    state = a_state()

    assert (state.plan, state.standing, state.seats_active, state.seats_bought) == ("free", "good", 1, 3)
    assert state.period == Period(CREATED, END)
    assert (state.version, state.entries, state.balance) == (1, 1, 0)
    assert set(state.used) == set(OFFERS.meters)
