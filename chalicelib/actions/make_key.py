"""Making an API key, which may do at most what the key does that asks for it."""

from dataclasses import replace

from chalicelib.actions.asking import Asker, operation_of
from chalicelib.actions.change_key import change_key, check_newest, in_force
from chalicelib.deps import Deps
from chalicelib.domain.key_changes import Held, KeyChange, made, rotated
from chalicelib.domain.keys import KEEPS_KEYS, MOST, MOST_OF_ACCOUNT, ApiKey, covers, issued
from chalicelib.errors import Forbidden, Invalid, Problem
from chalicelib.people_errors import KeyEnded, TooManyKeys


def make_key(deps: Deps, own: ApiKey, wanted: ApiKey, asker: Asker) -> tuple[str, ApiKey]:
    """The key itself, which nobody can be told again, and what is kept of it.

    The same operation once more gives the same key another secret, since the first one reached nobody, or KeyEnded
    where the key was rotated or revoked meanwhile. Raises Forbidden beyond the reach of `own`, and for a key that keeps
    keys where `own` is the secret from before a rotation; Unauthorized where that works no longer, Invalid for an end
    that is past, UnknownAccount, or TooManyKeys; keys that are made at the same moment may pass that bound by one
    another.
    """
    now = deps.clock.now()
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise Invalid([Problem("expires_at", "must be in the future")])
    _asking(deps, own, wanted)
    operation = operation_of(deps, asker)
    wanted = replace(wanted, id=f"key_{operation}", created=now, by=asker.actor, operation=operation)
    secret, key = issued(deps.secret(), deps.settings.key_pepper, wanted)

    def decide() -> KeyChange:
        # Once more: the write is lost where the key that asks was revoked or rotated since, and this is asked again.
        using = _asking(deps, own, wanted)
        before = deps.store.keys.held(key.id) or deps.store.keys.ended(key.id)
        if before is None:
            _check_room(deps, own, key.account)
            return replace(made(key), asked_by=using)
        _check_lost(before, operation)
        return replace(rotated(before, key, 0, now)[0], asked_by=using)

    change_key(deps, key.account, decide, asker.actor, asker.operation)
    return secret, key


def _asking(deps: Deps, own: ApiKey, wanted: ApiKey) -> ApiKey:
    using = in_force(deps, own)
    if not covers(using, wanted):
        raise Forbidden(
            "The new key would do more than the one that asks: other scopes, more accounts, or longer.",
            "Ask for at most its own reach: where it is of one account name that, where it ends name no later end.",
        )
    if KEEPS_KEYS in wanted.scopes:
        # Such a key would be the newest secret of its own, and could rotate the one that made it.
        check_newest(deps, using)
    return using


def _check_lost(before: Held, operation: str) -> None:
    """What the operation made before is nobody's unless somebody has changed it since."""
    if before.newest.revoked:
        raise KeyEnded("the key that this made was revoked meanwhile")
    if before.newest.operation != operation:
        raise KeyEnded(
            "the key that this made was rotated meanwhile",
            "Whoever rotated it has its secret; rotate it once more only if nobody has.",
        )


def _check_room(deps: Deps, own: ApiKey, account: str | None) -> None:
    """Whoever reaches one account is told of that account's keys only."""
    rows = deps.store.keys.rows()
    if account is not None and sum(row.account == account for row in rows) >= MOST_OF_ACCOUNT:
        raise TooManyKeys(f"the account has {MOST_OF_ACCOUNT} keys")
    if own.account is None and len(rows) >= MOST:
        raise TooManyKeys(f"there are {MOST} keys")
