"""What actions ask of the people of an account: members, custom roles, invitations.

All of it is read consistently. It is written beside STATE only (Beside), but for the count of wrong tokens.
"""

from typing import Protocol

from chalicelib.domain.accounts import Member, State
from chalicelib.domain.invitations import Invitation
from chalicelib.domain.periods import Instant
from chalicelib.domain.roles import Role

PeopleRecord = Member | Role | Invitation


class People(Protocol):
    """The people of an account."""

    def member(self, account: str, member: str) -> Member | None: ...

    def members(self, account: str, *, after: str | None, limit: int) -> tuple[list[Member], str | None]:
        """Members by id, from the id `after` on; and the id to go on from, None where there are no more."""
        ...

    def role(self, account: str, role: str) -> Role | None:
        """A custom role."""
        ...

    def roles(self, account: str) -> list[Role]:
        """The custom roles, by id."""
        ...

    def invitation(self, account: str, invitation: str) -> Invitation | None:
        """Open, expired or accepted."""
        ...

    def invitation_to(self, state: State, email: str) -> Invitation | None:
        """The invitation of this address that nobody has accepted yet, in whatever case it was written."""
        ...

    def invitations(
        self, account: str, *, now: Instant, after: str | None, limit: int
    ) -> tuple[list[Invitation], str | None]:
        """Those open at `now`, the first to expire first, from the place `after` on; and the place to go on from."""
        ...

    def invited(self, account: str, now: Instant) -> int:
        """How many invitations are open at `now`."""
        ...

    def invites_to(self, account: str, role: str, now: Instant) -> bool:
        """Whether an invitation that is open at `now` is to this role."""
        ...

    def expired_by(self, account: str, at: Instant, limit: int) -> list[Invitation]:
        """Some that had expired by then and were never accepted."""
        ...

    def save_tries(self, account: str, was: Invitation, invitation: Invitation) -> None:
        """The count of wrong tokens, if it still is what it was; ConditionFailed, also if the invitation is gone."""
        ...
