"""Reading an account: all that its billing page shows."""

from dataclasses import replace

from chalicelib.actions.change_account import read
from chalicelib.actions.lapses import unbooked
from chalicelib.deps import Deps
from chalicelib.domain.accounts import State
from chalicelib.domain.overview import Overview, overview_of
from chalicelib.domain.periods import Instant
from chalicelib.domain.recharge_views import RechargeView, recharge_view


def overview(deps: Deps, account: str) -> Overview:
    """The account as its owner sees it now; raises UnknownAccount."""
    (state, profile), now = read(deps, account), deps.clock.now()
    state = unbooked(deps, state, now)
    invited = deps.store.people.invited(account, now)
    shown = overview_of(state, profile, deps.catalogue, now, invited=invited)
    return replace(shown, recharge=view_recharge(deps, state, now))


def view_recharge(deps: Deps, state: State, now: Instant) -> RechargeView | None:
    """The account's recharge as it is shown; None where no rule was ever set."""
    rule = deps.store.rule(state.account, consistent=True) if state.recharge else None
    return recharge_view(state, rule, now, deps.catalogue)
