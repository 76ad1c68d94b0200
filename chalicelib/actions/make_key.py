"""Making an API key, which may do at most what the key does that asks for it."""

from dataclasses import replace

from chalicelib.actions.change_key import change_key, in_force
from chalicelib.deps import Deps
from chalicelib.domain.key_changes import KeyChange, made, rotated
from chalicelib.domain.keys import MOST, MOST_OF_ACCOUNT, ApiKey, covers, issued
from chalicelib.errors import Forbidden, Invalid, Problem
from chalicelib.people_errors import KeyEnded, TooManyKeys


def make_key(deps: Deps, own: ApiKey, wanted: ApiKey, actor: str, operation: str) -> tuple[str, ApiKey]:
    """The key itself, which nobody can be told again, and what is kept of it.

    The same operation once more gives the same key another secret, since the first one reached nobody, or KeyEnded
    where the key was revoked meanwhile. Raises Forbidden beyond the reach of `own`, Unauthorized where that works no
    longer, Invalid for an end that is past, UnknownAccount, or TooManyKeys; keys that are made at the same moment may
    pass that bound by one another.
    """
    now = deps.clock.now()
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise Invalid([Problem("expires_at", "must be in the future")])
    if not covers(in_force(deps, own), wanted):
        raise Forbidden(
            "The new key would do more than the one that asks: other scopes, more accounts, or longer.",
            "Ask for at most its own reach; a key of one account names that account.",
        )
    wanted = replace(wanted, id=f"key_{operation}", created=now, by=actor, operation=operation)
    secret, key = issued(deps.secret(), deps.settings.key_pepper, wanted)

    def decide() -> KeyChange:
        # Once more: a key of this account that is revoked in between moves the account on, and this is asked again.
        in_force(deps, own)
        before = deps.store.keys.held(key.id)
        if before is not None:
            return rotated(before, key, 0, now)[0]
        if deps.store.keys.ended(key.id) is not None:
            raise KeyEnded("the key that this made was revoked meanwhile")
        _check_room(deps, own, key.account)
        return made(key)

    change_key(deps, key.account, decide, actor)
    return secret, key


def _check_room(deps: Deps, own: ApiKey, account: str | None) -> None:
    """Whoever reaches one account is told of that account's keys only."""
    rows = deps.store.keys.rows()
    if account is not None and sum(row.account == account for row in rows) >= MOST_OF_ACCOUNT:
        raise TooManyKeys(f"the account has {MOST_OF_ACCOUNT} keys")
    if own.account is None and len(rows) >= MOST:
        raise TooManyKeys(f"there are {MOST} keys")
