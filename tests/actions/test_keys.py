"""Keys change as a whole or not at all, whoever else changes them, and the same operation does it once."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.make_key import make_key
from chalicelib.actions.revoke_key import revoke_key
from chalicelib.actions.rotate_key import rotate_key
from chalicelib.deps import Deps
from chalicelib.deps.keys import KeyRow
from chalicelib.domain.key_changes import Held
from chalicelib.domain.keys import SCOPES, ApiKey, digest
from chalicelib.errors import ConditionFailed, Conflict, Forbidden
from chalicelib.people_errors import TooManyKeys, UnknownKey
from tests.actions.world import Instead, World

OWN = ApiKey("", "own", "bk_own", SCOPES)
REACH = [("of the whole deployment", None), ("of an account", "acme")]
reaching = pytest.mark.parametrize(("reason", "account"), REACH, ids=[row[0] for row in REACH])


@pytest.fixture(autouse=True)
def opened(world: World) -> None:
    world.account()


def a_key(deps: Deps, account: str | None, operation: str = "op1") -> tuple[str, ApiKey]:
    return make_key(deps, OWN, replace(OWN, name="made", account=account), "key:own", operation)


def finds(deps: Deps, secret: str) -> ApiKey:
    found = deps.store.keys.find(digest(secret, deps.settings.key_pepper))
    assert found is not None
    return found


def works(deps: Deps, *secrets: str) -> list[bool]:
    return [finds(deps, each).works_at(deps.clock.now()) for each in secrets]


@reaching
def test_making_a_key_again_under_the_same_operation_makes_one_key_whose_last_secret_works(
    world: World, reason: str, account: str | None
) -> None:
    lost, _ = a_key(world.deps, account)

    secret, key = a_key(world.deps, account)

    assert works(world.deps, lost, secret) == [False, True], reason
    assert [row.id for row in world.deps.store.keys.rows()] == [key.id]


@reaching
def test_rotating_again_under_the_same_operation_keeps_the_secret_that_is_in_use(
    world: World, reason: str, account: str | None
) -> None:
    used, key = a_key(world.deps, account)
    lost, _ = rotate_key(world.deps, OWN, key.id, 60, by=("key:own", "op2"))

    secret, _ = rotate_key(world.deps, OWN, key.id, 60, by=("key:own", "op2"))

    assert works(world.deps, used, lost, secret) == [True, False, True], reason


def test_who_rotated_himself_may_ask_again_with_the_old_secret_but_not_for_another_rotation(world: World) -> None:
    used, key = a_key(world.deps, None)
    lost, _ = rotate_key(world.deps, key, key.id, 60, by=("key:own", "op2"))
    own = finds(world.deps, used)

    secret, _ = rotate_key(world.deps, own, key.id, 60, by=("key:own", "op2"))

    assert works(world.deps, used, lost, secret) == [True, False, True]
    with pytest.raises(Forbidden):
        rotate_key(world.deps, own, key.id, 60, by=("key:own", "op3"))


@reaching
def test_revoking_again_under_the_same_operation_is_done_and_under_another_is_unknown(
    world: World, reason: str, account: str | None
) -> None:
    secret, key = a_key(world.deps, account)

    revoke_key(world.deps, OWN, key.id, "key:own", "op2")
    revoke_key(world.deps, OWN, key.id, "key:own", "op2")

    assert works(world.deps, secret) == [False], reason
    with pytest.raises(UnknownKey):
        revoke_key(world.deps, OWN, key.id, "key:own", "op3")


@reaching
def test_a_key_that_is_rotated_while_it_is_rotated_has_both_new_secrets_and_not_the_old(
    world: World, reason: str, account: str | None
) -> None:
    first, key = a_key(world.deps, account)
    between: list[str] = []

    def held(sought: str) -> Held | None:
        found = world.deps.store.keys.held(sought)
        if len(reads) == 1 and not between:
            between.append(rotate_key(world.deps, OWN, key.id, 60, by=("key:other", "op2"))[0])
        reads.append(sought)
        return found

    reads: list[str] = []
    deps = world.with_store(keys=Instead(world.deps.store.keys, {"held": held}))

    secret, _ = rotate_key(deps, OWN, key.id, 60, by=("key:own", "op3"))

    assert works(world.deps, first, *between, secret) == [False, True, True], reason
    assert len(reads) == 3


@reaching
def test_a_key_that_is_revoked_while_it_is_rotated_stays_revoked(
    world: World, reason: str, account: str | None
) -> None:
    first, key = a_key(world.deps, account)
    reads: list[str] = []

    def held(sought: str) -> Held | None:
        found = world.deps.store.keys.held(sought)
        if len(reads) == 1:
            revoke_key(world.deps, OWN, key.id, "key:other", "op2")
        reads.append(sought)
        return found

    deps = world.with_store(keys=Instead(world.deps.store.keys, {"held": held}))

    with pytest.raises(UnknownKey):
        rotate_key(deps, OWN, key.id, 60, by=("key:own", "op3"))

    assert works(world.deps, first) == [False], reason
    assert world.deps.store.keys.rows() == []


def test_there_are_a_thousand_keys_and_no_more(world: World) -> None:
    row = KeyRow("key_x", None, 0, ("d",))

    def of(count: int) -> Deps:
        return world.with_store(keys=Instead(world.deps.store.keys, {"rows": lambda: [row] * count}))

    with pytest.raises(TooManyKeys):
        a_key(of(1_000), None)
    assert world.deps.store.keys.rows() == []
    a_key(of(999), None)
    assert len(world.deps.store.keys.rows()) == 1


def test_a_key_and_its_entry_are_one_write(world: World) -> None:
    before = world.stored()[0]

    def refused(*_: Any, **__: Any) -> Any:
        raise ConditionFailed({})

    with pytest.raises(Conflict):
        a_key(world.with_store(commit=refused), "acme")

    assert world.deps.store.keys.rows() == []
    a_key(world.deps, "acme")
    assert world.stored()[0].entries == before.entries + 1
