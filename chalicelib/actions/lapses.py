"""Credits that have expired: 0 to whoever reads, and booked by whoever writes next, or by the sweep."""

from dataclasses import replace

from chalicelib.actions.change_account import change_account
from chalicelib.deps import Deps
from chalicelib.domain.accounts import State
from chalicelib.domain.credits import lapsed, lots_left
from chalicelib.domain.periods import Instant


def booked(deps: Deps, state: State, now: Instant) -> State:
    """The state, once nothing in it has expired that is not booked; raises TryAgain."""
    return change_account(deps, state.account, lambda _state, _profile: None) if state.lapses(now) else state


def unbooked(deps: Deps, state: State, now: Instant) -> State:
    """The state as it would be if it were booked; nothing is written."""
    if not state.lapses(now):
        return state
    # An older queue than the state's says too little of what came in; then what the state knows of its head decides.
    queue = deps.store.lots(state)
    over = max(0, state.lapses_upto - state.spent - state.expired)
    if queue is not None:
        over = sum(lot.left for lot in lapsed(lots_left(queue, state.balance), now))
    return replace(state, expired=state.expired + over, lapses_at=None)
