"""What nobody got an answer to never overrules what is asked for later, whether it failed or its process died."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import pytest

from chalicelib.actions.cancel_subscription import cancel_subscription, forget_scheduled, resume_subscription
from chalicelib.actions.carry_out import HELD_SECONDS
from chalicelib.deps import Deps
from chalicelib.errors import ChangeInProgress, StripeUnavailable, TryAgain
from tests.actions.changing import (
    AUTHENTICATES,
    invoices,
    is_settled,
    notices,
    previewing,
    scheduled,
    subscriber,
    terms,
    use_card,
    wishing,
)
from tests.actions.mortal import Fate, dies, fails, moments, mortal, swept, told
from tests.actions.world import KEY, Died, World

TEAM, PERSONAL = ("team", "month", 3), ("personal", "month", 1)
GOES_ON, STEPS_DOWN, ENDS = (TEAM, None, False), (TEAM, PERSONAL, False), (TEAM, None, True)
CLAIMED = 1
"""After this many changes the order is written down, and Stripe was asked for nothing yet."""

Act = Callable[[World, Deps], Any]


class Case(NamedTuple):
    """What was scheduled, what is left behind then, what is asked for after that, and what comes of both."""

    before: str
    left: Act
    later: Act
    then: tuple[Any, Any, bool]


def cancel(_: World, deps: Deps) -> Any:
    return cancel_subscription(deps, "acme", None, None, KEY)


def resume(_: World, deps: Deps) -> Any:
    return resume_subscription(deps, "acme", KEY)


def forget(_: World, deps: Deps) -> Any:
    return forget_scheduled(deps, "acme", KEY)


def wanting(*wish: Any) -> Act:
    return lambda world, deps: wishing(world, *wish, deps=deps)


LESS_FORGOTTEN = "less, then nothing of the kind"
CASES = {
    "undone, then cancelled": Case("free", resume, cancel, ENDS),
    "undone, then Free": Case("free", resume, wanting("free"), ENDS),
    "cancelled, then undone": Case("nothing", cancel, resume, GOES_ON),
    "cancelled, then Team": Case("nothing", cancel, wanting("team"), GOES_ON),
    "cancelled in place of less, then undone": Case("personal", cancel, resume, GOES_ON),
    LESS_FORGOTTEN: Case("nothing", wanting("personal"), forget, GOES_ON),
    "less, then Team": Case("nothing", wanting("personal"), wanting("team", None, 3), GOES_ON),
    "more, then Team": Case("nothing", wanting("business"), wanting("team", "month", 3), GOES_ON),
    "more in place of less, then the seats there are": Case(
        "personal", wanting("business"), wanting(None, None, 3), STEPS_DOWN
    ),
    "more in place of the end, then undone": Case("free", wanting("business"), resume, GOES_ON),
    "more in place of the end, then the end": Case("free", wanting("business"), cancel, ENDS),
    "more seats and less later, then only those": Case("personal", wanting(None, None, 5), forget, GOES_ON),
}


@pytest.fixture(scope="module")
def at() -> Iterator[Callable[[str], World]]:
    """The world at the moment when this is scheduled for Team's three seats, all of Stripe's events handled."""
    with moments() as kept:
        subscriber(kept.world)
        begun = {"nothing": kept.kept()}
        for before in ("personal", "free"):
            kept.back_to(begun["nothing"])
            wishing(kept.world, before)
            told(kept.world)
            begun[before] = kept.kept()
        yield lambda before: kept.back_to(begun[before])


def shape(world: World) -> tuple[Any, Any, bool]:
    return terms(world), scheduled(world), world.seen().ends_at is not None


@pytest.mark.parametrize("name", CASES)
def test_the_later_wish_holds(at: Callable[[str], World], name: str) -> None:
    before, left, later, then = CASES[name]

    for n in (CLAIMED, CLAIMED + 1):
        world = at(before)
        fate = Fate(world, n, fails)
        with suppress(TryAgain):
            left(world, mortal(world.deps, fate))
        if fate.made <= n or invoices(world):
            # It needed fewer, or was charged: that is not taken back, whoever asks.
            continue
        later(world, world.deps)
        now = shape(world)
        swept(world, HELD_SECONDS + 60)

        assert (now, shape(world)) == (then, then), (name, n)
        assert invoices(world) == []
        assert is_settled(world)


@pytest.mark.parametrize(
    "name", ["undone, then cancelled", "cancelled, then undone", LESS_FORGOTTEN, "more, then Team"]
)
def test_while_a_process_may_still_be_at_it_nothing_is_answered(at: Callable[[str], World], name: str) -> None:
    before, left, later, then = CASES[name]
    world = at(before)
    with pytest.raises(Died):
        left(world, mortal(world.deps, Fate(world, CLAIMED, dies)))
    held = world.stored()

    with pytest.raises(ChangeInProgress):
        later(world, world.deps)

    assert world.stored() == held
    world.clock.move_to(world.clock.now() + HELD_SECONDS)
    later(world, world.deps)
    assert (shape(world), invoices(world)) == (then, [])
    assert is_settled(world)


def test_what_becomes_of_more_that_failed_is_told(at: Callable[[str], World]) -> None:
    world = at("nothing")
    with pytest.raises(StripeUnavailable):
        wishing(world, "business", deps=mortal(world.deps, Fate(world, CLAIMED, fails)))

    wishing(world, "team", "month", 3)

    assert notices(world) == ["change_given_up"]


@pytest.mark.parametrize(
    ("wish", "outcomes"),
    [
        (("business",), ["applied", "unchanged"]),
        ((None, "year"), ["applied", "unchanged"]),
        (("personal",), ["scheduled", "scheduled"]),
        (("free",), ["scheduled", "unchanged"]),
    ],
)
def test_sent_again_with_its_preview_after_a_lost_answer_it_is_done(
    at: Callable[[str], World], wish: tuple[str | None, ...], outcomes: list[str]
) -> None:
    world = at("nothing")
    preview = previewing(world, *wish).preview_id
    first = wishing(world, *wish, preview=preview)
    made = len(invoices(world))
    world.clock.move_to(world.clock.now() + 60)

    again = wishing(world, *wish, preview=preview)

    assert [first.outcome, again.outcome] == outcomes
    assert len(invoices(world)) == made


def test_what_waits_is_asked_for_again_with_its_preview(at: Callable[[str], World]) -> None:
    world = at("personal")
    customer = world.stored()[1].stripe_customer_id
    assert customer
    use_card(world, customer, AUTHENTICATES)
    preview = previewing(world, "business").preview_id

    first, again = (wishing(world, "business", preview=preview) for _ in range(2))

    assert (first.outcome, first.url) == (again.outcome, again.url)
    assert [status for _, status, _ in invoices(world)] == ["open"]
