"""Revoking an API key: neither of its secrets works any more."""

from chalicelib.actions.asking import Asker, operation_of
from chalicelib.actions.change_key import change_held_key, check_newest, held_in_reach
from chalicelib.deps import Deps
from chalicelib.domain.key_changes import KeyChange, revoked
from chalicelib.domain.keys import ApiKey, reaches
from chalicelib.people_errors import UnknownKey


def revoke_key(deps: Deps, own: ApiKey, key: str, asker: Asker) -> None:
    """The key is revoked, by this or before.

    Raises UnknownKey for one out of reach, or that never was, and Forbidden for the secret from before a rotation.
    """
    operation = operation_of(deps, asker)
    check_newest(deps, own)

    def decide() -> KeyChange:
        return revoked(held_in_reach(deps, own, key), asker.actor, operation)

    try:
        change_held_key(deps, held_in_reach(deps, own, key).newest.account, decide, asker.actor)
    except UnknownKey:
        before = deps.store.keys.ended(key)
        if before is None or not reaches(own, before.newest):
            raise
