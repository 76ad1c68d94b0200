"""Consume: decided and recorded in the same write.

Of two racing for the last unit one gets it; the refused leaves no trace and its id stays free.
"""

from dataclasses import replace

from chalicelib.actions.check import check
from chalicelib.actions.count_usage import DUPLICATE, OUT_OF_RANGE, Counted, count_usage
from chalicelib.deps import Deps
from chalicelib.domain.accounts import as_of
from chalicelib.domain.entitlements import Decision, answer
from chalicelib.domain.usage import UsageEvent
from chalicelib.errors import AtOutOfRange, Problem


def consume(deps: Deps, account: str, event: UsageEvent, *, dry_run: bool) -> Decision:
    """The decision, and if it is allowed the usage is durable before the answer.

    Raises UnknownAccount, AtOutOfRange, or TryAgain, after which the same call is always right.
    """
    if dry_run:
        return check(deps, account, event, consistent=True)
    counted = count_usage(deps, account, [event], ask=True)
    if counted.outcomes[0] == OUT_OF_RANGE:
        raise AtOutOfRange(
            [Problem("at", "must be within the last 35 days and the account's life, at most 5 minutes ahead")]
        )
    if counted.outcomes[0] == DUPLICATE or counted.decision is None:
        return _as_stored(deps, counted, event, "duplicate", duplicate=True)
    if not counted.decision.allowed:
        return counted.decision
    stored = _as_stored(deps, counted, event, counted.decision.reason, duplicate=False)
    needed = replace(stored.credits, needed=counted.decision.credits.needed)
    return replace(stored, recorded=True, credits=needed)


def _as_stored(deps: Deps, counted: Counted, event: UsageEvent, reason: str, *, duplicate: bool) -> Decision:
    now = deps.clock.now()
    state = as_of(counted.state, now, deps.catalogue)
    decision = answer(state, event, now, deps.catalogue, allowed=True, reason=reason, needed=0)
    return replace(decision, duplicate=duplicate)
