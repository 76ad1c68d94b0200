"""Rotating an API key: the same key with another secret, the one before it working on for a while.

The one before it rotates nothing any more, its own key or another.
"""

from dataclasses import replace

from chalicelib.actions.asking import Asker, operation_of
from chalicelib.actions.change_key import change_held_key, check_newest, held_in_reach, in_force
from chalicelib.actions.change_once import outcome_of
from chalicelib.deps import Deps
from chalicelib.domain.key_changes import Held, KeyChange, rotated
from chalicelib.domain.keys import ApiKey, covers, issued
from chalicelib.errors import Forbidden
from chalicelib.people_errors import KeyEnded


def rotate_key(deps: Deps, own: ApiKey, key: str, overlap: int, asker: Asker) -> tuple[str, Held]:
    """The new secret, and the key as it stands; `overlap` in seconds.

    The same operation once more gives another secret, since the first one reached nobody, or KeyEnded where the key was
    rotated meanwhile. Raises UnknownKey, KeyEnded for one that has expired, Forbidden for one that can do more than
    `own`, or where that is not its key's newest secret, or Unauthorized where it works no longer.
    """
    random, operation = deps.secret(), operation_of(deps, asker)
    came: list[tuple[str, Held]] = []

    def decide() -> KeyChange:
        using, held = _read(deps, own, key, asker)
        wanted = replace(held.newest, by=asker.actor, operation=operation)
        secret, newest = issued(random, deps.settings.key_pepper, wanted)
        change, after = rotated(held, newest, overlap, deps.clock.now())
        came[:] = [(secret, after)]
        return replace(change, asked_by=using)

    account = _read(deps, own, key, asker)[1].newest.account
    change_held_key(deps, account, decide, asker.actor, asker.operation)
    return came[-1]


def _read(deps: Deps, own: ApiKey, key: str, asker: Asker) -> tuple[ApiKey, Held]:
    """The key that asks and the one to rotate, if it may."""
    own = in_force(deps, own)
    held = held_in_reach(deps, own, key)
    # A key that rotated itself has but the overlap left, and may still ask again for an answer that was lost.
    if held.newest.operation != asker.operation:
        _check(deps, own, held, asker.operation)
    if not held.newest.works_at(deps.clock.now()):
        raise KeyEnded("the key has expired")
    return own, held


def _check(deps: Deps, own: ApiKey, held: Held, operation: str | None) -> None:
    # Read after the key: what another run has written since then has moved that on, too.
    if outcome_of(deps, operation):
        raise KeyEnded(
            "the key was rotated again meanwhile, and the secret that this made is not its newest",
            "Whoever rotated it last has its newest secret; rotate it once more only if nobody has.",
        )
    check_newest(deps, own)
    if not covers(own, held.newest):
        raise Forbidden("The key can do more than the one that asks, which would learn its secret.")
