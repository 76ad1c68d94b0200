"""Custom roles of an account: made, changed, and dropped once nobody holds them or is invited to."""

from chalicelib.actions.asking import Asker, check_asker
from chalicelib.actions.change_account import Commit
from chalicelib.actions.change_once import change_once
from chalicelib.actions.check import read_state
from chalicelib.deps import Beside, Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.erasable import ROLE
from chalicelib.domain.finished import CREATED, UPDATED
from chalicelib.domain.journal import Touch, begin
from chalicelib.domain.roles import MOST, Role, is_built_in
from chalicelib.people_errors import BuiltInRole, RoleInUse, TooManyRoles


def put_role(deps: Deps, account: str, role: str, permissions: tuple[str, ...], asker: Asker) -> bool:
    """Makes or changes a custom role; gives whether it is new. The same call again changes nothing.

    Raises UnknownAccount, Forbidden, BuiltInRole or TooManyRoles.
    """
    _check(role)
    came: list[str] = []

    def decide(state: State, _: Profile) -> Commit | None:
        check_asker(deps, account, asker)
        before = deps.store.people.role(account, role)
        if before is None and len(deps.store.people.roles(account)) >= MOST:
            raise TooManyRoles(f"an account has at most {MOST} roles of its own")
        after = Role(role, permissions, before.members if before else 0)
        came[:] = [UPDATED if before else CREATED]
        return None if before == after else _moved(deps, state, before, after, asker)

    return change_once(deps, account, asker.operation, decide, lambda: came[-1]) == CREATED


def drop_role(deps: Deps, account: str, role: str, asker: Asker) -> None:
    """There is no custom role of this name any more; raises UnknownAccount, Forbidden, BuiltInRole or RoleInUse."""
    _check(role)

    def decide(state: State, _: Profile) -> Commit | None:
        check_asker(deps, account, asker)
        before = deps.store.people.role(account, role)
        if before is None:
            return None
        if before.members:
            raise RoleInUse(f"{before.members} members hold the role {role}")
        if deps.store.people.invites_to(account, role, deps.clock.now()):
            raise RoleInUse(f"an open invitation is to the role {role}")
        return _moved(deps, state, before, None, asker)

    change_once(deps, account, asker.operation, decide)


def read_roles(deps: Deps, account: str) -> list[Role]:
    """The custom roles; raises UnknownAccount."""
    read_state(deps, account)
    return deps.store.people.roles(account)


def _check(role: str) -> None:
    if is_built_in(role):
        raise BuiltInRole(f"{role} is a built-in role")


def _moved(deps: Deps, state: State, before: Role | None, after: Role | None, asker: Asker) -> Commit:
    known = before or after
    assert known is not None, "a role comes, changes or goes"
    change = begin(state, deps.clock.now(), deps.catalogue)
    change = change.touching(Touch(ROLE, known.id, _shown(before), _shown(after)))
    # Entries are never erased, so a cause names nobody.
    beside = Beside(people=(after,) if after else (), people_gone=() if after or not before else (before,))
    return Commit(change.because("role", asker.actor), beside=beside)


def _shown(role: Role | None) -> dict[str, list[str]] | None:
    return {"permissions": list(role.permissions)} if role else None
