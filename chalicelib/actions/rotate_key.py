"""Rotating an API key: the same key with another secret, the one before it working on for a while."""

from dataclasses import replace

from chalicelib.actions.change_key import change_held_key, held_in_reach
from chalicelib.deps import Deps
from chalicelib.domain.key_changes import Held, KeyChange, rotated
from chalicelib.domain.keys import ApiKey, covers, issued
from chalicelib.errors import Forbidden


def rotate_key(deps: Deps, own: ApiKey, key: str, overlap: int, *, by: tuple[str, str]) -> tuple[str, Held]:
    """The new secret, and the key as it stands; `overlap` in seconds, `by` the actor and the operation.

    Raises UnknownKey, or Forbidden for a key that can do more than `own`.
    """
    actor, operation = by
    random = deps.secret()
    came: list[tuple[str, Held]] = []

    def decide() -> KeyChange:
        held = _mine(deps, own, key, operation)
        wanted = replace(held.newest, by=actor, operation=operation)
        secret, newest = issued(random, deps.settings.key_pepper, wanted)
        change, after = rotated(held, newest, overlap, deps.clock.now())
        came[:] = [(secret, after)]
        return change

    account = _mine(deps, own, key, operation).newest.account
    change_held_key(deps, account, decide, actor)
    return came[-1]


def _mine(deps: Deps, own: ApiKey, key: str, operation: str) -> Held:
    held = held_in_reach(deps, own, key)
    # A key that rotated itself has but the overlap left, and may still ask again for an answer that was lost.
    if held.newest.operation != operation and not covers(own, held.newest):
        raise Forbidden("The key can do more than the one that asks, which would learn its secret.")
    return held
