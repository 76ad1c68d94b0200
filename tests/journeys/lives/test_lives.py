"""Ten lives and an eleventh, played once; in whatever order their events come, twice or never, they end the same.

What may differ is said with the life (scripts.py), and notices: who hears of everything at the end is told what has
come of it, and not of the way there. That too is the same in every order.
"""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

import pytest

from tests.journeys.lives.replay import Ending, Replays, ending
from tests.journeys.lives.scripts import LIVES
from tests.journeys.lives.stage import Stage

ORDERS = int(os.environ.get("ORDERS", "10"))
"""How many random orders each life is replayed in; for ten of them it is lived once in rough weather."""
WEATHERS = max(1, ORDERS // 10)


@dataclass(frozen=True)
class Played:
    stage: Stage
    ending: Ending


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def play(name: str, weather: Random | None = None) -> Played:
    stage = Stage.set_up(weather)
    LIVES[name].play(stage)
    stage.post.all_comes()
    return Played(stage, ending(stage.rig.deps))


@cache
def played(name: str) -> Played:
    """In fair weather."""
    return play(name)


@pytest.mark.parametrize("name", LIVES)
def test_a_life_ends_as_it_was_paid_for(name: str) -> None:
    lived, life = played(name), LIVES[name]

    seen = lived.stage.rig.seen()
    assert (seen.plan, seen.interval, seen.seats.bought) == life.ends
    assert (seen.standing, seen.payment_required, seen.drift) == ("good", None, None)
    bills = [(each["billing_reason"], each["status"], each["total"]) for each in lived.ending.invoices]
    assert bills[::-1] == life.bills
    assert is_settled(lived.stage)


@pytest.mark.parametrize("name", LIVES)
def test_in_any_order_it_ends_the_same(name: str) -> None:
    lived, unheard = played(name), LIVES[name].unheard
    rig, replays = lived.stage.rig, Replays(lived.stage.rig)
    events, in_order = len(rig.told()), replays.once_more()
    assert in_order.shown(unheard) == lived.ending.shown(unheard)

    for number in range(ORDERS):
        seed = f"{name}/{number}"
        again = replays.once_more(Random(seed))
        assert again.shown() == in_order.shown(), seed
        assert again.told == in_order.told, seed
    assert len(rig.told()) == events, "something was changed at Stripe"
    assert rig.emulator.state.problems == []


@pytest.mark.parametrize("number", range(WEATHERS))
@pytest.mark.parametrize("name", LIVES)
def test_lived_in_rough_weather_it_ends_the_same(name: str, number: int) -> None:
    lived = play(name, Random(f"{name}/weather/{number}"))

    assert lived.ending.nameless() == played(name).ending.nameless()
    assert lived.ending.kinds() == played(name).ending.kinds()
    assert is_settled(lived.stage)


def is_settled(stage: Stage) -> bool:
    """Whether no order is left half done, and nothing was asked of Stripe that it does not know."""
    state, profile = stage.rig.stored()
    assert (state.wish, profile.order) == (None, None)
    assert stage.rig.emulator.state.problems == []
    return True
