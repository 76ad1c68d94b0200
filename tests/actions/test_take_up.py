"""A change whose process died is finished or given up by whoever comes next: once, and what was scheduled is not lost."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.actions.cancel_subscription import cancel_subscription
from chalicelib.actions.carry_out import HELD_SECONDS
from chalicelib.deps import Deps
from chalicelib.domain.orders import CHARGED_WITHIN
from chalicelib.errors import ChangeInProgress
from tests.actions.changing import at_stripe, invoices, is_settled, scheduled, subscriber, sync, terms, wishing
from tests.actions.life import subscription_of
from tests.actions.mortal import dying_at, swept
from tests.actions.world import Died, World, dying, insisting

TEAM, PERSONAL = ("team", "month", 3), ("personal", "month", 1)
Shape = tuple[tuple[str, str | None, int], tuple[str, str | None, int] | None, bool]
"""What is in force, what is scheduled, and whether it ends."""


def shape(world: World) -> Shape:
    return terms(world), scheduled(world), world.seen().ends_at is not None


def as_it_was(world: World, before: str) -> None:
    """Team with three seats, as somebody sets it in the dashboard, and what is scheduled on top."""
    own, stripe = at_stripe(world), world.operator.v1
    if own.scheduled:
        stripe.subscription_schedules.release(own.scheduled.stripe_schedule_id)
    price = stripe.prices.list({"lookup_keys": ["team_month"]}).data[0].id
    team: Any = {"items": [{"id": own.stripe_item_id, "price": price, "quantity": 3}], "proration_behavior": "none"}
    stripe.subscriptions.update(own.stripe_subscription_id, team | {"cancel_at_period_end": False})
    sync(world)
    wishing(world, before)
    world.deliver()


def cancelled(world: World, deps: Deps) -> None:
    cancel_subscription(deps, "acme", None, None, "key:test")


CHANGES: list[tuple[str, str, Callable[[World, Deps], Any], Shape, int]] = [
    ("more seats", "personal", lambda w, d: wishing(w, seats=5, deps=d), (("team", "month", 5), PERSONAL, False), 1),
    (
        "a higher plan",
        "personal",
        lambda w, d: wishing(w, "business", deps=d),
        (("business", "month", 5), None, False),
        1,
    ),
    ("a lower plan", "free", lambda w, d: wishing(w, "personal", deps=d), (TEAM, PERSONAL, False), 0),
    ("an end", "personal", cancelled, (TEAM, None, True), 0),
]


@pytest.mark.parametrize(("why", "before", "change", "then", "charges"), CHANGES, ids=[row[0] for row in CHANGES])
def test_wherever_it_died_it_is_finished_once(
    world: World, why: str, before: str, change: Callable[[World, Deps], Any], then: Shape, charges: int
) -> None:
    subscriber(world)
    for at in range(20):
        as_it_was(world, before)
        was, bills = shape(world), len(invoices(world))

        with dying_at(world, at) as (deps, life):
            change(world, deps)
        swept(world, HELD_SECONDS + 1)

        assert is_settled(world), (why, at)
        # What died before its first write was never asked for.
        assert (shape(world), len(invoices(world)) - bills) == ((then, charges) if at else (was, 0)), (why, at)
        assert {status for _, status, _ in invoices(world)} <= {"paid"}
        if not life.over:
            assert at > 2
            return
    raise AssertionError("it never came to its end")


def test_what_died_before_its_charge_is_given_up_when_nobody_expects_it_any_more(world: World) -> None:
    subscriber(world)
    seen: set[tuple[Shape, int]] = set()
    for at in range(20):
        as_it_was(world, "personal")
        was, bills = shape(world), len(invoices(world))

        with dying_at(world, at) as (deps, life):
            wishing(world, seats=5, deps=deps)
        swept(world, CHARGED_WITHIN + 1)

        assert is_settled(world), at
        charged = len(invoices(world)) - bills
        assert (shape(world), charged) in ((was, 0), ((("team", "month", 5), PERSONAL, False), 1)), at
        seen.add((shape(world), charged))
        if not life.over:
            break
    assert len(seen) == 2


def test_while_it_is_held_nobody_else_changes_anything_and_then_the_next_may(world: World) -> None:
    subscriber(world)
    deps = world.with_stripe(charge_change=dying)
    with pytest.raises(Died):
        wishing(world, "business", deps=deps)

    with pytest.raises(ChangeInProgress):
        wishing(world, seats=5)
    world.deliver()
    assert terms(world) == TEAM
    world.clock.move_to(world.clock.now() + HELD_SECONDS)
    assert wishing(world, seats=5).outcome == "applied"

    swept(world, HELD_SECONDS)
    assert shape(world) == (("team", "month", 5), None, False)
    assert [status for _, status, _ in invoices(world)] == ["paid"]
    assert is_settled(world)


def test_the_same_wish_goes_on_with_what_died(world: World) -> None:
    subscriber(world)
    with dying_at(world, 2) as (deps, life):
        wishing(world, "business", deps=deps)
    assert life.over
    world.clock.move_to(world.clock.now() + HELD_SECONDS)

    assert wishing(world, "business").outcome in ("applied", "unchanged")

    assert [status for _, status, _ in invoices(world)] == ["paid"]
    swept(world, 1)
    assert is_settled(world)


@pytest.mark.parametrize("first", [0, 1, 2])
def test_stripes_failures_and_lost_answers_do_it_once(world: World, first: int) -> None:
    subscriber(world)
    as_it_was(world, "personal")
    world.emulator.state.faults.failures_so_far = first

    world.act("webhooks", fail_api=6)
    insisting(lambda: wishing(world, seats=5))
    world.act("webhooks", fail_api=0)

    assert shape(world) == (("team", "month", 5), PERSONAL, False)
    assert [status for _, status, _ in invoices(world)] == ["paid"]
    world.deliver()
    assert is_settled(world)


def test_an_order_is_told_done_by_its_own_end_alone(world: World) -> None:
    subscriber(world)
    with dying_at(world, 1) as (deps, _):
        wishing(world, "personal", deps=deps)

    swept(world, HELD_SECONDS + 1)
    swept(world, HELD_SECONDS + 1)

    entries = world.deps.store.entries("acme", before=None, limit=20)
    assert [notice.kind for entry in entries for notice in entry.notices].count("change_scheduled") == 1
    assert subscription_of(world).scheduled
