"""Adjusting credits by hand: given or taken once for each operation, however often it is asked."""

from dataclasses import replace

from chalicelib.actions.asking import Asker, operation_of
from chalicelib.actions.change_account import Commit, change_account
from chalicelib.deps import Beside, Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.adjustments import Adjustment, adjusted, expiry_mistake
from chalicelib.domain.journal import begin
from chalicelib.domain.periods import Instant
from chalicelib.errors import ConditionFailed, Invalid, Problem


def adjust_credits(
    deps: Deps, account: str, credits: int, reason: str, expires_at: Instant | None, asker: Asker
) -> Adjustment:
    """The adjustment, whose id is the operation: asked again nothing changes.

    Raises UnknownAccount, or Invalid for an impossible `expires_at`.
    """
    asked = Adjustment(operation_of(deps, asker), credits, reason, expires_at, deps.clock.now(), asker.actor)
    came: list[Adjustment] = []

    def decide(state: State, _: Profile) -> Commit | None:
        known = deps.store.adjustment(account, asked.id)
        if known is not None:
            came[:] = [replace(known, reason=reason)]
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
    return came[-1]
