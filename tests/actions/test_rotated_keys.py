"""A key is rotated once by each operation, by its newest secret or another key's, and never by one from before."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.make_key import make_key
from chalicelib.domain.finished import Finished
from chalicelib.domain.key_changes import made
from chalicelib.domain.keys import ApiKey
from chalicelib.errors import Forbidden, Unauthorized
from chalicelib.people_errors import KeyEnded
from tests.actions.keyring import OWN, REACH, a_key, finds, reaching, rotate, standing, works
from tests.actions.world import World

pytestmark = pytest.mark.usefixtures("asking_key")


@reaching
def test_rotating_again_under_the_same_operation_keeps_the_secret_that_is_in_use(
    world: World, reason: str, account: str | None
) -> None:
    used, key = a_key(world.deps, account)
    lost = rotate(world.deps, key.id, "op2")

    secret = rotate(world.deps, key.id, "op2")

    assert works(world.deps, used, lost, secret) == [True, False, True], reason


PLACES = [*REACH, ("of an account that was never made", "never")]


@pytest.mark.parametrize("overlap", [0, 60])
@pytest.mark.parametrize(("reason", "account"), PLACES, ids=[row[0] for row in PLACES])
def test_rotating_again_ends_no_secret_that_somebody_made_since(
    world: World, reason: str, account: str | None, overlap: int
) -> None:
    key = replace(OWN, digest="first", id="key_first", account=account, operation="op1")
    world.deps.store.keys.write(made(key))
    rotate(world.deps, key.id, "op2")
    used = rotate(world.deps, key.id, "op3", overlap=overlap)
    before = standing(world)

    with pytest.raises(KeyEnded, match="meanwhile"):
        rotate(world.deps, key.id, "op2")

    assert (standing(world), works(world.deps, used)) == (before, [True]), reason


@reaching
def test_only_a_rotation_that_may_come_again_is_remembered(world: World, reason: str, account: str | None) -> None:
    _, key = a_key(world.deps, account)
    assert world.tables is not None
    ephemeral = world.tables.stores["ephemeral"].items
    made_by = len(ephemeral)

    rotate(world.deps, key.id, None)

    assert len(ephemeral) == made_by, reason
    rotate(world.deps, key.id, "op2")
    assert len(ephemeral) == made_by + 1
    assert world.deps.store.claims.outcome("op2") == "done"


def test_who_rotated_himself_may_ask_again_with_the_old_secret_but_not_for_another_rotation(world: World) -> None:
    used, key = a_key(world.deps, None)
    lost = rotate(world.deps, key.id, "op2", key)
    own = finds(world.deps, used)

    secret = rotate(world.deps, key.id, "op2", own)

    assert works(world.deps, used, lost, secret) == [True, False, True]
    with pytest.raises(Forbidden):
        rotate(world.deps, key.id, "op3", own)


def ending(world: World, account: str | None, operation: str) -> tuple[str, ApiKey]:
    return a_key(world.deps, account, operation, expires_at=world.clock.now() + 60)


@reaching
def test_the_old_secret_of_a_key_that_ends_within_the_overlap_rotates_no_key_and_makes_none_that_could(
    world: World, reason: str, account: str | None
) -> None:
    (old, own), (_, other) = ending(world, account, "op1"), ending(world, account, "op2")
    new = rotate(world.deps, own.id, "op3", overlap=3_600)
    before = standing(world)

    for sought in (own, other):
        with pytest.raises(Forbidden, match="secret from before"):
            rotate(world.deps, sought.id, None, finds(world.deps, old))
    with pytest.raises(Forbidden, match="secret from before"):
        make_key(world.deps, finds(world.deps, old), replace(other, name="heir"), Asker("key:old", "op4"))

    assert (standing(world), works(world.deps, old, new)) == (before, [True, True]), reason
    for sought in (other, own):
        rotate(world.deps, sought.id, None, finds(world.deps, new))
    assert standing(world) != before


def test_a_key_from_before_keys_had_ids_rotates_others_until_it_is_revoked(world: World) -> None:
    _, key = a_key(world.deps, None)
    item: dict[str, Any] = {"pk": {"S": "K#old"}, "sk": {"S": "K"}, "name": {"S": "old"}, "prefix": {"S": "bk_o"}}
    item |= {"scopes": {"S": '["admin","billing","read","usage"]'}, "member": {"BOOL": False}}
    put_old(world, item, is_revoked=False)
    old = world.deps.store.keys.find("old")
    assert old is not None

    secret = rotate(world.deps, key.id, None, old)

    assert works(world.deps, secret) == [True]
    put_old(world, item, is_revoked=True)
    with pytest.raises(Unauthorized):
        rotate(world.deps, key.id, None, old)


def put_old(world: World, item: dict[str, Any], *, is_revoked: bool) -> None:
    assert world.tables is not None
    world.tables.call("PutItem", {"TableName": "core", "Item": {**item, "revoked": {"BOOL": is_revoked}}})


def test_what_came_of_a_rotation_outlives_the_claim_of_its_key(world: World) -> None:
    _, key = a_key(world.deps, None)
    now = world.clock.now()

    world.deps.store.keys.write(made(replace(key, id="key_x", digest="x")), Finished("op9", "done"), now)

    assert world.tables is not None
    [item] = [each for each in world.tables.stores["ephemeral"].items.values() if each["pk"]["S"] == "O#op9"]
    assert int(item["ttl"]["N"]) > now + 86_400
