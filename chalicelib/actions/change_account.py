"""Changing an account: read, decide, write, and decide anew whenever somebody else wrote first.

What is decided must be keyed by its cause, since a write whose answer was lost is decided again by whoever asks again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalicelib.actions.erased import check_not_erased
from chalicelib.deps import NOTHING, Beside, Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.journal import SERVICE, Change, begin
from chalicelib.domain.periods import Instant
from chalicelib.errors import ConditionFailed, Conflict, UnknownAccount

TRIES = 6
LOSSES_BEFORE_FENCE = 3
FENCE_SECONDS = 30
WISHED_BEFORE = ("order:", "purchase:", "refund:", "subscription:")
"""Causes that name who wished for them, when Stripe tells only later what came of it."""


@dataclass(frozen=True)
class Commit:
    """What one write holds; without a change only the profile is saved."""

    change: Change | None = None
    profile: Profile | None = None
    beside: Beside = NOTHING


Decide = Callable[[State, Profile], Commit | None]
"""What to write on what was read; None if nothing is to be done. It may be asked several times."""


def change_account(deps: Deps, account: str, decide: Decide) -> State:
    """The state after what `decide` wanted was written, or as it is where it wanted nothing.

    Usage never conflicts with itself and could win for ever, so after three losses it is made to wait. Raises
    UnknownAccount, or Conflict when others keep winning.
    """
    fences: list[Instant] = []
    try:
        state, commit = _insist(deps, account, decide, fences)
    except Exception:
        # Refused or given up: what is not written must not hold usage up.
        _lift(deps, account, fences)
        raise
    # A change lifts the fence itself, in its own write.
    if commit is None or commit.change is None:
        _lift(deps, account, fences)
    return state


def _insist(deps: Deps, account: str, decide: Decide, fences: list[Instant]) -> tuple[State, Commit | None]:
    state, profile = read(deps, account)
    for attempt in range(TRIES):
        try:
            if state.lapses(deps.clock.now()):
                state = _without_lapsed(deps, state)
            commit = decide(state, profile)
            _check(state, commit)
            return (state if commit is None else _write(deps, state, commit)), commit
        except ConditionFailed:
            if attempt + 1 == LOSSES_BEFORE_FENCE:
                fences.append(deps.clock.now() + FENCE_SECONDS)
                deps.store.fence(account, fences[-1])
            # Both, though the failure brings the state: who owns the account must not be older than it.
            state, profile = read(deps, account)
    raise Conflict("others kept writing to this account")


def _check(state: State, commit: Commit | None) -> None:
    """What Stripe tells, and what time brings, happens to an erased account, too; nobody's wishes do."""
    change = commit.change if commit else None
    if change and change.actor != SERVICE and not change.cause.startswith(WISHED_BEFORE):
        check_not_erased(state)


def _lift(deps: Deps, account: str, fences: Sequence[Instant]) -> None:
    """A fence that no write lifts, since there was none, must not hold usage up for nothing."""
    if fences:
        deps.store.lift(account)


def _without_lapsed(deps: Deps, state: State) -> State:
    """The state once what has expired is booked; whatever is decided, is decided on what is really there."""
    queue = deps.store.lots(state)
    if queue is None:
        raise ConditionFailed({})
    change = begin(state, deps.clock.now(), deps.catalogue).expiring(queue)
    return deps.store.commit(change.because(f"expiry:{state.lapses_at}"))


def read(deps: Deps, account: str) -> tuple[State, Profile]:
    """State and profile as they are now; raises UnknownAccount."""
    found = deps.store.account(account, consistent=True)
    if found is None:
        raise UnknownAccount(f"there is no account {account}")
    return found


def _write(deps: Deps, state: State, commit: Commit) -> State:
    if commit.change is not None:
        return deps.store.commit(commit.change, profile=commit.profile, beside=commit.beside)
    if commit.profile is not None:
        deps.store.save_profile(commit.profile)
    return state
