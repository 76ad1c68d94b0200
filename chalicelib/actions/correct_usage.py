"""Correcting usage: a backend takes back what it had pushed, once by its own id.

Always a closing write, so it never races with usage: whoever counts meanwhile decides anew.
"""

from dataclasses import dataclass, replace

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.count_usage import full
from chalicelib.actions.erased import check_not_erased
from chalicelib.actions.late_periods import reaching
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State, as_of
from chalicelib.domain.corrections import Correction, corrected, cost_of_last
from chalicelib.domain.counting import Tally, tally_at
from chalicelib.domain.journal import Change, begin
from chalicelib.domain.periods import Instant
from chalicelib.domain.usage import WITHIN, in_window
from chalicelib.errors import AboveUsage, AtOutOfRange, ConditionFailed, Problem


@dataclass(frozen=True)
class Corrected:
    """What came of it: `credits` came back, unless the id was known. The counters are those of its period."""

    state: State
    tally: Tally
    credits: int
    duplicate: bool


def correct_usage(deps: Deps, account: str, correction: Correction, actor: str) -> Corrected:
    """The correction, durable. Raises UnknownAccount, AtOutOfRange, AboveUsage, or TryAgain: then send it again."""
    now, asked = deps.clock.now(), correction.at
    correction = replace(correction, at=min(asked, now))
    came: list[tuple[Change, int, bool]] = []

    def decide(state: State, _: Profile) -> Commit | None:
        change, credits, duplicate = _decided(deps, state, correction, actor, asked)
        came[:] = [(change, credits, duplicate)]
        return None if duplicate else Commit(change)

    state = change_account(deps, account, decide)
    change, credits, duplicate = came[-1]
    shown = as_of(state, now, deps.catalogue)
    return Corrected(shown, tally_at(change, correction.at) or shown, credits, duplicate)


def _decided(deps: Deps, state: State, correction: Correction, actor: str, asked: Instant) -> tuple[Change, int, bool]:
    now = deps.clock.now()
    [identity] = deps.store.identities(state, [correction.id])
    known = deps.store.known(state, [identity], now)
    queue = deps.store.lots(state)
    if known is None or queue is None:
        raise ConditionFailed({})
    change = reaching(deps, begin(state, now, deps.catalogue), [correction.at], sure=True)
    if known.ids:
        return change, 0, True
    check_not_erased(state)
    tally = tally_at(change, correction.at)
    if tally is None or not in_window(asked, now):
        raise AtOutOfRange([Problem("at", WITHIN)])
    if known.room < 1:
        raise full(state.account, now)
    used = tally.used.get(correction.meter, 0)
    if correction.quantity > used:
        raise AboveUsage(f"{correction.meter} was used {used} times in that period, which is less")
    credits = cost_of_last(tally, correction, deps.catalogue)
    change = corrected(change, identity, tally, correction, credits, queue)
    return change.because(correction.cause, actor), credits, False
