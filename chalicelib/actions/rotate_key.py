"""Rotating an API key: the same key with another secret, the one before it working on for a while."""

from dataclasses import replace

from chalicelib.actions.change_key import change_held_key, held_in_reach, in_force
from chalicelib.deps import Deps
from chalicelib.domain.key_changes import Held, KeyChange, rotated
from chalicelib.domain.keys import ApiKey, covers, issued
from chalicelib.errors import Forbidden
from chalicelib.people_errors import KeyEnded


def rotate_key(deps: Deps, own: ApiKey, key: str, overlap: int, *, by: tuple[str, str]) -> tuple[str, Held]:
    """The new secret, and the key as it stands; `overlap` in seconds, `by` the actor and the operation.

    Raises UnknownKey, KeyEnded for one that has expired, Forbidden for one that can do more than `own`, or Unauthorized
    where `own` works no longer.
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
    own = in_force(deps, own)
    held = held_in_reach(deps, own, key)
    # A key that rotated itself has but the overlap left, and may still ask again for an answer that was lost.
    if held.newest.operation != operation and not covers(own, held.newest):
        raise Forbidden("The key can do more than the one that asks, which would learn its secret.")
    if not held.newest.works_at(deps.clock.now()):
        raise KeyEnded("the key has expired")
    return held
