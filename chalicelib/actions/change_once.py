"""Changing an account once for each operation that may come again: what came of it is remembered in the same write."""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.actions.change_account import Commit, Decide, change_account
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.finished import outcome_of, remembering


def change_once(
    deps: Deps, account: str, operation: str | None, decide: Decide, outcome: Callable[[], str] = lambda: "done"
) -> str:
    """What came of it, in a word: of an earlier run of the operation, or what `outcome` says after `decide`.

    Raises as change_account does.
    """
    came: list[str] = []

    def once(state: State, profile: Profile) -> Commit | None:
        known = outcome_of(profile.finished, operation)
        if known is not None:
            came[:] = [known]
            return None
        commit = decide(state, profile)
        came[:] = [outcome()]
        if commit is None or operation is None:
            return commit
        profile = commit.profile or profile
        return replace(commit, profile=replace(profile, finished=remembering(profile.finished, operation, came[-1])))

    change_account(deps, account, once)
    return came[-1]
