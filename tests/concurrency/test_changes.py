"""Two changes of an account at once, on a DynamoDB behind a port: one runs, the other is told, and both end right."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import count
from threading import Event
from typing import Any

import pytest
import stripe

from chalicelib.actions.cancel_subscription import cancel_subscription
from chalicelib.errors import ChangeInProgress, Conflict
from infra.local.clock import Clock
from infra.local.stripe.emulator import OPERATOR_KEY, Emulator
from infra.stripe_offers import sync_offers
from tests.actions.changing import invoices, is_settled, scheduled, subscriber, terms, wishing
from tests.actions.world import KEY, World
from tests.adapters.stripe.test_gateway import a_gateway
from tests.builders import NOW, a_catalogue
from tests.concurrency.senders import at_once
from tests.stores import engine_database

BUSINESS, MORE = ("business", "month", 5), ("team", "month", 5)


@pytest.fixture
def world(engine_url: str) -> Iterator[World]:
    """Team by the month with three seats."""
    clock, tokens = Clock(NOW), count(1)
    with Emulator(clock).serve() as emulator, engine_database(engine_url) as database:
        operator = stripe.StripeClient(OPERATOR_KEY, base_addresses={"api": emulator.url})
        sync_offers(operator, a_catalogue())
        deps = replace(
            replace(database, catalogue=a_catalogue()).deps(),
            stripe=a_gateway(emulator.url),
            clock=clock,
            token=lambda: f"token{next(tokens)}",
        )
        world = World(deps, clock, emulator, operator)
        subscriber(world)
        yield world


def higher(world: World, **named: Any) -> str:
    return wishing(world, "business", **named).outcome


def seats(world: World, **named: Any) -> str:
    return wishing(world, seats=5, **named).outcome


def lower(world: World, **named: Any) -> str:
    return wishing(world, "personal", **named).outcome


def ending(world: World, **named: Any) -> str:
    cancel_subscription(named.get("deps", world.deps), "acme", None, None, KEY)
    return "scheduled"


def ends(world: World) -> tuple[Any, Any, bool, int]:
    return terms(world), scheduled(world), world.seen().ends_at is not None, len(invoices(world))


@pytest.mark.parametrize(
    ("first", "second", "end"),
    [
        (higher, lower, (BUSINESS, ("personal", "month", 1), False, 1)),
        (seats, higher, (BUSINESS, None, False, 2)),
        (higher, ending, (BUSINESS, None, True, 1)),
    ],
)
def test_while_one_runs_the_other_is_told_so_and_comes_after_it(
    world: World, first: Callable[..., str], second: Callable[..., str], end: tuple[Any, ...]
) -> None:
    running, told = Event(), Event()
    charge = world.deps.stripe.charge_change

    def slowly(*args: Any, **named: Any) -> None:
        running.set()
        assert told.wait(10)
        charge(*args, **named)

    def the_other() -> str:
        assert running.wait(10)
        try:
            return second(world)
        except ChangeInProgress:
            return "change_in_progress"
        finally:
            told.set()

    slow = world.with_stripe(charge_change=slowly)
    assert at_once(partial(first, world, deps=slow), the_other) == ["applied", "change_in_progress"]
    assert second(world) in ("applied", "scheduled")

    assert ends(world) == end
    assert {status for _, status, _ in invoices(world)} == {"paid"}
    assert is_settled(world)


MAY_COME = {1: {(BUSINESS, None, False, 1), (MORE, None, False, 1)}, 2: {(BUSINESS, None, False, 2)}}
"""What may come of it, by how many were applied: Business has five seats anyway, so five after it are no change."""


def test_of_two_at_once_each_is_done_or_told_to_come_again(world: World) -> None:
    def attempt(change: Callable[..., str]) -> str | None:
        try:
            return change(world)
        except (ChangeInProgress, Conflict):
            return None

    done = [each for each in at_once(partial(attempt, higher), partial(attempt, seats)) if each]

    assert ends(world) in MAY_COME[done.count("applied")]
    assert {status for _, status, _ in invoices(world)} == {"paid"}
    assert is_settled(world)
