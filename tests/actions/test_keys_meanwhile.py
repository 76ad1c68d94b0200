"""What befalls a key between what was read and what is written: one that ends leaves no heirs, whatever it did."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.make_key import make_key
from chalicelib.actions.revoke_key import revoke_key
from chalicelib.deps import Deps
from chalicelib.domain.key_changes import made
from chalicelib.domain.keys import KEEPS_KEYS, SCOPES, ApiKey
from chalicelib.errors import Forbidden, Unauthorized
from chalicelib.people_errors import UnknownKey
from tests.actions.keyring import OWN, a_key, reaching, rotate, rows, standing, works
from tests.actions.world import Instead, World

pytestmark = pytest.mark.usefixtures("asking_key")

NEVER = "never"
"""An account that is not there: its keys are written by themselves."""


def meanwhile(world: World, befalls: Callable[[], Any]) -> tuple[Deps, list[str]]:
    """Deps whose first write comes after that, and what was written so far or tried to be."""
    written: list[str] = []

    def late(name: str, write: Callable[..., Any]) -> Callable[..., Any]:
        def after(*args: Any, **named: Any) -> Any:
            written.append(name)
            if len(written) == 1:
                befalls()
            return write(*args, **named)

        return after

    store = world.deps.store
    keys = Instead(store.keys, {"write": late("key", store.keys.write)})
    return world.with_store(keys=keys, commit=late("commit", store.commit)), written


WAYS = [
    ("of the deployment, for one of the deployment", None, None),
    ("of the deployment, for one of an account", None, "acme"),
    ("of the deployment, for one of an account that is not there", None, NEVER),
    ("of an account, for one of it", "acme", "acme"),
    ("of an account that is not there, for one of it", NEVER, NEVER),
]


def makes(deps: Deps, own: ApiKey, other: ApiKey) -> None:
    make_key(deps, own, replace(other, name="heir"), Asker("key:k", "op8"))


def makes_again(deps: Deps, own: ApiKey, other: ApiKey) -> None:
    """What was made before, and nobody was told."""
    makes(deps, own, other)


def rotates(deps: Deps, own: ApiKey, other: ApiKey) -> None:
    rotate(deps, other.id, "op8", own)


def rotates_itself(deps: Deps, own: ApiKey, _: ApiKey) -> None:
    rotate(deps, own.id, "op8", own)


def revoked(world: World, own: ApiKey) -> None:
    revoke_key(world.deps, OWN, own.id, Asker("key:own", "op7"))


def rotated(world: World, own: ApiKey) -> None:
    rotate(world.deps, own.id, None, overlap=0)


def superseded(world: World, own: ApiKey) -> None:
    rotate(world.deps, own.id, None, overlap=60)


BEFALLS = [(revoked, Unauthorized), (rotated, Unauthorized), (superseded, Forbidden)]
AT_WORK = [
    pytest.param(reason, own, other, does, id=f"{does.__name__} {reason}")
    for reason, own, other in WAYS
    for does in (makes, makes_again, rotates, rotates_itself)
    # A key is made for an account that is there.
    if other != NEVER or does not in (makes, makes_again)
]
at_work = pytest.mark.parametrize(("reason", "own", "other", "does"), AT_WORK)


def held(world: World, account: str | None, name: str, **fields: Any) -> ApiKey:
    """A key, whose account need not be there."""
    key = replace(OWN, digest=name, id=f"key_{name}", account=account, created=world.clock.now(), **fields)
    world.deps.store.keys.write(made(key))
    return key


@at_work
@pytest.mark.parametrize(("befalls", "refused"), BEFALLS)
def test_a_key_that_ends_while_it_is_at_work_leaves_no_heir(  # noqa: PLR0917 - rows of two tables
    world: World, reason: str, own: str | None, other: str | None, does: Any, befalls: Any, refused: Any
) -> None:
    asking, sought = held(world, own, "asking"), held(world, other, "sought")
    if does is makes_again:
        makes(world.deps, asking, sought)
    after: list[Any] = []
    deps, _ = meanwhile(world, lambda: after.append((befalls(world, asking), standing(world))[1]))

    with pytest.raises(refused):
        does(deps, asking, sought)

    assert [standing(world)] == after, reason


@at_work
def test_that_a_key_was_used_meanwhile_is_no_reason_to_write_anew(
    world: World, reason: str, own: str | None, other: str | None, does: Any
) -> None:
    asking, sought = held(world, own, "asking"), held(world, other, "sought")
    if does is makes_again:
        makes(world.deps, asking, sought)
    before = standing(world)
    deps, written = meanwhile(world, lambda: world.deps.store.keys.note_use(asking, 8))

    does(deps, asking, sought)

    assert standing(world) != before, reason
    assert len(written) == 1


@pytest.mark.parametrize("does", [makes, rotates])
def test_a_key_superseded_until_its_own_end_neither_rotates_nor_makes_what_could(world: World, does: Any) -> None:
    end = world.clock.now() + 30
    asking, other = (held(world, None, name, expires_at=end) for name in ("asking", "other"))
    deps, written = meanwhile(world, lambda: superseded(world, asking))

    with pytest.raises(Forbidden, match="secret from before"):
        does(deps, asking, other)

    assert (len(written), sorted(rows(world))) == (1, ["key_asking", "key_other"])
    assert standing(world)["key_other"] == ("other",)


def test_a_key_superseded_until_its_own_end_makes_what_keeps_no_keys_and_ends_no_later(world: World) -> None:
    asking = held(world, None, "asking", expires_at=world.clock.now() + 30)
    deps, written = meanwhile(world, lambda: superseded(world, asking))

    makes(deps, asking, replace(asking, scopes=SCOPES - {KEEPS_KEYS}))

    assert (len(written), "key_op8" in rows(world)) == (2, True)


@reaching
def test_a_key_that_is_rotated_while_it_is_rotated_has_both_new_secrets_and_not_the_old(
    world: World, reason: str, account: str | None
) -> None:
    first, key = a_key(world.deps, account)
    between: list[str] = []
    deps, written = meanwhile(world, lambda: between.append(rotate(world.deps, key.id, "op2")))

    secret = rotate(deps, key.id, "op3")

    assert works(world.deps, first, *between, secret) == [False, True, True], reason
    assert len(written) == 2


@reaching
def test_a_key_that_is_revoked_while_it_is_rotated_stays_revoked(
    world: World, reason: str, account: str | None
) -> None:
    first, key = a_key(world.deps, account)
    deps, _ = meanwhile(world, lambda: revoke_key(world.deps, OWN, key.id, Asker("key:other", "op2")))

    with pytest.raises(UnknownKey):
        rotate(deps, key.id, "op3")

    assert works(world.deps, first) == [False], reason
    assert rows(world) == []
