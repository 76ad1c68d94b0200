"""Putting an account: the product makes it known, or tells its new name and address."""

from dataclasses import dataclass, replace

from chalicelib.actions.asking import Asker, check_asker
from chalicelib.actions.change_account import Commit
from chalicelib.actions.change_once import change_once
from chalicelib.actions.membership import touch_of
from chalicelib.actions.read_account import overview
from chalicelib.deps import Beside, Deps
from chalicelib.domain.accounts import Member, Profile, State
from chalicelib.domain.finished import CREATED, UPDATED, finishing
from chalicelib.domain.journal import Touch, begin
from chalicelib.domain.members import is_owner
from chalicelib.domain.opening import first_entry, first_profile, opened
from chalicelib.domain.overview import Overview
from chalicelib.errors import ConditionFailed, Conflict, Invalid, OwnerChange, Problem, UnknownAccount

TRIES = 6


@dataclass(frozen=True)
class _Told:
    """What was told of an account, and by whom."""

    account: str
    name: str
    email: str
    owner: Member | None
    asker: Asker


def put_account(
    deps: Deps, account: str, name: str, email: str, owner: Member | None, asker: Asker
) -> tuple[Overview, bool]:
    """The account's overview and whether it was created just now; the same call again changes nothing.

    A known owner takes the name and address that are told of him. Raises Invalid where a new account lacks its owner,
    OwnerChange where a known one has another, UnknownAccount for a member who is gone, and Forbidden for one who may
    not change the account, or is no owner and changes one.
    """
    for _ in range(TRIES):
        try:
            created = _put(deps, _Told(account, name, email, owner, asker))
        except ConditionFailed:
            continue
        return overview(deps, account), created
    raise Conflict("others kept writing to this account")


def _put(deps: Deps, told: _Told) -> bool:
    def decide(state: State, profile: Profile) -> Commit | None:
        before = deps.store.people.member(told.account, told.owner.id) if told.owner else None
        if told.owner is not None and not is_owner(before):
            raise OwnerChange(f"{told.owner.id} is no owner of the account")
        check_asker(deps, told.account, told.asker, owners=before != told.owner)
        renamed = _renamed(deps, told, state, profile)
        return renamed if before == told.owner else _with_owner(renamed, deps, told, state, before)

    try:
        return change_once(deps, told.account, told.asker.operation, decide, lambda: UPDATED) == CREATED
    except UnknownAccount:
        # Nobody is a member of what is not there yet.
        if told.asker.acting is not None:
            raise
        _open(deps, told)
        return True


def _renamed(deps: Deps, told: _Told, state: State, profile: Profile) -> Commit | None:
    """The new name and address; the journal, which is never erased, says only that they are others."""
    renamed = replace(profile, name=told.name, email=told.email)
    if renamed == profile:
        return None
    changed = [name for name in ("name", "email") if getattr(renamed, name) != getattr(profile, name)]
    change = begin(state, deps.clock.now(), deps.catalogue).touching(Touch("account", None, None, {"changed": changed}))
    return Commit(change.because("account", told.asker.actor), renamed)


def _with_owner(commit: Commit | None, deps: Deps, told: _Told, state: State, before: Member | None) -> Commit:
    """The same, with the owner's own new name and address."""
    assert told.owner is not None, "an owner was told"
    known = commit.change if commit else None
    change = known or begin(state, deps.clock.now(), deps.catalogue).because("account", told.asker.actor)
    change = change.touching(touch_of(before, told.owner, told.owner))
    return Commit(change, commit.profile if commit else None, Beside(people=(told.owner,)))


def _open(deps: Deps, told: _Told) -> None:
    if told.owner is None:
        raise Invalid([Problem("owner", "is needed to create an account")])
    now = deps.clock.now()
    state = opened(told.account, deps.salt(), now, deps.catalogue)
    profile = first_profile(told.account, told.name, told.email, told.owner, now)
    finished = finishing(told.asker.operation, CREATED)
    deps.store.open_account(state, profile, first_entry(state, told.asker.actor), told.owner, finished)
