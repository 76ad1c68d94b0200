"""Members: a seat comes and goes with each, in the same write; there is always an owner."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.members import read_members, remove_member
from chalicelib.actions.membership import refusal
from chalicelib.actions.roles import put_role
from chalicelib.domain.journal import Touch
from chalicelib.errors import BillingError, Forbidden, Standing, UnknownAccount
from chalicelib.people_errors import LastOwner, NotInPlan, SeatsFull, SeatsOver, TooManyOwners, UnknownRole
from tests.actions.peopling import ADA, KEY, Team, a_member, a_team, acting
from tests.invariants import assert_sound
from tests.stores import Database
from tests.usage_builders import NOW


@pytest.fixture
def team(model: Database) -> Team:
    return a_team(model)


def remove(team: Team, member: str, asker: Any = KEY) -> None:
    remove_member(team.deps, "acme", member, asker)


def test_members_take_the_seats_that_are_bought_and_no_more(team: Team) -> None:
    assert team.put(a_member("bob"))
    assert team.put(a_member("cy"))
    with pytest.raises(SeatsFull):
        team.put(a_member("dan"))

    assert (team.state.seats_active, team.member("dan")) == (3, None)
    assert_sound(team.database, "acme")


def test_the_journal_tells_of_the_seat_the_role_and_who_asked_without_names(team: Team) -> None:
    team.put(a_member("bob"), acting("ada"))

    entry = team.last
    assert (entry.cause, entry.actor) == ("member", "key:test member:ada")
    assert entry.changed == {"seats_active": 2}
    assert entry.touched == (Touch("member", "bob", None, {"role": "member"}), Touch("seats_active", None, 1, 2))


@pytest.mark.parametrize(
    ("reason", "fields", "after"),
    [
        ("another address", {"email": "rob@example.com"}, {"role": "member", "changed": ["email"]}),
        ("another name", {"name": "Rob"}, {"role": "member", "changed": ["name"]}),
        (
            "all of it",
            {"email": "rob@example.com", "name": "Rob", "role": "billing"},
            {"role": "billing", "changed": ["name", "email"]},
        ),
        ("another role", {"role": "billing"}, {"role": "billing"}),
    ],
)
def test_the_journal_tells_what_of_a_member_has_changed(
    team: Team, reason: str, fields: dict[str, str], after: Any
) -> None:
    team.put(a_member("bob"))

    team.put(replace(a_member("bob"), **fields))

    assert team.touched == (Touch("member", "bob", {"role": "member"}, after),), reason


def test_nothing_is_refused_for_a_reason_that_nobody_knows(team: Team) -> None:
    assert isinstance(refusal("not_in_plan", team.state), NotInPlan)
    with pytest.raises(ValueError, match="limit_reached"):
        refusal("limit_reached", team.state)


def test_the_same_call_again_changes_nothing(team: Team) -> None:
    team.put(a_member())
    before = team.items()

    assert not team.put(a_member())
    assert team.items() == before


def test_removing_frees_the_seat_at_once_and_again_changes_nothing(team: Team) -> None:
    team.put(a_member("bob"))

    remove(team, "bob")
    before = team.items()
    remove(team, "bob")

    assert (team.state.seats_active, team.member("bob")) == (1, None)
    assert team.touched == (Touch("member", "bob", {"role": "member"}, None),)
    assert team.items() == before


@pytest.mark.parametrize(
    ("reason", "fields", "error"),
    [
        ("inactive comes first", {"standing": "none", "seats_bought": 0}, Standing),
        ("a grace that is over is inactive", {"standing": "grace", "grace_until": NOW}, Standing),
        ("more than are bought", {"seats_active": 4}, SeatsOver),
        ("as many as are bought", {"seats_active": 3}, SeatsFull),
        ("one is free", {"seats_active": 2}, None),
        ("a grace that lasts", {"standing": "grace", "grace_until": NOW + 1}, None),
    ],
)
def test_somebody_new_needs_a_seat_and_who_is_known_may_always_change(
    model: Database, reason: str, fields: dict[str, Any], error: type[BillingError] | None
) -> None:
    team = a_team(model, **fields)

    if error:
        with pytest.raises(error):
            team.put(a_member())
    else:
        assert team.put(a_member()), reason

    assert not team.put(replace(ADA, email="new@example.com"))


def test_how_many_are_too_many_is_told(model: Database) -> None:
    team = a_team(model, seats_active=5)

    with pytest.raises(SeatsOver) as refused:
        team.put(a_member())

    assert refused.value.detail == "active members: 5; seats bought: 3; too many: 2"


def test_who_is_over_is_solved_by_removing_at_once(model: Database) -> None:
    team = a_team(model)
    team.put(a_member("bob"))
    team.put(a_member("cy"))
    team.having(seats_bought=2)
    with pytest.raises(SeatsOver):
        team.put(a_member("dan"))

    remove(team, "cy")
    remove(team, "bob")

    assert team.put(a_member("dan"))


def test_an_unknown_role_is_refused_in_whatever_case(team: Team) -> None:
    for role in ("auditor", "Owner", "BILLING"):
        with pytest.raises(UnknownRole):
            team.put(a_member(role=role))

    assert team.state.seats_active == 1


def test_a_role_knows_how_many_hold_it(team: Team) -> None:
    put_role(team.deps, "acme", "auditor", ("billing",), KEY)

    def held() -> int:
        role = team.deps.store.people.role("acme", "auditor")
        assert role is not None
        return role.members

    counts = [held()]
    team.put(a_member("bob", "auditor"))
    counts.append(held())
    team.put(a_member("bob", "auditor", name="Robert"))
    team.put(a_member("cy", "auditor"))
    counts.append(held())
    team.put(a_member("cy", "member"))
    counts.append(held())
    remove(team, "bob")
    counts.append(held())

    assert counts == [0, 1, 2, 1, 0]


def test_the_last_owner_stays_an_owner(team: Team) -> None:
    with pytest.raises(LastOwner):
        remove(team, "ada")
    with pytest.raises(LastOwner):
        team.put(replace(ADA, role="billing"))
    with pytest.raises(LastOwner):
        remove(team, "ada", acting("ada"))

    assert (team.member("ada"), team.owners) == (ADA, ("ada",))


def test_ownership_is_handed_over_in_two_steps(team: Team) -> None:
    team.put(a_member("bob", "owner"), acting("ada"))
    assert team.owners == ("ada", "bob")

    team.put(replace(ADA, role="member"), acting("ada"))

    assert team.owners == ("bob",)
    with pytest.raises(LastOwner):
        remove(team, "bob")
    with pytest.raises(Forbidden):
        team.put(ADA, acting("ada"))


def test_an_account_has_twenty_owners_at_most(model: Database) -> None:
    team = a_team(model, seats_bought=30)
    for number in range(19):
        team.put(a_member(f"o{number}", "owner"))

    with pytest.raises(TooManyOwners):
        team.put(a_member("one.more", "owner"))

    assert len(team.owners) == 20
    team.put(a_member("one.more", "billing"))


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("makes no owner of himself", lambda team: team.put(a_member("bill", "owner"), acting("bill"))),
        ("nor of another", lambda team: team.put(a_member("bob", "owner"), acting("bill"))),
        ("nor takes the role", lambda team: team.put(replace(ADA, role="member"), acting("bill"))),
        ("nor changes the address", lambda team: team.put(replace(ADA, email="b@example.com"), acting("bill"))),
        ("nor removes one", lambda team: remove(team, "ada", acting("bill"))),
    ],
)
def test_who_is_no_owner_touches_no_owner(model: Database, reason: str, change: Any) -> None:
    team = a_team(model, seats_bought=9)
    team.put(a_member("bob"))
    team.put(a_member("bill", "billing"))
    team.put(a_member("two", "owner"))
    before = team.items()

    with pytest.raises(Forbidden):
        change(team)

    assert team.items() == before, reason


def test_everybody_may_leave_and_nobody_else_be_sent_away_without_the_permission(team: Team) -> None:
    team.put(a_member("bob"))
    team.put(a_member("cy"))

    with pytest.raises(Forbidden):
        remove(team, "cy", acting("bob"))
    remove(team, "bob", acting("bob"))

    assert team.state.seats_active == 2


def test_who_was_removed_meanwhile_changes_nothing_more(team: Team) -> None:
    team.put(a_member("bill", "billing"))
    remove(team, "bill")

    with pytest.raises(UnknownAccount):
        team.put(a_member("bob"), acting("bill"))

    assert team.member("bob") is None


def test_who_lost_the_permission_meanwhile_changes_nothing_more(team: Team) -> None:
    put_role(team.deps, "acme", "clerk", ("billing",), KEY)
    team.put(a_member("bill", "clerk"))
    put_role(team.deps, "acme", "clerk", (), KEY)

    with pytest.raises(Forbidden):
        team.put(a_member("bob"), acting("bill"))


def test_members_are_listed_by_id_page_by_page(model: Database) -> None:
    team = a_team(model, seats_bought=9)
    ids = ["-x", "B", "a.b", "a@b", "ada", "b", "z_"]
    for each in ids:
        team.put(ADA if each == "ada" else a_member(each))

    pages: list[list[str]] = []
    on: str | None = None
    while not pages or on:
        found, on = read_members(team.deps, "acme", on, 3)
        pages.append([each.id for each in found])

    assert pages == [["-x", "B", "a.b"], ["a@b", "ada", "b"], ["z_"]]


def test_of_an_account_that_is_not_there_nothing_is_known(team: Team) -> None:
    with pytest.raises(UnknownAccount):
        read_members(team.deps, "nobody", None, 25)
    with pytest.raises(UnknownAccount):
        remove_member(team.deps, "nobody", "bob", KEY)
