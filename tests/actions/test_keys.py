"""Keys change as a whole or not at all, whoever else changes them, and the same operation does it once."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.make_key import make_key
from chalicelib.actions.revoke_key import revoke_key
from chalicelib.deps import Deps
from chalicelib.deps.keys import KeyRow
from chalicelib.domain.key_changes import Held, rotated
from chalicelib.domain.keys import ApiKey
from chalicelib.errors import ConditionFailed, Conflict, Unauthorized
from chalicelib.people_errors import KeyEnded, TooManyKeys, UnknownKey
from tests.actions.keyring import OWN, a_key, finds, reaching, rotate, rows, standing, works
from tests.actions.world import Instead, World

pytestmark = pytest.mark.usefixtures("asking_key")


@reaching
def test_making_a_key_again_under_the_same_operation_makes_one_key_whose_last_secret_works(
    world: World, reason: str, account: str | None
) -> None:
    lost, _ = a_key(world.deps, account)

    secret, key = a_key(world.deps, account)

    assert works(world.deps, lost, secret) == [False, True], reason
    assert rows(world) == [key.id]


@reaching
def test_revoking_again_is_done_and_revoking_what_never_was_is_unknown(
    world: World, reason: str, account: str | None
) -> None:
    secret, key = a_key(world.deps, account)

    revoke_key(world.deps, OWN, key.id, Asker("key:own", "op2"))
    revoke_key(world.deps, OWN, key.id, Asker("key:own", "op2"))

    revoke_key(world.deps, OWN, key.id, Asker("key:own", "op3"))

    assert works(world.deps, secret) == [False], reason
    assert finds(world.deps, secret).operation == "op2"
    for own, sought in ((OWN, "key_none"), (replace(OWN, account="other"), key.id)):
        with pytest.raises(UnknownKey):
            revoke_key(world.deps, own, sought, Asker("key:own", "op3"))


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
        make_key(deps, own, replace(OWN, name="made", account=account), Asker("key:own", "op1"))

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
        rotate(world.deps, key.id, "op3")

    assert rows(world) == [key.id], reason


ENDED_SINCE = [
    ("revoked", lambda world, key: revoke_key(world.deps, OWN, key, Asker("key:own", "op2"))),
    ("rotated", lambda world, key: rotate(world.deps, key, "op2")),
    ("rotated", lambda world, key: rotate(world.deps, key, None)),
]


@reaching
@pytest.mark.parametrize(("what", "since"), ENDED_SINCE, ids=[row[0] for row in ENDED_SINCE])
def test_making_a_key_again_leaves_it_as_it_became_meanwhile(
    world: World, reason: str, account: str | None, what: str, since: Any
) -> None:
    _, key = a_key(world.deps, account)
    since(world, key.id)
    before = standing(world)

    with pytest.raises(KeyEnded, match=f"{what} meanwhile"):
        a_key(world.deps, account)

    assert standing(world) == before, (reason, what)


def test_a_key_that_has_expired_is_not_rotated(world: World) -> None:
    now = world.deps.clock.now()
    wanted = replace(OWN, expires_at=now + 60)
    key = make_key(world.deps, OWN, wanted, Asker("key:own", "op1"))[1].id
    world.clock.move_to(now + 60)

    with pytest.raises(KeyEnded):
        rotate(world.deps, key, "op2")

    assert rows(world) == [key]


def test_the_keys_of_an_account_are_found_those_that_were_revoked_too(world: World) -> None:
    (_, whole), (_, key), (_, kept) = (
        a_key(world.deps, None, "op1"),
        a_key(world.deps, "acme", "op2"),
        a_key(world.deps, "acme", "op3"),
    )
    for each in (whole, key):
        revoke_key(world.deps, OWN, each.id, Asker("key:own", "op4"))

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
