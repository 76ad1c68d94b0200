"""Adjusting credits by hand: given or taken once for each key, however often it is asked."""

from dataclasses import replace
from hashlib import sha256

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.credit_errors import IdempotencyKeyReused
from chalicelib.deps import Beside, Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.adjustments import Adjustment, adjusted, expiry_mistake
from chalicelib.domain.journal import begin
from chalicelib.domain.periods import Instant
from chalicelib.errors import ConditionFailed, Invalid, Problem


def adjust_credits(
    deps: Deps, account: str, credits: int, reason: str, expires_at: Instant | None, *, by: tuple[str, str | None]
) -> Adjustment:
    """The adjustment; `by` is the actor and the idempotency key, under which the same call again changes nothing.

    Raises UnknownAccount, Invalid for an impossible `expires_at`, or IdempotencyKeyReused where the key stands for
    another adjustment.
    """
    actor, key = by
    asked = Adjustment(_id(deps, key), credits, reason, expires_at, deps.clock.now(), actor)
    came: list[Adjustment] = []

    def decide(state: State, _: Profile) -> Commit | None:
        known = deps.store.adjustment(account, asked.id)
        if known is not None:
            came[:] = [known]
            return None
        mistake, queue = expiry_mistake(asked), deps.store.lots(state)
        if mistake:
            raise Invalid([Problem("expires_at", mistake)])
        if queue is None:
            raise ConditionFailed({})
        change = adjusted(begin(state, deps.clock.now(), deps.catalogue), asked, queue)
        made = replace(asked, balance=change.after.balance, available=change.after.available)
        came[:] = [made]
        return Commit(change, beside=Beside(adjustment=made))

    change_account(deps, account, decide)
    made = came[-1]
    if not made.says_the_same(asked):
        raise IdempotencyKeyReused([Problem("Idempotency-Key", "stands for another adjustment of this account")])
    return made


def _id(deps: Deps, key: str | None) -> str:
    """Without a key each call is an adjustment of its own, should even its answer get lost."""
    return deps.token() if key is None else f"adj_{sha256(key.encode()).hexdigest()[:24]}"
