"""Changing an account once for each operation that may come again: what came of it is remembered in the same write."""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.actions.change_account import Commit, Decide, change_account
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.finished import DONE, finishing


def outcome_of(deps: Deps, operation: str | None) -> str | None:
    """What came of this operation; None where it is not done, or is none that may come again."""
    return deps.store.claims.outcome(operation) if operation else None


def change_once(
    deps: Deps, account: str, operation: str | None, decide: Decide, outcome: Callable[[], str] = lambda: DONE
) -> str:
    """What came of it, in a word: of an earlier run of the operation, or what `outcome` says after `decide`.

    Raises as change_account does.
    """
    came: list[str] = []

    def once(state: State, profile: Profile) -> Commit | None:
        # Read after the state: what another run has written since then has moved that on, too.
        known = outcome_of(deps, operation)
        if known is not None:
            came[:] = [known]
            return None
        commit = decide(state, profile)
        came[:] = [outcome()]
        return commit and finishing_with(commit, operation, came[-1])

    change_account(deps, account, once)
    return came[-1]


def finishing_with(commit: Commit, operation: str | None, outcome: str | None) -> Commit:
    """The same, with what came of the operation remembered."""
    return replace(commit, beside=replace(commit.beside, finished=finishing(operation, outcome)))
