"""Keys change as a whole or not at all, whoever else changes them, and the same operation does it once."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.make_key import make_key
from chalicelib.actions.revoke_key import revoke_key
from chalicelib.actions.rotate_key import rotate_key
from chalicelib.deps import Deps
from chalicelib.deps.keys import KeyRow
from chalicelib.domain.key_changes import Held, made, rotated
from chalicelib.domain.keys import SCOPES, ApiKey, digest
from chalicelib.errors import ConditionFailed, Conflict, Forbidden, Unauthorized
from chalicelib.people_errors import KeyEnded, TooManyKeys, UnknownKey
from tests.actions.world import Instead, World

OWN = ApiKey("own", "own", "bk_own", SCOPES, id="key_own")
REACH = [("of the whole deployment", None), ("of an account", "acme")]
reaching = pytest.mark.parametrize(("reason", "account"), REACH, ids=[row[0] for row in REACH])


@pytest.fixture(autouse=True)
def opened(world: World) -> None:
    world.account()
    world.deps.store.keys.write(made(OWN))


def rows(world: World) -> list[str]:
    """The ids of the keys but the one that asks."""
    return [row.id for row in world.deps.store.keys.rows() if row.id != OWN.id]


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
    assert rows(world) == [key.id]


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
def test_revoking_again_is_done_and_revoking_what_never_was_is_unknown(
    world: World, reason: str, account: str | None
) -> None:
    secret, key = a_key(world.deps, account)

    revoke_key(world.deps, OWN, key.id, "key:own", "op2")
    revoke_key(world.deps, OWN, key.id, "key:own", "op2")

    revoke_key(world.deps, OWN, key.id, "key:own", "op3")

    assert works(world.deps, secret) == [False], reason
    assert finds(world.deps, secret).operation == "op2"
    for own, sought in ((OWN, "key_none"), (replace(OWN, account="other"), key.id)):
        with pytest.raises(UnknownKey):
            revoke_key(world.deps, own, sought, "key:own", "op3")


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
    assert rows(world) == []


def test_there_are_a_thousand_keys_and_no_more(world: World) -> None:
    row = KeyRow("key_x", None, 0, ("d",))

    def of(count: int) -> Deps:
        return world.with_store(keys=Instead(world.deps.store.keys, {"rows": lambda: [row] * count}))

    with pytest.raises(TooManyKeys):
        a_key(of(1_000), None)
    assert rows(world) == []
    a_key(of(999), None)
    assert len(rows(world)) == 1


FIFTY = [
    ("one less in the account", OWN, "acme", 49, "", True),
    ("as many in the account", OWN, "acme", 50, "the account has 50 keys", False),
    ("as many in another account", OWN, "acme", 0, "", True),
    ("its own key, in a deployment that is full", replace(OWN, account="acme"), "acme", 49, "", True),
    ("its own key, as many", replace(OWN, account="acme"), "acme", 50, "the account has 50 keys", False),
]


@pytest.mark.parametrize(("reason", "own", "account", "count", "told", "fits"), FIFTY, ids=[row[0] for row in FIFTY])
def test_an_account_has_fifty_keys_and_its_own_are_told_of_no_others(  # noqa: PLR0917 - a row of the table
    world: World, reason: str, own: ApiKey, account: str, count: int, told: str, fits: bool
) -> None:
    others = 2_000 if own.account else 50
    found = [KeyRow("key_x", account, 0, ("d",))] * count + [KeyRow("key_y", "other", 0, ("d",))] * others
    deps = world.with_store(keys=Instead(world.deps.store.keys, {"rows": lambda: found}))

    def made_one() -> None:
        make_key(deps, own, replace(OWN, name="made", account=account), "key:own", "op1")

    if fits:
        made_one()
    else:
        with pytest.raises(TooManyKeys, match=told):
            made_one()
    assert len(rows(world)) == fits, reason


ENDS: list[tuple[str, dict[str, Any]]] = [("revoked", {"revoked": True}), ("expired", {"expires_at": 1})]


@pytest.mark.parametrize(("reason", "end"), ENDS, ids=[row[0] for row in ENDS])
def test_a_key_that_works_no_longer_makes_and_rotates_none_though_a_process_still_knows_it(
    world: World, reason: str, end: dict[str, Any]
) -> None:
    _, key = a_key(world.deps, None)
    world.deps.store.keys.write(rotated(Held(OWN), replace(OWN, **end), 0, 0)[0])

    with pytest.raises(Unauthorized):
        a_key(world.deps, None, "op2")
    with pytest.raises(Unauthorized):
        rotate_key(world.deps, OWN, key.id, 60, by=("key:own", "op3"))

    assert rows(world) == [key.id], reason


@reaching
def test_making_a_key_again_does_not_bring_back_what_was_revoked_meanwhile(
    world: World, reason: str, account: str | None
) -> None:
    secret, key = a_key(world.deps, account)
    revoke_key(world.deps, OWN, key.id, "key:own", "op2")

    with pytest.raises(KeyEnded):
        a_key(world.deps, account)

    assert (works(world.deps, secret), rows(world)) == ([False], []), reason


def test_a_key_that_has_expired_is_not_rotated(world: World) -> None:
    now = world.deps.clock.now()
    wanted = replace(OWN, expires_at=now + 60)
    key = make_key(world.deps, OWN, wanted, "key:own", "op1")[1].id
    world.clock.move_to(now + 60)

    with pytest.raises(KeyEnded):
        rotate_key(world.deps, OWN, key, 60, by=("key:own", "op2"))

    assert rows(world) == [key]


def test_the_keys_of_an_account_are_found_those_that_were_revoked_too(world: World) -> None:
    (_, whole), (_, key), (_, kept) = (
        a_key(world.deps, None, "op1"),
        a_key(world.deps, "acme", "op2"),
        a_key(world.deps, "acme", "op3"),
    )
    for each in (whole, key):
        revoke_key(world.deps, OWN, each.id, "key:own", "op4")

    assert {held.newest.id for held in world.deps.store.keys.of("acme")} == {key.id, kept.id}
    assert world.deps.store.keys.of("acm") == []


def test_a_key_and_its_entry_are_one_write(world: World) -> None:
    before = world.stored()[0]

    def refused(*_: Any, **__: Any) -> Any:
        raise ConditionFailed({})

    with pytest.raises(Conflict):
        a_key(world.with_store(commit=refused), "acme")

    assert rows(world) == []
    a_key(world.deps, "acme")
    assert world.stored()[0].entries == before.entries + 1
