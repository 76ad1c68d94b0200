"""The world that an action lives in: the real store on our model of DynamoDB, the real SDK on the Stripe emulator.

The model answers in a tenth of moto's time, and is held to be the same by tests of its own. The SDK reaches the
emulator without a network between; there is one in the tests of the adapter, of the web and in the journeys. Events are
taken from Stripe's own list and handled by hand, so each test says itself what comes, how often and in which order.
Webhooks, queues and schedules turn in the journeys.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from typing import Any

import boto3
import stripe
from moto import mock_aws
from pynamodb.connection import Connection

from chalicelib.actions.asking import Asker
from chalicelib.actions.handle_stripe_event import HANDLERS, handle_stripe_event
from chalicelib.actions.put_account import put_account
from chalicelib.actions.read_account import overview
from chalicelib.adapters.aws.queues import AwsQueues
from chalicelib.adapters.dynamo.projections import DynamoProjections
from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.adapters.dynamo.tables import Tables, in_turn
from chalicelib.adapters.dynamo.wire import PynamoWire, Wire
from chalicelib.adapters.stripe.gateway import StripeGateway
from chalicelib.adapters.stripe.signatures import verify
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Member, Profile, State
from chalicelib.domain.overview import Overview
from chalicelib.errors import TryAgain
from chalicelib.messages import StripeEventMessage, pointing_at
from chalicelib.settings import Settings
from infra import resources
from infra.local.clock import Clock
from infra.local.stripe.emulator import SERVICE_KEY, Emulator
from infra.local.stripe.events import KEPT_FOR
from infra.local.stripe.local import Controls
from tests.builders import NOW, a_catalogue
from tests.direct import URL, DirectGateway, offering
from tests.simulation.table import Engine

ADA = Member("ada", "ada@example.com", "Ada", "owner")
KEY = Asker("key:test")
URLS = ("https://app.example.com/done", "https://app.example.com/back")
SECRET = "whsec_test"
VISA, DECLINED, FAILS_LATER = "4242424242424242", "4000000000000002", "4000000000000341"
ASKS_THE_BANK = "4000002760003184"


@dataclass
class World:
    """`tables` is the model of them where they are not on AWS."""

    deps: Deps
    clock: Clock
    emulator: Emulator
    operator: stripe.StripeClient
    handled: set[str] = field(default_factory=set)
    tables: Engine | None = None

    def account(self, account: str = "acme") -> Overview:
        """A new account on Free."""
        return put_account(self.deps, account, "Acme", "billing@example.com", ADA, KEY)[0]

    def seen(self, account: str = "acme") -> Overview:
        return overview(self.deps, account)

    def stored(self, account: str = "acme") -> tuple[State, Profile]:
        found = self.deps.store.account(account, consistent=True)
        assert found is not None
        return found

    def messages(self, *types: str) -> list[StripeEventMessage]:
        """Every event so far that is handled, oldest first."""
        since = self.clock.now() - KEPT_FOR
        found = [each for each in self.emulator.state.every("event") if each["created"] >= since]
        return [pointing_at(each) for each in found if each["type"] in (types or HANDLERS)]

    def deliver(self) -> list[str]:
        """Handles every event that was not handled yet, in order, and those that come of it; returns their types."""
        done: list[str] = []
        while fresh := [each for each in self.messages() if each.event not in self.handled]:
            for message in fresh:
                handle_stripe_event(self.deps, message)
                self.handled.add(message.event)
                done.append(message.type)
        return done

    def pass_time(self, to: int) -> None:
        """Stripe's own work done at each instant on the way, its events handled."""
        self.emulator.turner.move_to(to)
        self.deliver()

    def act(self, path: str, **fields: Any) -> Any:
        """What the customer, the dashboard or a fault does at Stripe."""
        controls = Controls(self.emulator.state, self.emulator.turner)
        status, answer = controls.answer("POST", f"/_local/{path}", json.dumps(fields))
        assert status == 200, answer
        return answer

    def pay(self, url_or_session: str, **fields: Any) -> None:
        """The customer pays on the hosted page."""
        session = url_or_session.rstrip("/").rsplit("/", 1)[-1].partition("#")[0]
        self.act(f"checkout/{session}", **{"card": VISA, **fields})

    def requests(self, method: str, path: str) -> list[Any]:
        return [each for each in self.emulator.state.requests if (each["method"], each["path"]) == (method, path)]

    def with_stripe(self, **methods: Any) -> Deps:
        """Deps whose Stripe answers some methods differently."""
        return replace(self.deps, stripe=Instead(self.deps.stripe, methods))

    def with_store(self, **methods: Any) -> Deps:
        return replace(self.deps, store=Instead(self.deps.store, methods))


def insisting(call: Callable[[], Any]) -> Any:
    """What a client does that was told to try again."""
    for _ in range(10):
        try:
            return call()
        except TryAgain:
            continue
    raise AssertionError("never an answer")


class Instead:
    """An object with some of its methods replaced: how a test lets a process die between two steps."""

    def __init__(self, real: Any, methods: dict[str, Any]) -> None:
        self._real, self._methods = real, methods

    def __getattr__(self, name: str) -> Any:
        return self._methods.get(name) or getattr(self._real, name)


class Died(Exception):
    """The process ended here."""


def dying(*_: Any, **__: Any) -> Any:
    raise Died


def dying_after(call: Any) -> Any:
    """The call happens, and then the process ends."""

    def done_and_died(*args: Any, **named: Any) -> Any:
        call(*args, **named)
        raise Died

    return done_and_died


@contextmanager
def a_world() -> Iterator[World]:
    """A world without AWS: a test that needs a queue brings one."""
    clock = Clock(NOW)
    engine = Engine([{"TableName": name, **resources.TABLES[name]} for name in resources.TABLES], now=clock.now)
    made = resources.Created(
        {name: name for name in resources.TABLES}, dict.fromkeys((*resources.QUEUES, "usage-dead"), "")
    )
    emulator = Emulator(clock)
    emulator.state.url = URL
    settings = _settings(emulator, made, bus="")
    world = _world(emulator, settings, engine.call, DirectGateway(settings, a_catalogue(), emulator.api))
    yield replace(world, tables=engine)


@contextmanager
def a_world_on_aws() -> Iterator[World]:
    """The same on an AWS in this process, where an app with clients of its own finds everything again."""
    with mock_aws(), Emulator(Clock(NOW)).serve() as emulator:
        made = resources.create(_client("dynamodb"), _client("sqs"), "test")
        settings = _settings(emulator, made, resources.create_bus(_client("events"), "test"))
        yield _world(emulator, settings, _wire(), StripeGateway(settings, a_catalogue()))


def _world(emulator: Emulator, settings: Settings, wire: Wire, gateway: StripeGateway) -> World:
    clock, catalogue, tokens = emulator.turner.clock, a_catalogue(), count(1)
    tables = Tables(wire, settings.core_table, settings.ephemeral_table)
    deps = Deps(
        store=DynamoStore(tables, catalogue),
        projections=DynamoProjections(tables, catalogue),
        stripe=gateway,
        queue=AwsQueues(settings),
        clock=clock,
        at_once=in_turn,
        catalogue=catalogue,
        settings=settings,
        token=lambda: f"token{next(tokens)}",
        salt=lambda: b"0123456789abcdef",
        secret=lambda: secrets.token_bytes(32),
        verify_stripe=lambda raw, header, now: verify(raw, header, (SECRET,), now),
    )
    return World(deps, clock, emulator, offering(emulator))


@cache
def _client(service: str) -> Any:
    """One for the process: a client costs a tenth of a second, and finds each test's own AWS."""
    return boto3.client(service)  # pyright: ignore[reportCallIssue, reportArgumentType]


@cache
def _wire() -> PynamoWire:
    return PynamoWire(Connection(region="eu-central-1"))


def _settings(emulator: Emulator, made: resources.Created, bus: str) -> Settings:
    return Settings(
        core_table=made.tables["core"],
        ephemeral_table=made.tables["ephemeral"],
        stripe_events_queue=made.queues["stripe-events"],
        due_queue=made.queues["due"],
        recharge_queue=made.queues["recharge"],
        event_bus=bus,
        usage_dead_letters=made.queues["usage-dead"],
        stripe_api_key=SERVICE_KEY,
        stripe_webhook_secrets=(SECRET,),
        key_pepper="pepper",
        return_hosts=("app.example.com",),
        stripe_api_base=emulator.url,
    )
