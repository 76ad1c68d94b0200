"""Reading usage by day: what the projection has, what it lacks, and the open entry."""

from chalicelib.actions.check import read_state
from chalicelib.actions.project_journal import unprojected
from chalicelib.deps import Deps
from chalicelib.domain.accounts import State
from chalicelib.domain.days import DaySums, merged, sums_of
from chalicelib.errors import Conflict

TRIES = 5


def read_days(deps: Deps, account: str, first: int, last: int) -> DaySums:
    """Usage of the days from `first` to `last` by (day, meter), exact. Raises UnknownAccount or Conflict."""
    for _ in range(TRIES):
        state = read_state(deps, account, consistent=True)
        found = _as_of(deps, state, first, last)
        if found is not None:
            return {key: both for key, both in sorted(found.items()) if first <= key[0] <= last}
    raise Conflict("others kept writing to this account")


def _as_of(deps: Deps, state: State, first: int, last: int) -> DaySums | None:
    """None where something was written between the reads: then they do not belong together."""
    days = deps.projections.days(state.account)
    past, written = deps.projections.past_days(state.account, first, last)
    if written > days.entries or days.entries > state.entries:
        return None
    sums = merged(past, days.recent, deps.catalogue)
    for entry in unprojected(deps, state.account, days.entries, state.entries):
        if entry.number < state.entries:
            sums = merged(sums, sums_of(entry), deps.catalogue)
    return merged(sums, state.open_sums, deps.catalogue)
