"""Changing an API key: a key of an account in the account's own journal, one of the whole deployment by itself."""

from collections.abc import Callable

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.change_once import finishing_with
from chalicelib.deps import Beside, Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.finished import DONE, finishing
from chalicelib.domain.journal import begin
from chalicelib.domain.key_changes import Held, KeyChange
from chalicelib.domain.keys import ApiKey, reaches
from chalicelib.errors import ConditionFailed, Conflict, Forbidden, Unauthorized, UnknownAccount
from chalicelib.people_errors import UnknownKey

TRIES = 6

Decide = Callable[[], KeyChange]
"""What to write on what was read; it may be asked several times."""


def held_in_reach(deps: Deps, own: ApiKey, key: str) -> Held:
    """The key by its id; raises UnknownKey if it is not there, was revoked, or is another account's."""
    held = deps.store.keys.held(key)
    if held is None or not reaches(own, held.newest):
        raise UnknownKey(f"there is no key {key}")
    return held


def in_force(deps: Deps, own: ApiKey) -> ApiKey:
    """The key that asks, read anew, for what must not outlive it: a process knows a key for a minute.

    Raises Unauthorized where it works no longer.
    """
    found = deps.store.keys.find(own.digest)
    if found is None or not found.works_at(deps.clock.now()):
        raise Unauthorized("The API key has expired or was revoked.")
    return found


def check_newest(deps: Deps, own: ApiKey) -> None:
    """Raises Forbidden for the secret from before a rotation: who has it must not get at what comes after it."""
    held = deps.store.keys.held(own.id)
    # One from before keys had ids is in no list, and was never rotated; one revoked just now fails the write.
    if held is not None and held.newest.digest != own.digest:
        raise Forbidden(
            "The API key was rotated: the secret from before changes no key, and makes none that could.",
            "Ask by its newest secret.",
        )


def change_key(deps: Deps, account: str | None, decide: Decide, actor: str, operation: str | None = None) -> KeyChange:
    """What was written; `account` is the key's. That the operation is done is remembered beside it, where it is given.

    Raises UnknownAccount, or Conflict when others keep winning.
    """
    if account is None:
        return _alone(deps, decide, operation)
    came: list[KeyChange] = []

    def with_entry(state: State, _: Profile) -> Commit:
        change = decide()
        came[:] = [change]
        entry = begin(state, deps.clock.now(), deps.catalogue).because(f"key:{change.id}", actor)
        return finishing_with(Commit(entry.touching(change.touch), beside=Beside(key=change)), operation, DONE)

    change_account(deps, account, with_entry)
    return came[-1]


def change_held_key(
    deps: Deps, account: str | None, decide: Decide, actor: str, operation: str | None = None
) -> KeyChange:
    """The same for a key that is there: the first keys of a deployment may name accounts that are not there yet."""
    try:
        return change_key(deps, account, decide, actor, operation)
    except UnknownAccount:
        return _alone(deps, decide, operation)


def _alone(deps: Deps, decide: Decide, operation: str | None) -> KeyChange:
    for _ in range(TRIES):
        change = decide()
        try:
            deps.store.keys.write(change, finishing(operation, DONE), deps.clock.now())
        except ConditionFailed:
            continue
        return change
    raise Conflict("others kept changing this key")
