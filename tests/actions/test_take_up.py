"""A change whose process died is finished or given up by whoever comes next: once, and nothing scheduled is lost."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from chalicelib.actions.cancel_subscription import cancel_subscription
from chalicelib.actions.carry_out import HELD_SECONDS
from chalicelib.actions.follow_subscription import follow_subscription
from chalicelib.deps import Deps
from chalicelib.domain.orders import CHARGED_WITHIN
from chalicelib.errors import ChangeInProgress
from infra.local.stripe.faults import Fault
from tests.actions.changing import (
    AUTHENTICATES,
    invoices,
    is_settled,
    notices,
    scheduled,
    subscriber,
    terms,
    use_card,
    wishing,
)
from tests.actions.life import subscription_of
from tests.actions.mortal import (
    Fate,
    Moments,
    answer_lost,
    at_stripe,
    changes_of,
    dying_at,
    fails,
    insisting_for_long,
    moments,
    mortal,
    swept,
    told,
)
from tests.actions.world import KEY, Died, World, dying, dying_after

Terms = tuple[str, str | None, int]
Shape = tuple[Terms, Terms | None, bool]
"""What is in force, what is scheduled, and whether it ends."""
TEAM, PERSONAL, BIG = ("team", "month", 3), ("personal", "month", 1), ("business", "month", 5)
WAS = {"personal": (TEAM, PERSONAL, False), "free": (TEAM, None, True)}
ENDS = 24 * 3_600


class Case(NamedTuple):
    """A change: on top of what, how it is asked for, what comes of it, how often it charges, and what is told."""

    before: str
    change: Callable[[World, Deps], Any]
    then: Shape
    charges: int
    notice: str


def cancelling(_: World, deps: Deps) -> Any:
    return cancel_subscription(deps, "acme", None, None, KEY)


def wanting(*wish: Any) -> Callable[[World, Deps], Any]:
    return lambda world, deps: wishing(world, *wish, deps=deps)


SEATS = Case("personal", wanting(None, None, 5), (("team", "month", 5), PERSONAL, False), 1, "change_applied")
CASES = {
    "more seats keep a lower plan": SEATS,
    "a higher plan drops a lower one": Case("personal", wanting("business"), (BIG, None, False), 1, "change_applied"),
    "a higher plan undoes an end": Case("free", wanting("business"), (BIG, None, False), 1, "change_applied"),
    "a lower plan undoes an end": Case("free", wanting("personal"), WAS["personal"], 0, "change_scheduled"),
    "an end drops a lower plan": Case("personal", cancelling, WAS["free"], 0, "cancellation_scheduled"),
}


@pytest.fixture(scope="module")
def at() -> Iterator[Callable[[str], Moments]]:
    """The world at the moment when something is scheduled for Team's three seats, all of Stripe's events handled."""
    with moments() as kept:
        subscriber(kept.world)
        start, begun = kept.kept(), dict[str, bytes]()
        for before in WAS:
            kept.back_to(start)
            wishing(kept.world, before)
            told(kept.world)
            begun[before] = kept.kept()

        def back(before: str) -> Moments:
            kept.back_to(begun[before])
            return kept

        yield back


def shape(world: World) -> Shape:
    return terms(world), scheduled(world), world.seen().ends_at is not None


def was_told(world: World) -> list[str]:
    """What was told of the change."""
    own = ("change_applied", "change_scheduled", "cancellation_scheduled", "change_given_up")
    return [kind for kind in notices(world)[1:] if kind in own]


@pytest.mark.parametrize("name", CASES)
def test_wherever_it_died_it_is_finished_once(at: Callable[[str], Moments], name: str) -> None:
    before, change, then, charges, notice = CASES[name]
    world = at(before).world
    made = changes_of(world, lambda deps: change(world, deps))
    assert (shape(world), was_told(world)) == (then, [notice])

    for n in range(len(made)):
        at(before)
        assert dying_at(world, n, lambda deps: change(world, deps)), n
        told(world)
        swept(world, HELD_SECONDS + 1)

        assert is_settled(world), (name, n)
        # What died before its first write was never asked for.
        finished = (then, charges, [notice]) if n else (WAS[before], 0, [])
        assert (shape(world), len(invoices(world)), was_told(world)) == finished, (name, n)
        assert {status for _, status, _ in invoices(world)} <= {"paid"}


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.charges])
def test_what_died_before_its_charge_is_given_up_when_nobody_expects_it_any_more(
    at: Callable[[str], Moments], name: str
) -> None:
    before, change, then, _, notice = CASES[name]
    world, ends = at(before).world, set[bool]()
    made = changes_of(world, lambda deps: change(world, deps))

    for n in range(1, len(made)):
        at(before)
        dying_at(world, n, lambda deps: change(world, deps))
        charged = bool(invoices(world))
        swept(world, CHARGED_WITHIN + 1)

        assert is_settled(world), (name, n)
        finished = (then, [notice]) if charged else (WAS[before], ["change_given_up"])
        assert (shape(world), was_told(world)) == finished, (name, n)
        assert [status for _, status, _ in invoices(world)] == ["paid"] * charged
        ends.add(charged)
    assert ends == {True, False}


def test_who_takes_it_up_may_die_as_well(at: Callable[[str], Moments]) -> None:
    world = at("personal").world
    made = changes_of(world, lambda deps: SEATS.change(world, deps))

    for n in range(1, len(made)):
        at("personal")
        dying_at(world, n, lambda deps: SEATS.change(world, deps))
        for again in range(1, 4):
            world.clock.move_to(world.clock.now() + HELD_SECONDS + 1)
            own = subscription_of(world).stripe_subscription_id
            dying_at(world, again, lambda deps, own=own: follow_subscription(deps, own))
        swept(world, HELD_SECONDS + 1)

        assert is_settled(world), n
        assert (shape(world), len(invoices(world)), was_told(world)) == (SEATS.then, 1, ["change_applied"]), n


def test_a_bill_that_waits_is_one_bill_wherever_it_died_and_is_forgotten_whole(at: Callable[[str], Moments]) -> None:
    world, case = at("personal").world, CASES["a higher plan drops a lower one"]
    card = subscription_of(world).stripe_customer_id
    use_card(world, card, AUTHENTICATES)
    begun = at("personal")
    use_card(world, card, AUTHENTICATES)
    moment = begun.kept()
    made = changes_of(world, lambda deps: case.change(world, deps))

    for n in range(1, len(made)):
        begun.back_to(moment)
        dying_at(world, n, lambda deps: case.change(world, deps))
        swept(world, HELD_SECONDS + 1)
        waits = world.stored()[1].order
        assert (waits is not None and waits.waiting, shape(world)) == (True, (TEAM, None, False)), n
        assert [status for _, status, _ in invoices(world)] == ["open"], n

        world.emulator.turner.move_to(world.clock.now() + ENDS)
        told(world)

        assert is_settled(world), n
        assert (shape(world), [status for _, status, _ in invoices(world)]) == (WAS["personal"], ["void"]), n
        assert [notices(world).count(kind) for kind in ("payment_required", "upgrade_expired")] == [1, 1], n


def test_while_it_is_held_nobody_else_changes_anything_and_then_the_next_may(at: Callable[[str], Moments]) -> None:
    world = at("personal").world
    with pytest.raises(Died):
        wishing(world, "business", deps=world.with_stripe(charge_change=dying))

    with pytest.raises(ChangeInProgress):
        wishing(world, seats=5)
    told(world)
    assert terms(world) == TEAM
    world.clock.move_to(world.clock.now() + HELD_SECONDS)
    assert wishing(world, seats=5).outcome == "applied"

    swept(world, HELD_SECONDS)
    assert shape(world) == (("team", "month", 5), PERSONAL, False)
    assert [status for _, status, _ in invoices(world)] == ["paid"]
    assert is_settled(world)


def test_what_the_dashboard_undid_since_it_was_charged_is_not_charged_again(at: Callable[[str], Moments]) -> None:
    world = at("personal").world
    with pytest.raises(Died):
        wishing(world, "business", deps=world.with_stripe(charge_change=dying_after(world.deps.stripe.charge_change)))
    own = subscription_of(world)
    undone = {"id": own.stripe_item_id, "price": own.stripe_price_id, "quantity": 4}
    by_people: Any = {"items": [undone], "proration_behavior": "none"}
    world.operator.v1.subscriptions.update(own.stripe_subscription_id, by_people)

    swept(world, HELD_SECONDS + 1)

    assert shape(world) == (("team", "month", 4), PERSONAL, False)
    assert (len(invoices(world)), was_told(world)) == (1, ["change_given_up"])
    assert is_settled(world)


def test_the_same_wish_goes_on_with_what_died(at: Callable[[str], Moments]) -> None:
    world = at("personal").world
    made = changes_of(world, lambda deps: wishing(world, "business", deps=deps))

    for n in range(1, len(made)):
        at("personal")
        dying_at(world, n, lambda deps: wishing(world, "business", deps=deps))
        world.clock.move_to(world.clock.now() + HELD_SECONDS)
        charged = bool(invoices(world))

        assert wishing(world, "business").outcome == ("unchanged" if charged else "applied"), n

        swept(world, HELD_SECONDS)
        assert [status for _, status, _ in invoices(world)] == ["paid"], n
        assert (shape(world), was_told(world)) == ((BIG, None, False), ["change_applied"]), n
        assert is_settled(world)


FATES = [fails, answer_lost, at_stripe(Fault.KEPT_UNDONE), at_stripe(Fault.KEPT_DONE)]


@pytest.mark.parametrize("name", CASES)
def test_who_insists_gets_it_once_whatever_answer_is_lost(at: Callable[[str], Moments], name: str) -> None:
    before, change, then, charges, notice = CASES[name]
    world = at(before).world
    made = changes_of(world, lambda deps: change(world, deps))

    for n, kind in enumerate(made):
        for fate in FATES if kind == "stripe" else FATES[:2]:
            at(before)
            deps = mortal(world.deps, Fate(world, n, fate))
            insisting_for_long(world, lambda deps=deps: change(world, deps), HELD_SECONDS)
            swept(world, HELD_SECONDS + 1)

            assert is_settled(world), (name, n, fate)
            assert (shape(world), len(invoices(world)), was_told(world)) == (then, charges, [notice]), (name, n, fate)
            assert {status for _, status, _ in invoices(world)} <= {"paid"}
