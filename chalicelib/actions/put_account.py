"""Putting an account: the product makes it known, or tells its new name and address."""

from dataclasses import replace

from chalicelib.actions.change_account import read
from chalicelib.actions.read_account import overview
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Member
from chalicelib.domain.opening import first_entry, first_profile, opened
from chalicelib.domain.overview import Overview
from chalicelib.errors import ConditionFailed, Conflict, Invalid, OwnerChange, Problem, UnknownAccount

TRIES = 6


def put_account(
    deps: Deps, account: str, name: str, email: str, owner: Member | None, actor: str
) -> tuple[Overview, bool]:
    """The account's overview and whether it was created just now; the same call again changes nothing.

    Raises Invalid where a new account lacks its owner, OwnerChange where a known one has another.
    """
    for _ in range(TRIES):
        try:
            created = _put(deps, account, name, email, owner, actor)
        except ConditionFailed:
            continue
        return overview(deps, account), created
    raise Conflict("others kept writing to this account")


def _put(deps: Deps, account: str, name: str, email: str, owner: Member | None, actor: str) -> bool:
    try:
        _, profile = read(deps, account)
    except UnknownAccount:
        _open(deps, account, name, email, owner, actor)
        return True
    if owner is not None and owner.id != profile.owner:
        raise OwnerChange(f"the account's owner is somebody else than {owner.id}")
    renamed = replace(profile, name=name, email=email)
    if renamed != profile:
        deps.store.save_profile(renamed)
    return False


def _open(deps: Deps, account: str, name: str, email: str, owner: Member | None, actor: str) -> None:
    if owner is None:
        raise Invalid([Problem("owner", "is needed to create an account")])
    now = deps.clock.now()
    state = opened(account, deps.salt(), now, deps.catalogue)
    profile = first_profile(account, name, email, owner, now)
    deps.store.open_account(state, profile, first_entry(state, actor), owner)
