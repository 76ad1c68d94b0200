"""Reading credits: the balance, and the lots that it consists of."""

from dataclasses import dataclass

from chalicelib.actions.change_account import read
from chalicelib.actions.lapses import unbooked
from chalicelib.actions.read_account import view_recharge
from chalicelib.deps import Deps
from chalicelib.domain.accounts import State
from chalicelib.domain.credits import Lot, lots_left
from chalicelib.domain.recharge_views import RechargeView
from chalicelib.errors import Conflict

TRIES = 3


@dataclass(frozen=True)
class CreditsView:
    """Credits as their owner sees them; `balance` below zero is `debt`, `available` is not clamped."""

    balance: int
    held: int
    available: int
    debt: int
    lots: tuple[Lot, ...]
    recharge: RechargeView | None


def read_credits(deps: Deps, account: str) -> CreditsView:
    """The credits now; lots in the order they are spent. Raises UnknownAccount."""
    for _ in range(TRIES):
        state, _ = read(deps, account)
        queue = deps.store.lots(state)
        if queue is not None:
            return _view(deps, state, queue)
    raise Conflict("others kept writing to this account")


def _view(deps: Deps, stored: State, queue: tuple[Lot, ...]) -> CreditsView:
    now = deps.clock.now()
    state = unbooked(deps, stored, now)
    return CreditsView(
        balance=state.balance,
        held=state.held,
        available=state.available,
        debt=max(0, -state.balance),
        lots=tuple(lot for lot in lots_left(queue, stored.balance) if not lot.is_over(now)),
        recharge=view_recharge(deps, state, now),
    )
