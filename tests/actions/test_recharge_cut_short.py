"""A recharge cut short anywhere: what was paid is granted once, and all else given back."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import pytest

from chalicelib.actions.read_credits import read_credits
from chalicelib.actions.recharge import pursue
from chalicelib.deps import Deps
from chalicelib.errors import TryAgain
from chalicelib.messages import RechargeMessage
from infra.local.stripe.faults import Fault
from tests.actions.mortal import Fate, Moments, answer_lost, at_stripe, changes_of, dies, fails, mortal, told
from tests.actions.recharging import (
    PRICE,
    PRO,
    a_rule,
    give_card,
    going,
    paid_invoices,
    pursued,
    shown,
)
from tests.actions.world import ASKS_THE_BANK, FAILS_LATER, VISA, Died, World

FATES: dict[str, Callable[..., Any]] = {
    "the process dies": dies,
    "the answer is lost": answer_lost,
    "nobody answers": fails,
    "Stripe fails undone": at_stripe(Fault.KEPT_UNDONE),
    "Stripe fails done": at_stripe(Fault.KEPT_DONE),
    "Stripe's answer is lost": at_stripe(Fault.LOST),
}


class Case(NamedTuple):
    """A card, how often it is charged in the end, and the state then."""

    card: str
    charged: int
    state: str


CASES = {
    "a card that pays": Case(VISA, 1, "idle"),
    "a card that is declined": Case(FAILS_LATER, 0, "backing_off"),
    "a bank that wants the customer": Case(ASKS_THE_BANK, 0, "action_required"),
}


@pytest.fixture(scope="module")
def begun(subscribers: Moments) -> dict[str, tuple[bytes, int]]:
    """Each case's world with its recharge in flight, and how many changes finish it."""
    found = {}
    for name, case in CASES.items():
        world = subscribers.again()
        if case.card != VISA:
            give_card(world, case.card)
        a_rule(world)
        moment = subscribers.kept()
        message = going(world)
        assert message is not None
        made = changes_of(world, lambda deps, message=message: pursue(deps, message))
        found[name] = moment, len(made)
    return found


def cut_short(world: World, fate: Fate) -> None:
    message = going(world)
    assert message is not None
    deps: Deps = mortal(world.deps, fate)
    for _ in range(3):
        with suppress(TryAgain):
            return _until_death(deps, message)
    return None


def _until_death(deps: Deps, message: RechargeMessage) -> None:
    with suppress(Died):
        pursue(deps, message)


@pytest.mark.parametrize("hears", [False, True], ids=["alone", "its webhook comes in between"])
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("fate", FATES)
def test_wherever_it_was_cut_short_it_ends_as_if_nothing_had_happened(
    subscribers: Moments, begun: dict[str, tuple[bytes, int]], fate: str, name: str, hears: bool
) -> None:
    moment, changes = begun[name]
    case = CASES[name]
    for at in range(changes):
        world = subscribers.back_to(moment)
        cut_short(world, Fate(world, at, FATES[fate]))
        if hears:
            told(world)

        pursued(world)
        told(world)
        pursued(world)

        assert (shown(world).state, shown(world).spent) == (case.state, case.charged * PRICE), (fate, name, at)
        assert read_credits(world.deps, "acme").balance == case.charged * PRO
        if case.state != "action_required":
            assert paid_invoices(world) == case.charged
            assert shown(world).left_to_spend == 5_000 - case.charged * PRICE
