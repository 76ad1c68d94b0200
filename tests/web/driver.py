"""Requests to the very app that is deployed, in API Gateway's form, over the real store and the Stripe emulator."""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import boto3
from chalice.app import Chalice
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from app import app
from chalicelib import wiring
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Member
from chalicelib.domain.key_changes import made
from chalicelib.domain.keys import BYTES, SCOPES, ApiKey, issued
from chalicelib.domain.periods import day_of
from chalicelib.settings import Settings
from infra.local.front import answered
from infra.local.gateway import Request
from tests.actions.world import SECRET, World, a_world_on_aws
from tests.web.contract import hold

OWNER = {"id": "ada", "email": "ada@example.com", "name": "Ada"}
ACCOUNT = {"name": "Acme", "email": "billing@example.com", "owner": OWNER}
URLS = {"success_url": "https://app.example.com/done", "cancel_url": "https://app.example.com/back"}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """The problem's code; a problem must be told as one."""
        assert self.headers["Content-Type"] == "application/problem+json", self.text
        assert self.json["status"] == self.status
        return self.json["code"]

    @property
    def fields(self) -> list[str]:
        """The fields that the problem names."""
        return [each["field"] for each in self.json.get("errors", [])]


class Driver:
    """A product's backend: it holds a key and asks."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._app: Chalice = app
        self.deps: Deps = wiring.start(clock=world.clock, environ=_environment(world.deps.settings))
        self.dynamodb, self.sqs = boto3.client("dynamodb"), boto3.client("sqs")
        self.key = self.a_key()

    def of(self, other: Chalice) -> "Driver":
        """The same backend, asking another app."""
        asking = copy(self)
        asking._app = other
        return asking

    def a_key(self, *scopes: str, **fields: Any) -> str:
        """A new key with these scopes, or all; `fields` as in ApiKey."""
        now = self.deps.clock.now()
        # Seen today: a request that changes nothing else would note that.
        plain = ApiKey("", "test", "", frozenset(scopes) or SCOPES, id=f"key_{secrets.token_hex(16)}", created=now)
        secret, kept = issued(secrets.token_bytes(BYTES), self.deps.settings.key_pepper, plain)
        self.deps.store.keys.write(made(replace(kept, **({"used": day_of(now)} | fields))))
        return secret

    def an_account(self, account: str = "acme") -> str:
        assert self.ask("PUT", f"/v1/accounts/{account}", ACCOUNT).status == 201
        return account

    def a_member(self, account: str, member: str, role: str) -> None:
        """A member as an invitation will make one."""
        from chalicelib.adapters.dynamo.people_records import member_item  # seats are not what it is about

        item = member_item(account, Member(member, f"{member}@example.com", member, role)).serialize()
        self.dynamodb.put_item(TableName=self.deps.settings.core_table, Item=item)

    def ask(self, method: str, target: str, body: Any = None, *, key: str | None = "", **headers: str) -> Reply:
        """What the service answers; `body` is sent as JSON, or as it is where it is bytes. `key` None sends none."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} if raw else {}
        if key is not None:
            sent["Authorization"] = f"Bearer {key or self.key}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        answer = answered(self._app, Request(method, target, list(sent.items()), raw, id="request-1"))
        reply = Reply(answer.status, dict(answer.headers), answer.body.decode())
        hold(self._app, method, urlsplit(target).path, reply.status, reply.headers, reply.text)
        return reply

    def everything(self) -> Any:
        """All that is stored, queued and known to Stripe: to see that nothing changed."""
        settings = self.deps.settings
        # Asked for by a call, the tables would take longer than all else that the tests of a bad request do.
        kept = dynamodb_backends[DEFAULT_ACCOUNT_ID][self.dynamodb.meta.region_name]
        tables = [kept.get_table(name).all_items() for name in (settings.core_table, settings.ephemeral_table)]
        return [sorted(str(item.to_json()) for item in each) for each in tables], self.writes(), self.queued()

    def writes(self) -> int:
        """How often Stripe was asked to change something; a preview changes nothing."""
        asked = [(each["method"], each["path"]) for each in self.world.emulator.state.requests]
        return sum(method != "GET" and path != "/v1/invoices/create_preview" for method, path in asked)

    def queued(self) -> int:
        wanted = ["ApproximateNumberOfMessages"]
        told = self.sqs.get_queue_attributes(QueueUrl=self.deps.settings.stripe_events_queue, AttributeNames=wanted)
        return int(told["Attributes"][wanted[0]])


@contextmanager
def a_driver() -> Iterator[Driver]:
    with a_world_on_aws() as world:
        yield Driver(world)


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "CORE_TABLE": settings.core_table,
        "EPHEMERAL_TABLE": settings.ephemeral_table,
        "STRIPE_EVENTS_QUEUE": settings.stripe_events_queue,
        "DUE_QUEUE": settings.due_queue,
        "RECHARGE_QUEUE": settings.recharge_queue,
        "USAGE_DEAD_LETTERS": settings.usage_dead_letters,
        "EVENT_BUS": settings.event_bus,
        "STRIPE_API_KEY": settings.stripe_api_key,
        "STRIPE_API_BASE": settings.stripe_api_base or "",
        "STRIPE_WEBHOOK_SECRETS": f"{SECRET},whsec_next",
        "KEY_PEPPER": settings.key_pepper,
        "RETURN_HOSTS": ",".join(settings.return_hosts),
    }
