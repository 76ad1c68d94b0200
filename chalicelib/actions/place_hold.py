"""Placing a hold: credits set aside for work that is about to be done, by the backend's own id."""

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.close_hold import check_open
from chalicelib.actions.erased import check_not_erased
from chalicelib.actions.expire_holds import expire_holds
from chalicelib.actions.membership import refusal
from chalicelib.deps import Beside, Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.entitlements import barred
from chalicelib.domain.holds import MOST, Hold, placed
from chalicelib.domain.journal import begin
from chalicelib.domain.periods import Instant
from chalicelib.errors import HoldExists, NotEnoughCredits, TooManyHolds


def place_hold(deps: Deps, account: str, hold_id: str, credits: int, expires_in: int, actor: str) -> tuple[Hold, bool]:
    """The hold, and whether it was placed just now: the same call again changes nothing while the hold is open.

    Raises UnknownAccount, HoldExists for another amount under the same id, HoldExpired or HoldClosed once nothing is
    held under it any more, NotEnoughCredits, TooManyHolds, Standing or SeatsOver.
    """
    came: list[tuple[Hold, bool]] = []

    def decide(state: State, _: Profile) -> Commit | None:
        now = deps.clock.now()
        known = deps.store.hold(account, hold_id)
        if known is not None:
            _check_same(known, credits, now)
            came[:] = [(known, False)]
            return None
        hold = Hold(hold_id, credits, now, now + expires_in)
        _check(state, hold)
        came[:] = [(hold, True)]
        change = placed(begin(state, now, deps.catalogue), hold).because(hold.cause, actor)
        return Commit(change, beside=Beside(holds=(hold,)))

    try:
        change_account(deps, account, decide)
    except (NotEnoughCredits, TooManyHolds):
        # What has expired need not wait for the sweep.
        if not expire_holds(deps, account):
            raise
        change_account(deps, account, decide)
    return came[-1]


def _check_same(known: Hold, credits: int, now: Instant) -> None:
    if known.credits != credits:
        raise HoldExists(f"{known.id} sets {known.credits} credits aside")
    check_open(known, now)


def _check(state: State, hold: Hold) -> None:
    check_not_erased(state)
    if reason := barred(state, hold.at, in_plan=True, needs_seats=True):
        raise refusal(reason, state)
    if state.holds >= MOST:
        raise TooManyHolds(f"{state.holds} holds are open, and no more than {MOST} may be")
    if hold.credits > state.available:
        raise NotEnoughCredits(f"{max(0, state.available)} credits are available")
