"""Making an API key, which may do at most what the key does that asks for it."""

from dataclasses import replace

from chalicelib.actions.change_key import change_key
from chalicelib.deps import Deps
from chalicelib.domain.key_changes import KeyChange, made, rotated
from chalicelib.domain.keys import MOST, ApiKey, covers, issued
from chalicelib.errors import Forbidden, Invalid, Problem
from chalicelib.people_errors import TooManyKeys


def make_key(deps: Deps, own: ApiKey, wanted: ApiKey, actor: str, operation: str) -> tuple[str, ApiKey]:
    """The key itself, which nobody can be told again, and what is kept of it.

    The same operation once more gives the same key another secret: the first one reached nobody. Raises Forbidden
    beyond the reach of `own`, Invalid for an end that is past, UnknownAccount, or TooManyKeys; keys that are made at
    the same moment may pass that bound by one another.
    """
    now = deps.clock.now()
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise Invalid([Problem("expires_at", "must be in the future")])
    if not covers(own, wanted):
        raise Forbidden(
            "The new key would do more than the one that asks: other scopes, more accounts, or longer.",
            "Ask for at most its own reach; a key of one account names that account.",
        )
    wanted = replace(wanted, id=f"key_{operation}", created=now, by=actor, operation=operation)
    secret, key = issued(deps.secret(), deps.settings.key_pepper, wanted)

    def decide() -> KeyChange:
        before = deps.store.keys.held(key.id)
        if before is not None:
            return rotated(before, key, 0, now)[0]
        if len(deps.store.keys.rows()) >= MOST:
            raise TooManyKeys(f"there are {MOST} keys")
        return made(key)

    change_key(deps, key.account, decide, actor)
    return secret, key
