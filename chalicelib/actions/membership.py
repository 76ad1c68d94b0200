"""What it takes to make, change or remove a member: a seat, the role's count, the owners; all in one write."""

from dataclasses import replace
from typing import Any

from chalicelib.actions.change_account import Commit, read
from chalicelib.deps import Beside, Deps, PeopleRecord
from chalicelib.domain.accounts import Member, Profile, State
from chalicelib.domain.entitlements import seat_barred
from chalicelib.domain.erasable import MEMBER
from chalicelib.domain.journal import Touch, begin
from chalicelib.domain.members import MOST_OWNERS, is_owner, owners_after
from chalicelib.domain.roles import BUILT_IN, Role
from chalicelib.errors import BillingError, Standing
from chalicelib.people_errors import LastOwner, NotInPlan, SeatsFull, SeatsOver, TooManyOwners, UnknownRole


def membership(deps: Deps, state: State, before: Member | None, after: Member | None, actor: str) -> Commit:
    """What turns the member into what he is `after`; None is nobody.

    Raises UnknownRole, LastOwner, TooManyOwners, or for somebody new Standing, SeatsOver or SeatsFull.
    """
    known, now = before or after, deps.clock.now()
    assert known is not None, "somebody comes, changes or goes"
    roles = _roles(deps, state.account, before, after)
    if before is None and (why := seat_barred(state, now)):
        raise refusal(why, state)
    seats = state.seats_active + (before is None) - (after is None)
    change = begin(state, now, deps.catalogue).setting(seats_active=seats)
    change = change.touching(touch_of(before, after, known))
    people: tuple[PeopleRecord, ...] = (*roles, after) if after else tuple(roles)
    beside = Beside(people=people, people_gone=() if after or not before else (before,))
    # Entries are never erased, so a cause names nobody.
    return Commit(change.because("member", actor), _owners(deps, state, before, after), beside)


def refusal(reason: str, state: State) -> BillingError:
    """The error for what bars an invitation or a seat."""
    if reason == "seats_over":
        counts = f"active members: {state.seats_active}; seats bought: {state.seats_bought}"
        return SeatsOver(f"{counts}; too many: {state.seats_over}")
    if reason == "seats_full":
        return SeatsFull(f"seats bought: {state.seats_bought}; all are taken")
    if reason == "standing":
        return Standing("the account's plan is inactive")
    if reason == "not_in_plan":
        return NotInPlan(f"the plan {state.plan} does not have this")
    raise ValueError(f"nothing is refused for {reason}")


def custom_role(deps: Deps, account: str, role: str) -> Role | None:
    """The custom role, None for one that is built in; raises UnknownRole."""
    if role in BUILT_IN:
        return None
    found = deps.store.people.role(account, role)
    if found is None:
        raise UnknownRole(f"there is no role {role}")
    return found


def _roles(deps: Deps, account: str, before: Member | None, after: Member | None) -> list[Role]:
    """The custom roles that one more or one fewer holds now."""
    left, taken = (before.role if before else None), (after.role if after else None)
    if left == taken:
        return []
    moves = [(role, by) for role, by in ((left, -1), (taken, 1)) if role is not None]
    found = [(custom_role(deps, account, role), by) for role, by in moves]
    return [replace(role, members=role.members + by) for role, by in found if role]


def _owners(deps: Deps, state: State, before: Member | None, after: Member | None) -> Profile | None:
    """The profile with the owners that there will be; None where they stay."""
    if is_owner(before) == is_owner(after):
        return None
    # As it is now: what came along with the state may be older.
    _, profile = read(deps, state.account)
    member = before or after
    owners = owners_after(profile.owners, member.id if member else "", after)
    if not owners:
        raise LastOwner("the account would have no owner")
    if len(owners) > MOST_OWNERS:
        raise TooManyOwners(f"an account has at most {MOST_OWNERS} owners")
    return replace(profile, owners=owners)


def touch_of(before: Member | None, after: Member | None, known: Member) -> Touch:
    """What the audit log tells; of name and address only that they are others, since entries are never erased."""
    shown: dict[str, Any] | None = {"role": after.role} if after else None
    changed = [name for name in ("name", "email") if before and after and getattr(before, name) != getattr(after, name)]
    shown = {**shown, "changed": changed} if shown and changed else shown
    return Touch(MEMBER, known.id, {"role": before.role} if before else None, shown)
