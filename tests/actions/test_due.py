"""What time alone does: periods end and grace runs out, booked once, by whoever comes first."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.book_due import book_due, booked
from chalicelib.actions.sweep import sweep
from chalicelib.domain.periods import Period
from chalicelib.messages import DueMessage
from tests.actions.life import subscribed
from tests.actions.world import Died, World, dying_after
from tests.builders import RENEWAL, SUBSCRIBED, a_catalogue, a_state, a_team_state

DAY = 86_400


def test_a_period_that_has_ended_is_booked_once(world: World) -> None:
    subscribed(world)
    period = world.seen().usage_period
    world.clock.move_to(period.end)

    book_due(world.deps, DueMessage("acme", period.end))
    after = world.stored()
    book_due(world.deps, DueMessage("acme", period.end))

    assert after[0].period.start == period.end
    assert world.stored() == after
    assert world.deps.store.entries("acme", before=None, limit=1)[0].cause == f"period:{period.end}"


def test_dying_after_the_booking_books_nothing_twice(world: World) -> None:
    subscribed(world)
    period = world.seen().usage_period
    world.clock.move_to(period.end)
    broken = world.with_store(commit=dying_after(world.deps.store.commit))
    with pytest.raises(Died):
        book_due(broken, DueMessage("acme", period.end))
    before = world.stored()

    book_due(world.deps, DueMessage("acme", period.end))

    assert world.stored() == before


def test_an_account_that_is_not_there_is_nothing_to_do(world: World) -> None:
    book_due(world.deps, DueMessage("nobody", 0))


def test_the_sweep_sends_what_is_due_and_only_that(world: World) -> None:
    subscribed(world)
    world.account("idle")
    sent: list[DueMessage] = []

    class Line:
        def due(self, messages: Any) -> None:
            sent.extend(messages)

    deps = replace(world.deps, queue=Line())  # type: ignore[arg-type] only this queue is used
    end = world.seen().usage_period.end
    assert sweep(deps) == 0
    world.clock.move_to(end)

    assert sweep(deps) == 1
    assert sent == [DueMessage("acme", end)]


@pytest.mark.parametrize(
    ("why", "state", "now", "cause"),
    [
        ("a second before the period ends", a_team_state(), RENEWAL - 1, None),
        ("when the period ends", a_team_state(), RENEWAL, f"period:{RENEWAL}"),
        ("on Free nothing waits for the period", a_state(), RENEWAL + 60 * DAY, None),
        (
            "a second before the grace ends",
            a_team_state(standing="grace", grace_until=SUBSCRIBED + DAY),
            SUBSCRIBED + DAY - 1,
            None,
        ),
        (
            "when the grace ends",
            a_team_state(standing="grace", grace_until=SUBSCRIBED + DAY),
            SUBSCRIBED + DAY,
            f"grace_over:{SUBSCRIBED + DAY}",
        ),
        (
            "both have ended",
            a_team_state(standing="grace", grace_until=RENEWAL),
            RENEWAL,
            f"grace_over:{RENEWAL}",
        ),
    ],
)
def test_what_is_booked_when(why: str, state: Any, now: int, cause: str | None) -> None:
    change = booked(state, now, a_catalogue())

    assert (change.cause if change else None) == cause, why


def test_grace_that_ran_out_is_none_and_is_told() -> None:
    state = a_team_state(standing="grace", grace_until=RENEWAL)

    change = booked(state, RENEWAL, a_catalogue())

    assert change is not None
    assert (change.after.standing, change.after.grace_until) == ("none", None)
    assert change.after.period == Period(RENEWAL, change.after.period.end)
    assert [notice.kind for notice in change.notices] == ["grace_over"]
