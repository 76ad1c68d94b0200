"""A whole life in one thread: the real store on the model of DynamoDB, the real SDK on the Stripe emulator.

The clock stands still unless it is moved, and nothing is random, so a history that fails fails again.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from chalicelib.actions.handle_stripe_event import HANDLERS
from chalicelib.adapters.dynamo.projections import DynamoProjections
from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.adapters.dynamo.tables import Tables, in_turn
from chalicelib.adapters.stripe.signatures import verify
from chalicelib.deps import Deps
from chalicelib.messages import DueMessage, RechargeMessage, StripeEventMessage, pointing_at
from chalicelib.settings import Settings
from infra.local.clock import Clock
from infra.local.stripe.emulator import SERVICE_KEY, Emulator
from infra.resources import TABLES
from tests.actions.world import SECRET, World
from tests.builders import NOW, a_catalogue
from tests.direct import URL, DirectGateway, offering
from tests.simulation.table import Engine


class StillClock(Clock):
    """Stands still until it is moved."""

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self._at = start

    def now(self) -> int:
        return self._at

    def move_to(self, instant: int) -> None:
        if instant < self._at:
            raise ValueError(f"the clock stands at {self._at} and cannot go back to {instant}")
        self._at = instant


@dataclass
class Queues:
    """What was queued, in order."""

    events: list[StripeEventMessage] = field(default_factory=list)
    accounts: list[DueMessage] = field(default_factory=list)

    def stripe_event(self, message: StripeEventMessage) -> None:
        self.events.append(message)

    def due(self, messages: Any) -> None:
        self.accounts.extend(messages)

    def recharge(self, message: RechargeMessage, now: int) -> None:
        raise AssertionError(f"nobody recharges here: {message} at {now}")

    def publish(self, events: Any) -> None:
        """Nobody listens to the journal here."""

    def give_up_usage(self, body: str, *, group: str, message: str, reason: str) -> None:
        raise AssertionError(f"no usage comes by the queue here: {group} {message} {reason} {body}")


class Rig(World):
    """A world without a network."""

    @property
    def queues(self) -> Queues:
        assert isinstance(self.deps.queue, Queues)
        return self.deps.queue

    def messages(self, *types: str) -> list[StripeEventMessage]:
        return [each for each in self.told() if each.type in (types or HANDLERS)]

    def told(self, since: int = 0) -> list[StripeEventMessage]:
        """Every event so far but the first `since`, oldest first."""
        return [pointing_at(each) for each in list(self.emulator.state.every("event"))[since:]]

    def restarted(self) -> Deps:
        """A new process on an empty database, with the same Stripe."""
        return deps_on(self.emulator, self.clock)


def a_rig() -> Rig:
    clock = StillClock(NOW)
    emulator = Emulator(clock)
    emulator.state.url = URL
    return Rig(deps_on(emulator, clock), clock, emulator, offering(emulator))


def deps_on(emulator: Emulator, clock: Clock) -> Deps:
    """A new process with tables of its own."""
    engine = Engine([{"TableName": name, **TABLES[name]} for name in TABLES])
    tables = Tables(engine.call, "core", "ephemeral", sleep=lambda _: None)
    catalogue, tokens = a_catalogue(), _tokens()
    settings = Settings(
        core_table="core",
        ephemeral_table="ephemeral",
        stripe_events_queue="events",
        due_queue="due",
        recharge_queue="recharge",
        event_bus="bus",
        usage_dead_letters="dead",
        stripe_api_key=SERVICE_KEY,
        stripe_webhook_secrets=(SECRET,),
        key_pepper="pepper",
        return_hosts=("app.example.com",),
        stripe_api_base=URL,
    )
    return Deps(
        store=DynamoStore(tables, catalogue),
        projections=DynamoProjections(tables, catalogue),
        stripe=DirectGateway(settings, catalogue, emulator.api),
        queue=Queues(),
        clock=clock,
        at_once=in_turn,
        catalogue=catalogue,
        settings=settings,
        token=lambda: next(tokens),
        salt=lambda: b"0123456789abcdef",
        secret=lambda: secrets.token_bytes(32),
        verify_stripe=lambda raw, header, now: verify(raw, header, (SECRET,), now),
    )


def _tokens() -> Iterator[str]:
    return (f"token{number}" for number in count(1))
