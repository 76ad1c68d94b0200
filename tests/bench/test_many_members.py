"""Ten thousand members in an account: what is asked of one of them costs what it costs among ten."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.members import put_member, read_members, remove_member
from chalicelib.adapters.dynamo.people_records import member_item
from chalicelib.adapters.dynamo.records import raw
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Member
from tests.bench.account import Cost, definitions
from tests.bench.meter import Meter, tables_of
from tests.simulation.table import Engine
from tests.stores import Database

KEY = Asker("key:test")
BATCH = 25
Ask = Callable[[Deps], object]


def a_member(number: int) -> Member:
    return Member(f"m{number:05}", f"m{number:05}@example.com", "Somebody", "member")


def an_account_of(members: int) -> tuple[Meter, Deps]:
    """An account of so many members, who came long ago, and one seat that is free."""
    meter = Meter(Engine(definitions()).call, tables_of(definitions()))
    database = Database(meter.behind, "core", "ephemeral")
    database.open("acme", seats_bought=members + 2, seats_active=members + 1)
    puts = [{"PutRequest": {"Item": raw(member_item("acme", a_member(number)))}} for number in range(members)]
    for first in range(0, members, BATCH):
        meter.behind("BatchWriteItem", {"RequestItems": {"core": puts[first : first + BATCH]}})
    return meter, replace(database, wire=meter.call).deps()


@pytest.fixture(scope="module", name="few")
def ten() -> tuple[Meter, Deps]:
    return an_account_of(10)


@pytest.fixture(scope="module", name="many")
def ten_thousand() -> tuple[Meter, Deps]:
    return an_account_of(10_000)


def cost(account: tuple[Meter, Deps], ask: Ask) -> Cost:
    meter, deps = account
    meter.reset()
    ask(deps)
    return Cost(meter.write_units, meter.read_units, meter.round_trips, meter.items_read)


ASKED: list[tuple[str, Ask]] = [
    ("a new one", lambda deps: put_member(deps, "acme", Member("new", "n@example.com", "New", "member"), KEY)),
    ("who makes another an owner", lambda deps: put_member(deps, "acme", replace(a_member(4), role="owner"), KEY)),
    ("one who goes", lambda deps: remove_member(deps, "acme", "m00003", KEY)),
    ("a page", lambda deps: read_members(deps, "acme", "m00001", 5)),
    ("the overview's seats", lambda deps: deps.store.people.invited("acme", deps.clock.now())),
]


@pytest.mark.parametrize(("reason", "ask"), ASKED, ids=[row[0] for row in ASKED])
def test_costs_the_same_among_ten_thousand_as_among_ten(
    few: tuple[Meter, Deps], many: tuple[Meter, Deps], reason: str, ask: Ask
) -> None:
    among_ten, among_many = cost(few, ask), cost(many, ask)

    assert among_many == among_ten, reason
    assert among_many.items_read <= 12
