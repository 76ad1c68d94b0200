"""What the tests of members, invitations and roles share: an account with seats, in a database that talks to nobody."""

from dataclasses import dataclass
from typing import Any

from chalicelib.actions.accept_invitation import Acceptance, accept_invitation
from chalicelib.actions.asking import Asker
from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.invite import invite
from chalicelib.actions.members import put_member
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Member, State
from chalicelib.domain.invitations import Invitation
from chalicelib.domain.journal import Entry, Touch, begin
from tests.stores import Database, FixedClock
from tests.usage_builders import NOW

KEY = Asker("key:test")
ADA = Member("ada", "ada@example.com", "Ada", "owner")


def acting(member: str) -> Asker:
    return Asker(f"key:test member:{member}")


def a_member(member: str = "bob", role: str = "member", **fields: Any) -> Member:
    return Member(**{"id": member, "email": f"{member}@example.com", "name": member.title(), "role": role, **fields})


@dataclass
class Team:
    """An account on Free with three seats, of which Ada, its owner, has one; at NOW."""

    database: Database
    deps: Deps
    clock: FixedClock
    account: str = "acme"

    @property
    def state(self) -> State:
        return self.database.state(self.account)

    @property
    def owners(self) -> tuple[str, ...]:
        found = self.deps.store.account(self.account, consistent=True)
        assert found is not None
        return found[1].owners

    @property
    def last(self) -> Entry:
        return self.database.entries(self.account)[-1]

    @property
    def touched(self) -> tuple[Touch, ...]:
        """What the last entry touched beside the state's own fields."""
        return tuple(each for each in self.last.touched if each.id is not None)

    def member(self, member: str) -> Member | None:
        return self.deps.store.people.member(self.account, member)

    def put(self, member: Member, asker: Asker = KEY) -> bool:
        return put_member(self.deps, self.account, member, asker)

    def invite(
        self, email: str = "bob@example.com", role: str = "member", asker: Asker = KEY
    ) -> tuple[Invitation, str]:
        return invite(self.deps, self.account, email, role, asker)

    def accept(self, invited: tuple[Invitation, str], member: str = "bob", asker: Asker = KEY) -> Member:
        invitation, token = invited
        return accept_invitation(self.deps, self.account, Acceptance(invitation.id, member, token), asker)

    def having(self, **fields: Any) -> None:
        """The state is as Stripe's events would have made it."""
        change_account(
            self.deps,
            self.account,
            lambda state, _: Commit(begin(state, self.clock.at, self.deps.catalogue).setting(**fields)),
        )

    def items(self) -> dict[str, Any]:
        return dict(self.database.items(self.account))

    def under(self, prefix: str) -> list[str]:
        """The sort keys that begin so."""
        return [sk for sk in self.items() if sk.startswith(prefix)]


def a_team(database: Database, **fields: Any) -> Team:
    database.open("acme", **fields)
    clock = FixedClock(NOW)
    return Team(database, database.deps(clock=clock), clock)
