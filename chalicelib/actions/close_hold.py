"""Closing a hold: what was really used of it is captured and the rest given back, or all of it is released."""

from dataclasses import replace

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.deps import Beside, Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.holds import CAPTURED, EXPIRED, OPEN, RELEASED, Capture, Hold, captured, given_back
from chalicelib.domain.journal import begin
from chalicelib.domain.periods import Instant
from chalicelib.errors import AboveHold, HoldClosed, HoldExpired, UnknownHold


def capture_hold(deps: Deps, account: str, hold_id: str, capture: Capture, actor: str) -> Hold:
    """The hold, captured; the same call again changes nothing.

    Raises UnknownAccount, UnknownHold, AboveHold, HoldExpired, or HoldClosed where something else became of it.
    """
    came: list[Hold] = []

    def decide(state: State, _: Profile) -> Commit | None:
        hold, now = _known(deps, account, hold_id), deps.clock.now()
        if hold.state == CAPTURED and hold.captured == capture:
            came[:] = [hold]
            return None
        _check(hold, capture, now)
        taken = replace(hold, state=CAPTURED, captured=capture)
        came[:] = [taken]
        change = captured(begin(state, now, deps.catalogue), hold, capture)
        return Commit(change.because(hold.cause, actor), beside=Beside(holds=(taken,)))

    change_account(deps, account, decide)
    return came[-1]


def release_hold(deps: Deps, account: str, hold_id: str, actor: str) -> None:
    """Nothing is held under this id any more; what was captured stays. Raises UnknownAccount."""

    def decide(state: State, _: Profile) -> Commit | None:
        hold, now = deps.store.hold(account, hold_id), deps.clock.now()
        if hold is None or hold.state != OPEN:
            return None
        closed = replace(hold, state=EXPIRED if hold.state_at(now) == EXPIRED else RELEASED)
        change = given_back(begin(state, now, deps.catalogue), hold).because(hold.cause, actor)
        return Commit(change, beside=Beside(holds=(closed,)))

    change_account(deps, account, decide)


def check_open(hold: Hold, now: Instant) -> None:
    """Raises HoldExpired or HoldClosed where nothing is held under its id any more."""
    state = hold.state_at(now)
    if state == EXPIRED:
        raise HoldExpired(f"{hold.id} expired")
    if state != OPEN:
        raise HoldClosed(f"{hold.id} was {state}")


def _known(deps: Deps, account: str, hold_id: str) -> Hold:
    hold = deps.store.hold(account, hold_id)
    if hold is None:
        raise UnknownHold(f"there is no hold {hold_id}")
    return hold


def _check(hold: Hold, capture: Capture, now: Instant) -> None:
    check_open(hold, now)
    if capture.credits > hold.credits:
        raise AboveHold(f"{hold.id} holds {hold.credits} credits")
