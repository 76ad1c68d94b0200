"""Replaying a life: its events handled once more on a database that knows only the account as it was opened.

Stripe stands as it stood at the life's end, and so does the clock: what people did is there already, and nothing that
an event leads to may change it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from random import Random
from typing import Any

from chalicelib.actions.asking import Asker
from chalicelib.actions.catch_up import catch_up
from chalicelib.actions.handle_stripe_event import Fresh, handle_stripe_event
from chalicelib.actions.put_account import put_account
from chalicelib.actions.read_account import overview
from chalicelib.actions.read_invoices import read_invoices
from chalicelib.actions.reconcile import reconcile
from chalicelib.deps import Deps
from chalicelib.messages import StripeEventMessage
from chalicelib.web import render
from tests.actions.world import ADA, Instead
from tests.journeys.lives.rig import Queues, Rig, StillClock, deps_on

STRIPE_ID = re.compile(r"\b([a-z]+)_1?[A-Za-z0-9]{12,}")
LOST, TWICE, BATCH = (0.0, 0.2, 0.8, 1.0), 0.2, 10


@dataclass(frozen=True)
class Ending:
    """What the account's people see: their page as it is sent, their invoices, and the ids of what they were told."""

    page: dict[str, Any]
    invoices: list[dict[str, Any]]
    told: list[str]

    def shown(self, without: tuple[str, ...] = ()) -> str:
        """The bytes of page and invoices, but for these fields of the page."""
        return json.dumps([{**self.page, **dict.fromkeys(without)}, self.invoices], indent=1)

    def nameless(self) -> str:
        """The same with each of Stripe's ids told by its kind alone: they are others each time a life is played."""
        return STRIPE_ID.sub(r"\1", self.shown())

    def kinds(self) -> list[str]:
        """What was told, each thing as often as it was."""
        return sorted(each.partition(":")[0] for each in self.told)


def ending(deps: Deps) -> Ending:
    """What there is to see now."""
    page = render.overview(overview(deps, "acme"), deps.catalogue, for_member=False)
    invoices = [asdict(each) for each in read_invoices(deps, "acme", None, 100)[0]]
    entries = deps.store.entries("acme", before=None, limit=100)
    return Ending(page, invoices, sorted(notice.id for entry in entries for notice in entry.notices))


class Replays:
    """Of the life that was played on the rig."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        listed = cache(lambda since: list(rig.deps.stripe.events_since(since)))
        # Stripe stands still, and its list of events is a third of the work.
        self._stripe: Any = Instead(rig.deps.stripe, {"events_since": listed})

    def once_more(self, chance: Random | None = None) -> Ending:
        """Its events in random order, some lost and some twice; without a `chance` all of them in order."""
        deps, messages = self._opened(), self._rig.messages()
        _handle(deps, messages if chance is None else _shuffled(messages, chance), chance)
        catch_up(deps)
        assert isinstance(deps.queue, Queues)
        _handle(deps, deps.queue.events, chance)
        assert reconcile(deps) == 0, "left to the night"
        return ending(deps)

    def _opened(self) -> Deps:
        """An empty database but for the account with its customer, as at the life's beginning."""
        _, profile = self._rig.stored()
        deps = replace(deps_on(self._rig.emulator, self._rig.clock), stripe=self._stripe)
        then = replace(deps, clock=StillClock(profile.created))
        put_account(then, "acme", profile.name, profile.email, ADA, Asker("key:test"))
        found = deps.store.account("acme", consistent=True)
        assert found is not None
        assert profile.stripe_customer_id is not None
        deps.store.attach_customer(found[1], profile.stripe_customer_id)
        deps.store.move_watermark(None, profile.created)
        return deps


def _shuffled(messages: list[StripeEventMessage], chance: Random) -> list[StripeEventMessage]:
    lost = chance.choice(LOST)
    come = [each for each in messages if chance.random() >= lost]
    come += [each for each in messages if chance.random() < TWICE]
    return chance.sample(come, len(come))


def _handle(deps: Deps, messages: list[StripeEventMessage], chance: Random | None) -> None:
    for batch in _batches(messages, chance):
        fresh: Fresh = set()
        for message in batch:
            handle_stripe_event(deps, message, fresh)


def _batches(messages: list[StripeEventMessage], chance: Random | None) -> Iterator[list[StripeEventMessage]]:
    """As a queue gives them out: few or many at once."""
    while messages:
        size = chance.randint(1, BATCH) if chance else 1
        yield messages[:size]
        messages = messages[size:]
