"""The members of an account, as the product tells of them: each holds a seat, which comes and goes with him."""

from chalicelib.actions.asking import Asker, check_asker
from chalicelib.actions.change_account import Commit
from chalicelib.actions.change_once import change_once
from chalicelib.actions.check import read_state
from chalicelib.actions.membership import membership
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Member, Profile, State
from chalicelib.domain.finished import CREATED, UPDATED
from chalicelib.domain.members import is_owner, touches_owners


def put_member(deps: Deps, account: str, member: Member, asker: Asker) -> bool:
    """Makes or changes the member; gives whether he is new. The same call again changes nothing.

    Raises UnknownAccount, Forbidden, UnknownRole, LastOwner, TooManyOwners, or for a new one Standing, SeatsOver or
    SeatsFull.
    """
    came: list[str] = []

    def decide(state: State, _: Profile) -> Commit | None:
        before = deps.store.people.member(account, member.id)
        check_asker(deps, account, asker, owners=touches_owners(before, member))
        came[:] = [UPDATED if before else CREATED]
        return None if before == member else membership(deps, state, before, member, asker.actor)

    return change_once(deps, account, asker.operation, decide, lambda: came[-1]) == CREATED


def remove_member(deps: Deps, account: str, member: str, asker: Asker) -> None:
    """Nobody is a member by this id any more, and the seat is free. Everybody may leave.

    Raises UnknownAccount, Forbidden or LastOwner.
    """

    def decide(state: State, _: Profile) -> Commit | None:
        before = deps.store.people.member(account, member)
        if asker.acting != member:
            check_asker(deps, account, asker, owners=is_owner(before))
        return membership(deps, state, before, None, asker.actor) if before else None

    change_once(deps, account, asker.operation, decide)


def read_members(deps: Deps, account: str, after: str | None, limit: int) -> tuple[list[Member], str | None]:
    """Active members by id from the id `after` on, and the id to go on from; raises UnknownAccount."""
    read_state(deps, account)
    return deps.store.people.members(account, after=after, limit=limit)
