"""Processes that die, and answers that are lost, at the n-th change of ours or of Stripe's; and a world to go back in.

Before the n-th change is after the one before it: in between a process only reads.
"""

import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from typing import Any

from chalicelib.actions.book_due import book_due
from chalicelib.actions.handle_stripe_event import HANDLERS, handle_stripe_event
from chalicelib.actions.stripe_events import Look
from chalicelib.adapters.dynamo.projections import DynamoProjections
from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.adapters.dynamo.tables import Tables
from chalicelib.deps import Deps
from chalicelib.errors import ChangeInProgress, StripeUnavailable, TryAgain, Unavailable
from chalicelib.messages import pointing_at
from infra.local.stripe.faults import CYCLE, Fault
from infra.local.stripe.state import Faults, Settings
from infra.resources import TABLES
from tests.actions.world import Died, Instead, World, a_world
from tests.simulation.table import Engine

WRITES = ("commit", "save_profile", "attach_customer", "save_purchase")
Call = Callable[[], Any]


class Fate:
    """What befalls the n-th change: `befalls(call, world, kind)` runs in its place; `made` counts all of them."""

    def __init__(self, world: World, at: int, befalls: Callable[[Call, World, str], Any]) -> None:
        self.world, self.at, self.befalls = world, at, befalls
        self.made, self.died = 0, False

    def over(self, call: Any, kind: str) -> Any:
        def met(*args: Any, **named: Any) -> Any:
            if self.died:
                raise Died
            self.made += 1
            if self.made - 1 != self.at:
                return call(*args, **named)
            try:
                return self.befalls(lambda: call(*args, **named), self.world, kind)
            except Died:
                self.died = True
                raise

        return met


def mortal(deps: Deps, fate: Fate) -> Deps:
    """Deps whose changes meet this fate: writes of the store, and calls that make something at Stripe."""
    writes: dict[str, Any] = {name: fate.over(getattr(deps.store, name), "store") for name in WRITES}
    dossiers, keys = deps.store.dossiers, deps.store.keys
    writes["dossiers"] = Instead(dossiers, {"erase_people": fate.over(dossiers.erase_people, "store")})
    writes["keys"] = Instead(keys, {"unname": fate.over(keys.unname, "store")})
    store = Instead(deps.store, writes)
    gateway: Any = copy(deps.stripe)
    gateway._calls = Instead(gateway._calls, {"make": fate.over(gateway._calls.make, "stripe")})
    gateway.charges = copy(gateway.charges)
    gateway.charges._calls = gateway._calls
    return replace(deps, store=store, stripe=gateway)  # type: ignore[arg-type]


def dies(_: Call, __: World, ___: str) -> Any:
    raise Died


def fails(_: Call, __: World, kind: str) -> Any:
    """Nobody answers, and nothing was done."""
    raise Unavailable if kind == "store" else StripeUnavailable


def answer_lost(call: Call, _: World, kind: str) -> Any:
    """It was done, and nobody answers, however often it is asked."""
    call()
    raise Unavailable if kind == "store" else StripeUnavailable


def at_stripe(fault: Fault) -> Callable[[Call, World, str], Any]:
    """The emulator's own fault, which the SDK and our keys meet."""

    def befalls(call: Call, world: World, kind: str) -> Any:
        if kind == "stripe":
            world.emulator.state.faults.failures_so_far = CYCLE.index(fault)
            world.emulator.state.faults.fail_api = 1
        return call()

    return befalls


def dying_at(world: World, at: int, change: Callable[[Deps], Any]) -> bool:
    """Whether the process died before its n-th change, or came to its end before that."""
    fate = Fate(world, at, dies)
    try:
        change(mortal(world.deps, fate))
    except Died:
        assert fate.died
    return fate.died


def changes_of(world: World, change: Callable[[Deps], Any]) -> list[str]:
    """Whose the changes are that it makes where nothing goes wrong, in their order."""
    made: list[str] = []

    def noting(call: Any, kind: str) -> Any:
        def noted(*args: Any, **named: Any) -> Any:
            made.append(kind)
            return call(*args, **named)

        return noted

    fate: Any = type("Noting", (), {"over": staticmethod(noting)})
    change(mortal(world.deps, fate))
    return made


def insisting_for_long(world: World, call: Call, wait: int) -> Any:
    """What a client does that wants its change: again at once, or after a while where one is in progress."""
    for _ in range(10):
        try:
            return call()
        except ChangeInProgress:
            world.clock.move_to(world.clock.now() + wait)
        except TryAgain:
            continue
    raise AssertionError("never an answer")


def swept(world: World, seconds: int) -> None:
    """What the sweep does that long after, and whatever Stripe has told by then."""
    world.clock.move_to(world.clock.now() + seconds)
    for message in world.deps.store.due(world.clock.now(), 10):
        book_due(world.deps, message)
    told(world)


def told(world: World) -> None:
    """What Stripe has told by now, handled as a queue's batches are: one look at each object a batch."""
    while fresh := [each for each in world.emulator.state.every("event") if each["id"] not in world.handled]:
        batch: set[Look] = set()
        for event in fresh:
            if event["type"] in HANDLERS:
                handle_stripe_event(world.deps, pointing_at(event), batch)
        world.handled.update(each["id"] for each in fresh)


class Moments:
    """A world that can be put back to a moment: one beginning serves many ends.

    Its tables are our model's, which costs a tenth of moto's and is as easily kept as the emulator's objects.
    """

    def __init__(self, world: World) -> None:
        self.world, self._engine = world, Engine([{"TableName": name, **TABLES[name]} for name in TABLES])
        self.first = self.kept()

    def kept(self) -> bytes:
        own, api = self.world.emulator.state, self.world.emulator.api
        whole = own._objects, own.ids, api._keys._kept, self._engine.stores, self.world.handled
        return pickle.dumps((self.world.clock.now(), whole))

    def back_to(self, moment: bytes) -> World:
        """The world as it was then, with the settings of a new one, and nothing asked or remembered since."""
        world, own, api = self.world, self.world.emulator.state, self.world.emulator.api
        at, whole = pickle.loads(moment)
        own._objects, own.ids, api._keys._kept, self._engine.stores, world.handled = whole
        own.settings, own.faults = Settings(), Faults()
        own.requests.clear()
        own.problems.clear()
        world.deps.stripe._bare.clear()  # type: ignore[attr-defined]
        world.clock._base, world.clock._started = float(at), time.monotonic()
        tables = Tables(self._wire, "core", "ephemeral", sleep=lambda _: None)
        store, projections = DynamoStore(tables, world.deps.catalogue), DynamoProjections(tables, world.deps.catalogue)
        world.deps = replace(world.deps, store=store, projections=projections)
        return world

    def again(self) -> World:
        """A new world."""
        return self.back_to(self.first)

    def _wire(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return self._engine.call(operation, request)


@contextmanager
def moments() -> Iterator[Moments]:
    with a_world() as world:
        kept = Moments(world)
        kept.again()
        yield kept
