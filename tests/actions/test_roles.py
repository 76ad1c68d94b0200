"""Custom roles: what they permit, for all who hold them at once, and when they may go."""

import pytest

from chalicelib.actions.asking import may_bill
from chalicelib.actions.invite import withdraw
from chalicelib.actions.roles import drop_role, put_role, read_roles
from chalicelib.domain.invitations import LASTS
from chalicelib.domain.journal import Touch
from chalicelib.domain.roles import MOST, Role
from chalicelib.errors import Forbidden, UnknownAccount
from chalicelib.people_errors import BuiltInRole, RoleInUse, TooManyRoles
from tests.actions.peopling import KEY, Team, a_member, a_team, acting
from tests.invariants import assert_sound
from tests.stores import Database


@pytest.fixture
def team(model: Database) -> Team:
    return a_team(model)


def put(team: Team, role: str = "auditor", *permissions: str) -> bool:
    return put_role(team.deps, "acme", role, permissions, KEY)


def drop(team: Team, role: str = "auditor") -> None:
    drop_role(team.deps, "acme", role, KEY)


def test_a_role_is_made_changed_and_dropped(team: Team) -> None:
    assert put(team)
    assert team.touched == (Touch("role", "auditor", None, {"permissions": []}),)
    assert not put(team, "auditor", "billing")
    assert team.touched == (Touch("role", "auditor", {"permissions": []}, {"permissions": ["billing"]}),)
    assert read_roles(team.deps, "acme") == [Role("auditor", ("billing",))]

    drop(team)

    assert (team.last.cause, read_roles(team.deps, "acme")) == ("role", [])
    assert_sound(team.database, "acme")


def test_the_same_again_changes_nothing(team: Team) -> None:
    put(team)
    before = team.items()

    assert not put(team)
    drop(team, "nobodys")

    assert team.items() == before


@pytest.mark.parametrize("role", ["owner", "billing", "member", "Owner", "BILLING", "mEMBER"])
def test_what_is_built_in_stays_as_it_is(team: Team, role: str) -> None:
    with pytest.raises(BuiltInRole):
        put(team, role, "billing")
    with pytest.raises(BuiltInRole):
        drop(team, role)


def test_a_role_stays_while_a_member_holds_it(team: Team) -> None:
    put(team)
    team.put(a_member("bob", "auditor"))

    with pytest.raises(RoleInUse):
        drop(team)
    team.put(a_member("bob", "member"))

    drop(team)
    assert team.under("RO#") == []


def test_a_role_stays_while_an_open_invitation_is_to_it(team: Team) -> None:
    put(team)
    made, _ = team.invite(role="auditor")
    team.invite("cy@example.com")

    with pytest.raises(RoleInUse):
        drop(team)
    withdraw(team.deps, "acme", made.id, KEY)
    drop(team)

    put(team)
    team.invite(role="auditor")
    team.clock.at += LASTS - 1
    with pytest.raises(RoleInUse):
        drop(team)
    team.clock.at += 1
    drop(team)


def test_what_it_permits_holds_for_who_holds_it_at_once(team: Team) -> None:
    put(team)
    clerk = a_member("bob", "auditor")
    team.put(clerk)

    said = [may_bill(team.deps, "acme", clerk.role)]
    put(team, "auditor", "billing")
    said.append(may_bill(team.deps, "acme", clerk.role))
    put(team)
    said.append(may_bill(team.deps, "acme", clerk.role))

    assert said == [False, True, False]


def test_nobody_gives_himself_the_permission(team: Team) -> None:
    put(team)
    team.put(a_member("bob", "auditor"))

    with pytest.raises(Forbidden):
        put_role(team.deps, "acme", "auditor", ("billing",), acting("bob"))
    with pytest.raises(Forbidden):
        drop_role(team.deps, "acme", "auditor", acting("bob"))


def test_an_account_has_a_hundred_of_its_own_at_most(team: Team) -> None:
    for number in range(MOST):
        put(team, f"r{number}")

    with pytest.raises(TooManyRoles):
        put(team, "one.more")
    assert not put(team, "r0", "billing")


def test_of_an_account_that_is_not_there_nothing_is_known(team: Team) -> None:
    with pytest.raises(UnknownAccount):
        read_roles(team.deps, "nobody")
    with pytest.raises(UnknownAccount):
        put_role(team.deps, "nobody", "auditor", (), KEY)
