"""Putting an account: the product makes it known, or tells its new name and address."""

from dataclasses import dataclass, replace

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.read_account import overview
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Member, Profile, State
from chalicelib.domain.finished import CREATED, UPDATED, outcome_of, remembering
from chalicelib.domain.journal import Touch, begin
from chalicelib.domain.opening import first_entry, first_profile, opened
from chalicelib.domain.overview import Overview
from chalicelib.errors import ConditionFailed, Conflict, Invalid, OwnerChange, Problem, UnknownAccount

TRIES = 6


@dataclass(frozen=True)
class _Told:
    """What was told of an account, by whom, and under which operation where it may be told again."""

    account: str
    name: str
    email: str
    owner: Member | None
    actor: str
    operation: str | None


def put_account(  # noqa: PLR0913 - all that is told of an account, and who tells it
    deps: Deps,
    account: str,
    name: str,
    email: str,
    owner: Member | None,
    actor: str,
    *,
    operation: str | None = None,
) -> tuple[Overview, bool]:
    """The account's overview and whether it was created just now; the same call again changes nothing.

    Raises Invalid where a new account lacks its owner, OwnerChange where a known one has another.
    """
    for _ in range(TRIES):
        try:
            created = _put(deps, _Told(account, name, email, owner, actor, operation))
        except ConditionFailed:
            continue
        return overview(deps, account), created
    raise Conflict("others kept writing to this account")


def _put(deps: Deps, told: _Told) -> bool:
    came: list[bool] = []

    def decide(state: State, profile: Profile) -> Commit | None:
        outcome = outcome_of(profile.finished, told.operation)
        came[:] = [outcome == CREATED]
        if outcome:
            return None
        if told.owner is not None and told.owner.id not in profile.owners:
            raise OwnerChange(f"{told.owner.id} is no owner of the account")
        return _renamed(deps, told, state, profile)

    try:
        change_account(deps, told.account, decide)
    except UnknownAccount:
        _open(deps, told)
        return True
    return came[-1]


def _renamed(deps: Deps, told: _Told, state: State, profile: Profile) -> Commit | None:
    """The new name and address; the journal, which is never erased, says only that they are others."""
    renamed = replace(profile, name=told.name, email=told.email)
    if renamed == profile:
        return None
    renamed = replace(renamed, finished=remembering(profile.finished, told.operation, UPDATED))
    changed = [name for name in ("name", "email") if getattr(renamed, name) != getattr(profile, name)]
    change = begin(state, deps.clock.now(), deps.catalogue).touching(Touch("account", None, None, {"changed": changed}))
    return Commit(change.because("account", told.actor), renamed)


def _open(deps: Deps, told: _Told) -> None:
    if told.owner is None:
        raise Invalid([Problem("owner", "is needed to create an account")])
    now = deps.clock.now()
    state = opened(told.account, deps.salt(), now, deps.catalogue)
    profile = first_profile(told.account, told.name, told.email, told.owner, now)
    profile = replace(profile, finished=remembering((), told.operation, CREATED))
    deps.store.open_account(state, profile, first_entry(state, told.actor), told.owner)
