"""What the tests of API keys share: a key that may do everything, others that it makes, and which secrets work."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.make_key import make_key
from chalicelib.actions.rotate_key import rotate_key
from chalicelib.deps import Deps
from chalicelib.domain.keys import SCOPES, ApiKey, digest
from tests.actions.world import World

OWN = ApiKey("own", "own", "bk_own", SCOPES, id="key_own")
REACH = [("of the whole deployment", None), ("of an account", "acme")]
reaching = pytest.mark.parametrize(("reason", "account"), REACH, ids=[row[0] for row in REACH])


def rows(world: World) -> list[str]:
    """The ids of the keys but the one that asks."""
    return [row.id for row in world.deps.store.keys.rows() if row.id != OWN.id]


def standing(world: World) -> dict[str, tuple[str, ...]]:
    """The digests of every key that was not revoked, the newest first."""
    return {row.id: row.digests for row in world.deps.store.keys.rows()}


def a_key(deps: Deps, account: str | None, operation: str = "op1", **fields: Any) -> tuple[str, ApiKey]:
    return make_key(
        deps, OWN, replace(OWN, **{"name": "made", "account": account} | fields), Asker("key:own", operation)
    )


def rotate(deps: Deps, key: str, operation: str | None, own: ApiKey = OWN, overlap: int = 60) -> str:
    return rotate_key(deps, own, key, overlap, Asker("key:own", operation))[0]


def finds(deps: Deps, secret: str) -> ApiKey:
    found = deps.store.keys.find(digest(secret, deps.settings.key_pepper))
    assert found is not None
    return found


def works(deps: Deps, *secrets: str) -> list[bool]:
    return [finds(deps, each).works_at(deps.clock.now()) for each in secrets]
