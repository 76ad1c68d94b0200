"""Consume: decided and recorded in the same write.

Of two racing for the last unit one gets it; the refused leaves no trace and its id stays free.
"""

from dataclasses import replace

from chalicelib.actions.count_usage import DUPLICATE, OUT_OF_RANGE, TRY_AGAIN, Counted, count_usage, full
from chalicelib.deps import Deps
from chalicelib.domain.accounts import as_of
from chalicelib.domain.entitlements import Decision, answer
from chalicelib.domain.usage import WITHIN, UsageEvent
from chalicelib.errors import AtOutOfRange, Problem


def consume(deps: Deps, account: str, event: UsageEvent, *, dry_run: bool) -> Decision:
    """The decision, and if it is allowed the usage is durable before the answer; with `dry_run` nothing is written.

    Raises UnknownAccount, AtOutOfRange, or TryAgain, after which the same call is always right.
    """
    counted = count_usage(deps, account, [event], ask=True, dry_run=dry_run)
    if counted.outcomes[0] == OUT_OF_RANGE:
        raise AtOutOfRange([Problem("at", WITHIN)])
    if counted.outcomes[0] == TRY_AGAIN:
        raise full(account, deps.clock.now())
    decision = counted.decision
    if decision is None:
        return replace(_as_stored(deps, counted, event, DUPLICATE), duplicate=True)
    if dry_run or not decision.allowed:
        return decision
    stored = _as_stored(deps, counted, event, decision.reason)
    return replace(stored, recorded=True, credits=replace(stored.credits, needed=decision.credits.needed))


def _as_stored(deps: Deps, counted: Counted, event: UsageEvent, reason: str) -> Decision:
    """The numbers as they are stored, of the period that the event is in."""
    now, state = deps.clock.now(), counted.state
    if event.at >= state.period.end:
        state = as_of(state, now, deps.catalogue)
    return answer(state, event, now, deps.catalogue, allowed=True, reason=reason, needed=0)
