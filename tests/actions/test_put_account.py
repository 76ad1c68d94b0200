"""The product makes accounts known and tells their names."""

from dataclasses import replace

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.put_account import put_account
from chalicelib.domain.accounts import Member
from chalicelib.domain.journal import Touch
from chalicelib.errors import Invalid, OwnerChange
from tests.actions.world import ADA, KEY, Died, World, dying_after


def test_a_new_account_is_on_free_at_once_with_its_owner_in_a_seat(world: World) -> None:
    overview, created = put_account(world.deps, "acme", "Acme", "billing@example.com", ADA, KEY)

    assert created
    assert (overview.plan, overview.standing, overview.status) == ("free", "good", "free")
    assert (overview.seats.bought, overview.seats.active, overview.seats.free) == (1, 1, 0)
    assert world.deps.store.people.member("acme", "ada") == ADA
    assert [entry.number for entry in world.deps.store.entries("acme", before=None, limit=10)] == [0]


def test_the_same_call_again_changes_nothing(world: World) -> None:
    world.account()
    before = world.stored()

    overview, created = put_account(world.deps, "acme", "Acme", "billing@example.com", ADA, KEY)

    assert not created
    assert world.stored() == before
    assert overview.name == "Acme"


def test_an_update_takes_a_new_name_and_keeps_the_rest(world: World) -> None:
    world.account()

    overview, created = put_account(world.deps, "acme", "Acme AG", "rechnung@example.com", None, KEY)

    assert not created
    assert (overview.name, overview.email, overview.plan) == ("Acme AG", "rechnung@example.com", "free")


def test_a_known_owner_takes_the_name_and_address_that_are_told_of_him(world: World) -> None:
    world.account()
    moved = replace(ADA, email="ada@example.org", name="Ada L.")

    put_account(world.deps, "acme", "Acme AG", "billing@example.com", moved, Asker("key:test member:ada"))
    before = world.stored()
    put_account(world.deps, "acme", "Acme AG", "billing@example.com", moved, KEY)

    assert world.deps.store.people.member("acme", "ada") == moved
    entry = world.deps.store.entries("acme", before=None, limit=1)[0]
    assert entry.touched == (
        Touch("account", None, None, {"changed": ["name"]}),
        Touch("member", "ada", {"role": "owner"}, {"role": "owner", "changed": ["name", "email"]}),
    )
    assert world.stored() == before


def test_a_new_account_needs_its_owner(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        put_account(world.deps, "acme", "Acme", "billing@example.com", None, KEY)

    assert [problem.field for problem in refused.value.problems] == ["owner"]
    assert world.deps.store.state("acme") is None


def test_another_owner_is_refused_and_nothing_is_changed(world: World) -> None:
    world.account()
    before = world.stored()

    with pytest.raises(OwnerChange):
        put_account(
            world.deps, "acme", "Other", "o@example.com", Member("bob", "b@example.com", "B", "owner"), Asker("k")
        )

    assert world.stored() == before


def test_dying_after_the_account_was_made_leaves_one_whole_account(world: World) -> None:
    broken = world.with_store(open_account=dying_after(world.deps.store.open_account))
    with pytest.raises(Died):
        put_account(broken, "acme", "Acme", "billing@example.com", ADA, KEY)

    _, created = put_account(world.deps, "acme", "Acme", "billing@example.com", ADA, KEY)

    assert not created
    assert len(world.deps.store.entries("acme", before=None, limit=10)) == 1
