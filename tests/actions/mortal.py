"""A process that dies at its n-th change, of ours or of Stripe's: before it is made, which is after the one before."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from typing import Any

from chalicelib.actions.book_due import book_due
from chalicelib.deps import Deps
from tests.actions.world import Died, Instead, World

WRITES = ("commit", "save_profile", "attach_customer")


class Life:
    """How many changes are left to it; `over` once it died."""

    def __init__(self, changes: int) -> None:
        self.left, self.over = changes, False

    def spending(self, call: Any) -> Any:
        def spent(*args: Any, **named: Any) -> Any:
            if self.over or not self.left:
                self.over = True
                raise Died
            self.left -= 1
            return call(*args, **named)

        return spent


def mortal(deps: Deps, life: Life) -> Deps:
    """Deps that are gone after so many changes: writes of the store, and calls that change something at Stripe."""
    store = Instead(deps.store, {name: life.spending(getattr(deps.store, name)) for name in WRITES})
    stripe: Any = copy(deps.stripe)
    stripe._calls = Instead(stripe._calls, {"make": life.spending(stripe._calls.make)})
    return replace(deps, store=store, stripe=stripe)  # type: ignore[arg-type]


@contextmanager
def dying_at(world: World, change: int) -> Iterator[tuple[Deps, Life]]:
    """Deps for what dies there, and whether it did."""
    life = Life(change)
    try:
        yield mortal(world.deps, life), life
    except Died:
        assert life.over


def swept(world: World, seconds: int) -> None:
    """What the sweep does that long after, and then all of Stripe's events."""
    world.clock.move_to(world.clock.now() + seconds)
    for message in world.deps.store.due(world.clock.now(), 10):
        book_due(world.deps, message)
    world.deliver()
