"""Revoking an API key: neither of its secrets works any more."""

from chalicelib.actions.change_key import change_held_key, held_in_reach
from chalicelib.deps import Deps
from chalicelib.domain.key_changes import KeyChange, revoked
from chalicelib.domain.keys import ApiKey, reaches


def revoke_key(deps: Deps, own: ApiKey, key: str, actor: str, operation: str) -> None:
    """Ends the key, unless this operation has ended it before; raises UnknownKey."""
    before = deps.store.keys.ended(key)
    if before is not None and before.newest.operation == operation and reaches(own, before.newest):
        return

    def decide() -> KeyChange:
        return revoked(held_in_reach(deps, own, key), actor, operation)

    change_held_key(deps, held_in_reach(deps, own, key).newest.account, decide, actor)
