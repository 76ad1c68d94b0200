"""Accounts with several people in them, over HTTP and quickly."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app import app
from chalicelib import wiring
from chalicelib.actions.change_account import Commit, change_account
from chalicelib.domain.journal import begin
from tests.actions.world import World, a_world
from tests.simulation.table import Engine
from tests.web.driver import Driver, Reply

BOB = {"email": "bob@example.com", "name": "Bob", "role": "member"}


class Reads:
    """What tests ask of a client of DynamoDB, answered by the model of the tables."""

    def __init__(self, tables: Engine) -> None:
        self._tables = tables

    def scan(self, *, TableName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        return {"Items": list(self._tables.items(TableName).values())}

    def put_item(self, **request: Any) -> dict[str, Any]:
        return self._tables.call("PutItem", request)


class Quick(Driver):
    """The same app over the model of the tables, which answers in a tenth of the time."""

    def __init__(self, world: World) -> None:
        self.world, self._app, self.deps = world, app, world.deps
        assert world.tables is not None
        self.dynamodb: Any = Reads(world.tables)
        self.key = self.a_key()

    def everything(self) -> Any:
        """All that is stored, and how often Stripe was asked to change something; there is no queue."""
        settings = self.deps.settings
        tables = [self.dynamodb.scan(TableName=name) for name in (settings.core_table, settings.ephemeral_table)]
        return [sorted(map(str, each["Items"])) for each in tables], self.writes()


@contextmanager
def quick() -> Iterator[Driver]:
    built = list(wiring._built)
    with a_world() as world:
        wiring._built[:] = [world.deps]  # the app finds what it works with where wiring has it
        try:
            yield Quick(world)
        finally:
            wiring._built[:] = built


def having(web: Driver, account: str, **fields: Any) -> str:
    """The account as Stripe's events would have made it."""
    change_account(
        web.deps,
        account,
        lambda state, _: Commit(begin(state, web.deps.clock.now(), web.deps.catalogue).setting(**fields)),
    )
    return f"/v1/accounts/{account}"


def a_team(web: Driver, account: str, seats: int = 3) -> str:
    """The path of a new account with so many seats, of which its owner has one."""
    return having(web, web.an_account(account), seats_bought=seats)


def invited(web: Driver, team: str, email: str = "bob@example.com", role: str = "member") -> Any:
    reply = web.ask("POST", f"{team}/invitations", {"email": email, "role": role})
    assert reply.status == 201, reply.text
    return reply.json


def accepted(web: Driver, team: str, invitation: Any, member: str = "bob", **fields: Any) -> Reply:
    body = {"member": member, "token": invitation["token"], **fields}
    return web.ask("POST", f"{team}/invitations/{invitation['id']}/accept", body)


def seats(web: Driver, team: str) -> Any:
    return web.ask("GET", team).json["seats"]
