"""The closed usage periods that what comes late falls into."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.deps import Deps
from chalicelib.domain.counting import tally_at
from chalicelib.domain.journal import Change
from chalicelib.domain.periods import Instant


def reaching(deps: Deps, change: Change, instants: Sequence[Instant], *, sure: bool) -> Change:
    """The change with the closed periods that hold these instants; read consistently before one is given up.

    With `sure` no stale read is risked: a write has failed already.
    """
    for consistent in (True,) if sure else (False, True):
        late = [at for at in instants if at >= change.before.created and not has_period(change, at)]
        if not late:
            break
        found = deps.store.closed_periods(change.before.account, consistent=consistent)
        needed = {closed.period.start: closed for closed in found if any(closed.period.holds(at) for at in late)}
        change = replace(change, periods={**needed, **change.periods})
    return change


def has_period(change: Change, at: Instant) -> bool:
    """Whether the change knows the period that holds the instant."""
    return tally_at(change, at) is not None
