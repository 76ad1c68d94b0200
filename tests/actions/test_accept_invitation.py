"""Accepting: by the token, once, into a seat; and who guesses tokens is stopped."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.invite import withdraw
from chalicelib.actions.members import remove_member
from chalicelib.actions.roles import drop_role, put_role
from chalicelib.domain.accounts import Member
from chalicelib.domain.invitations import LASTS, MOST_TRIES, TRIES_WITHIN
from chalicelib.domain.journal import Touch
from chalicelib.errors import BillingError, Forbidden, Standing
from chalicelib.people_errors import (
    AlreadyMember,
    InvitationExpired,
    InvitationUsed,
    SeatsFull,
    SeatsOver,
    TooManyTries,
    UnknownInvitation,
    UnknownRole,
)
from tests.actions.peopling import KEY, Team, a_member, a_team, acting
from tests.actions.world import Instead
from tests.invariants import assert_sound
from tests.stores import Database


@pytest.fixture
def team(model: Database) -> Team:
    return a_team(model)


def guess(team: Team, made: Any, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(UnknownInvitation):
            team.accept((made[0], "a" * 43))


def test_who_has_the_token_becomes_a_member_in_a_seat(team: Team) -> None:
    made = team.invite("Bob@Example.com", "billing")

    member = team.accept(made)

    assert member == team.member("bob") == Member("bob", "Bob@Example.com", "bob", "billing")
    assert (team.state.seats_active, team.last.cause) == (2, f"invitation:{made[0].id}")
    assert team.touched == (
        Touch("member", "bob", None, {"role": "billing"}),
        Touch("invitation", made[0].id, {"role": "billing"}, {"role": "billing", "accepted": True}),
    )
    assert_sound(team.database, "acme")


def test_the_address_is_not_kept_beside_the_member(team: Team) -> None:
    team.accept(team.invite())

    assert [sk for sk, item in team.items().items() if "bob@example.com" in str(item)] == ["U#bob"]


def test_the_same_again_answers_the_same_as_long_as_he_is_a_member(team: Team) -> None:
    made = team.invite()
    first, before = team.accept(made), team.items()

    assert team.accept(made) == first
    assert team.items() == before
    with pytest.raises(InvitationUsed):
        team.accept(made, "eve")
    remove_member(team.deps, "acme", "bob", KEY)
    with pytest.raises(InvitationUsed):
        team.accept(made)
    assert team.state.seats_active == 1


def test_who_is_a_member_already_takes_no_second_seat(team: Team) -> None:
    made = team.invite()
    team.put(a_member())

    with pytest.raises(AlreadyMember):
        team.accept(made)

    assert team.accept(made, "bob.two").id == "bob.two"


@pytest.mark.parametrize(
    ("reason", "bad", "error", "good"),
    [
        ("full", {"seats_bought": 1}, SeatsFull, {"seats_bought": 2}),
        ("over", {"seats_bought": 0}, SeatsOver, {"seats_bought": 2}),
        ("inactive", {"standing": "none"}, Standing, {"standing": "good"}),
    ],
)
def test_without_a_seat_the_invitation_stays_valid(
    team: Team, reason: str, bad: dict[str, Any], error: type[BillingError], good: dict[str, Any]
) -> None:
    made = team.invite()
    team.having(**bad)
    before = team.items()

    with pytest.raises(error):
        team.accept(made)
    assert team.items() == before, reason
    team.having(**good)

    assert team.accept(made).id == "bob"


def test_it_is_good_for_a_week_to_the_second(team: Team) -> None:
    made, late = team.invite(), team.invite("late@example.com")

    team.clock.at += LASTS - 1
    team.accept(made)
    team.clock.at += 1

    with pytest.raises(InvitationExpired):
        team.accept(late, "late")
    assert team.accept(made).id == "bob"


def test_a_role_that_went_meanwhile_makes_no_member(team: Team) -> None:
    put_role(team.deps, "acme", "auditor", (), KEY)
    made = team.invite(role="auditor")
    # Nobody may drop it while somebody is invited to it; the invitation of a week ago is none any more.
    team.clock.at += LASTS
    drop_role(team.deps, "acme", "auditor", KEY)
    team.clock.at -= LASTS

    with pytest.raises(UnknownRole):
        team.accept(made)

    assert team.state.seats_active == 1


def test_a_token_opens_its_own_invitation_in_its_own_account_only(team: Team) -> None:
    made, other = team.invite(), team.invite("cy@example.com")
    team.database.open("other")

    with pytest.raises(UnknownInvitation):
        team.accept((made[0], other[1]))
    with pytest.raises(UnknownInvitation):
        team.accept((replace(made[0], id=made[0].id.upper()), made[1]))
    with pytest.raises(UnknownInvitation):
        Team(team.database, team.deps, team.clock, "other").accept(made)


def test_only_an_owner_takes_in_an_owner(model: Database) -> None:
    team = a_team(model, seats_bought=9)
    team.put(a_member("bill", "billing"))
    made = team.invite(role="owner")

    with pytest.raises(Forbidden):
        team.accept(made, asker=acting("bill"))
    assert team.accept(made, asker=acting("ada")).role == "owner"
    assert team.owners == ("ada", "bob")


def test_a_wrong_token_changes_nothing_but_the_count_of_them(team: Team) -> None:
    made = team.invite()
    before = team.items()

    guess(team, made)

    differing = [sk for sk, item in team.items().items() if item != before[sk]]
    assert differing == [f"I#{made[0].id}"]
    assert team.accept(made).id == "bob"


def test_after_ten_wrong_tokens_within_a_minute_none_is_looked_at_for_its_rest(team: Team) -> None:
    made = team.invite()
    guess(team, made)
    team.clock.at += TRIES_WITHIN - 10
    guess(team, made, MOST_TRIES - 1)

    for invited in (made, (made[0], "a" * 43)):
        with pytest.raises(TooManyTries) as refused:
            team.accept(invited)
        assert refused.value.after == 10
    team.clock.at += 9
    with pytest.raises(TooManyTries):
        team.accept(made)
    team.clock.at += 1

    assert team.accept(made).id == "bob"


def test_two_who_guess_at_once_are_both_counted(team: Team) -> None:
    made = team.invite()
    people = team.deps.store.people
    raced: list[None] = []

    def once_raced(account: str, was: Any, known: Any) -> None:
        if not raced:
            raced.append(None)
            guess(team, made)
        people.save_tries(account, was, known)

    slow = replace(team.deps, store=Instead(team.deps.store, {"people": Instead(people, {"save_tries": once_raced})}))
    guess(replace(team, deps=slow), made)

    known = people.invitation("acme", made[0].id)
    assert known is not None
    assert known.tries == 2


def test_a_guess_never_brings_back_what_was_withdrawn(team: Team) -> None:
    made = team.invite()
    people = team.deps.store.people

    def withdrawn_first(account: str, was: Any, known: Any) -> None:
        if team.under("I#"):
            withdraw(team.deps, "acme", made[0].id, KEY)
        people.save_tries(account, was, known)

    late = Instead(people, {"save_tries": withdrawn_first})
    guess(replace(team, deps=replace(team.deps, store=Instead(team.deps.store, {"people": late}))), made)

    assert team.under("I#") == []


@pytest.mark.parametrize(
    ("reason", "role", "lost", "holds"),
    [
        ("an owner who is none any more", "owner", a_member("carl", "billing"), False),
        ("an owner who is gone", "owner", None, False),
        ("to billing, by an owner who has billing left", "billing", a_member("carl", "billing"), True),
        ("to billing, by one who has lost it", "billing", a_member("carl"), False),
        ("to billing by another name, by one who is gone", "auditor", None, False),
        ("to what permits nothing, by one who is gone", "member", None, True),
    ],
)
def test_power_is_not_given_by_who_has_lost_it(
    team: Team, reason: str, role: str, lost: Member | None, holds: bool
) -> None:
    put_role(team.deps, "acme", "auditor", ("billing",), KEY)
    team.put(a_member("carl", "owner"))
    made = team.invite(role=role, asker=acting("carl"))
    team.put(lost) if lost else remove_member(team.deps, "acme", "carl", KEY)

    if holds:
        assert team.accept(made).role == role, reason
        return
    with pytest.raises(InvitationExpired):
        team.accept(made)

    assert team.member("bob") is None, reason
