"""Invitations: no seat, a token that nobody can show again, and one of an address at a time."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.invite import CLEANED, read_invitations, withdraw
from chalicelib.actions.roles import put_role
from chalicelib.adapters.dynamo.people_records import open_item
from chalicelib.adapters.dynamo.records import raw
from chalicelib.domain.invitations import KEPT, LASTS, MOST, Invitation
from chalicelib.domain.journal import Touch
from chalicelib.errors import BillingError, Forbidden, Standing, UnknownAccount
from chalicelib.people_errors import NotInPlan, SeatsOver, TooManyInvitations, UnknownInvitation, UnknownRole
from tests.actions.peopling import KEY, Team, a_member, a_team, acting
from tests.invariants import assert_sound
from tests.stores import Database
from tests.usage_builders import NOW


@pytest.fixture
def team(model: Database) -> Team:
    return a_team(model)


def listed(team: Team) -> list[Invitation]:
    return read_invitations(team.deps, "acme", None, 100)[0]


def invited(team: Team) -> int:
    return team.deps.store.people.invited("acme", team.clock.at)


def test_an_invitation_takes_no_seat_and_lasts_a_week(team: Team) -> None:
    made, token = team.invite()

    assert (team.state.seats_active, invited(team)) == (1, 1)
    assert made.expires_at == NOW + LASTS == NOW + 7 * 86_400
    assert listed(team) == [made]
    assert len(token) == 43
    assert_sound(team.database, "acme")


def test_neither_the_token_nor_the_address_can_be_found_by_looking_for_them(team: Team) -> None:
    _, token = team.invite("Bob.Miller@example.com")

    items = team.items()
    assert token not in str(items)
    assert [sk for sk, item in items.items() if "miller" in str(item).lower()] == team.under("I#")
    assert "miller" not in str(team.last).lower()


def test_the_journal_tells_of_it_by_its_id(team: Team) -> None:
    made, _ = team.invite(role="billing")

    assert (team.last.cause, team.last.changed) == (f"invitation:{made.id}", {})
    assert team.touched == (Touch("invitation", made.id, None, {"role": "billing"}),)


def test_the_same_address_again_gets_a_new_token_and_the_old_is_dead(team: Team) -> None:
    old = team.invite("bo\u0308b@example.com")
    new = team.invite("B\u00d6B@Example.com", "billing")

    assert [each.id for each in listed(team)] == [new[0].id]
    assert (len(team.under("I#")), len(team.under("IX#")), len(team.under("IM#"))) == (1, 1, 1)
    assert {each.id for each in team.touched} == {old[0].id, new[0].id}
    with pytest.raises(UnknownInvitation):
        team.accept(old)
    assert team.accept(new).role == "billing"


def test_another_address_is_another_invitation(team: Team) -> None:
    team.invite("bob@example.com")
    team.invite("bob@example.org")

    assert invited(team) == 2


def test_what_was_accepted_is_over_and_the_address_may_be_invited_again(team: Team) -> None:
    team.accept(team.invite())
    assert (team.under("IX#"), team.under("IM#"), invited(team)) == ([], [], 0)

    team.accept(team.invite(), "bob.two")

    assert team.state.seats_active == 3


@pytest.mark.parametrize(
    ("reason", "fields", "error"),
    [
        ("inactive", {"standing": "none"}, Standing),
        ("a plan that is not offered any more", {"plan": "gone"}, NotInPlan),
        ("too few seats", {"seats_active": 4}, SeatsOver),
        ("all seats taken is no reason", {"seats_active": 3}, None),
    ],
)
def test_inviting_is_refused_as_the_feature_is(
    model: Database, reason: str, fields: dict[str, Any], error: type[BillingError] | None
) -> None:
    team = a_team(model, **fields)

    if error is None:
        assert team.invite()[0] in listed(team), reason
        return
    with pytest.raises(error):
        team.invite()
    assert team.under("I") == []


def test_only_an_owner_invites_an_owner_and_only_who_may_bill_invites(model: Database) -> None:
    team = a_team(model, seats_bought=9)
    team.put(a_member("bill", "billing"))
    team.put(a_member("bob"))

    with pytest.raises(Forbidden):
        team.invite(role="owner", asker=acting("bill"))
    with pytest.raises(Forbidden):
        team.invite(asker=acting("bob"))
    team.invite(asker=acting("bill"))
    team.invite(role="owner", asker=acting("ada"))

    assert [each.role for each in listed(team)] == ["owner"]


def test_only_an_owner_ends_or_replaces_an_invitation_of_an_owner(model: Database) -> None:
    team = a_team(model, seats_bought=9)
    team.put(a_member("bill", "billing"))
    made, _ = team.invite(role="owner", asker=acting("ada"))
    before = team.items()

    with pytest.raises(Forbidden):
        withdraw(team.deps, "acme", made.id, acting("bill"))
    with pytest.raises(Forbidden):
        team.invite("BOB@example.com", asker=acting("bill"))
    assert team.items() == before

    replaced, _ = team.invite(asker=acting("ada"))
    assert listed(team) == [replaced]
    again, _ = team.invite(role="owner", asker=acting("ada"))
    withdraw(team.deps, "acme", again.id, acting("ada"))
    assert listed(team) == []


def test_an_owner_s_invitation_that_has_expired_stands_in_nobody_s_way(model: Database) -> None:
    team = a_team(model, seats_bought=9)
    team.put(a_member("bill", "billing"))
    made, other = team.invite(role="owner"), team.invite("cy@example.com", "owner")

    team.clock.at += LASTS - 1
    with pytest.raises(Forbidden):
        team.invite(asker=acting("bill"))
    team.clock.at += 1
    team.invite(asker=acting("bill"))
    withdraw(team.deps, "acme", other[0].id, acting("bill"))

    assert made[0].id not in str(team.under("I#"))
    assert [each.role for each in listed(team)] == ["member"]


def test_who_was_an_owner_when_he_replaced_one_does_the_same_again(model: Database) -> None:
    team = a_team(model, seats_bought=9)
    team.put(a_member("eve", "owner"))
    team.invite(role="owner")
    other, _ = team.invite("cy@example.com", "owner")
    eve = acting("eve")
    replaced, _ = team.invite(asker=replace(eve, operation="o1"))
    withdraw(team.deps, "acme", other.id, replace(eve, operation="o2"))
    team.put(a_member("eve", "billing"))

    again, _ = team.invite(asker=replace(eve, operation="o1"))
    withdraw(team.deps, "acme", other.id, replace(eve, operation="o2"))

    assert again.id == replaced.id
    assert [each.id for each in listed(team)] == [again.id]


def test_a_role_that_is_not_there_is_refused(team: Team) -> None:
    with pytest.raises(UnknownRole):
        team.invite(role="auditor")

    put_role(team.deps, "acme", "auditor", (), KEY)
    assert team.invite(role="auditor")[0].role == "auditor"


def test_withdrawing_ends_it_and_again_changes_nothing(team: Team) -> None:
    made = team.invite()

    withdraw(team.deps, "acme", made[0].id, KEY)
    before = team.items()
    withdraw(team.deps, "acme", made[0].id, KEY)

    assert team.under("I") == []
    assert team.touched == (Touch("invitation", made[0].id, {"role": "member"}, None),)
    assert team.items() == before
    with pytest.raises(UnknownInvitation):
        team.accept(made)


def test_withdrawing_what_was_accepted_takes_nobody_out(team: Team) -> None:
    made = team.invite()
    team.accept(made)

    withdraw(team.deps, "acme", made[0].id, KEY)

    assert team.accept(made).id == "bob"


def test_an_expired_one_counts_no_more_and_is_forgotten_after_a_month(team: Team) -> None:
    team.invite("old@example.com")
    team.clock.at += LASTS - 1
    assert invited(team) == 1
    team.clock.at += 1
    assert (invited(team), listed(team)) == (0, [])

    team.clock.at += KEPT - 1
    team.invite("a@example.com")
    assert len(team.under("I#")) == 2
    team.clock.at += 1
    team.invite("b@example.com")

    assert len(team.under("I#")) == 2
    assert (len(team.under("IX#")), len(team.under("IM#"))) == (2, 2)


def test_an_address_invited_again_after_a_month_leaves_one_invitation(team: Team) -> None:
    for number in range(CLEANED + 2):
        team.clock.at += 1
        team.invite(f"{number}@example.com")
    team.clock.at += LASTS + KEPT

    made, _ = team.invite("0@example.com")

    assert made in listed(team)
    assert [len(team.under(prefix)) for prefix in ("I#", "IX#", "IM#")] == [3, 3, 3]


def test_a_thousand_may_be_open_and_one_of_them_be_sent_anew(team: Team) -> None:
    known, _ = team.invite("known@example.com")
    for number in range(MOST - 2):
        item = raw(open_item("acme", replace(known, id=f"i{number}")))
        team.database.wire("PutItem", {"TableName": team.database.core, "Item": item})

    team.invite("last@example.com")
    with pytest.raises(TooManyInvitations):
        team.invite("one.more@example.com")
    team.invite("known@example.com")

    assert invited(team) == MOST == 1_000


def test_they_are_listed_as_they_expire_page_by_page(team: Team) -> None:
    made: list[str] = []
    for number in range(5):
        team.clock.at += 1
        made.append(team.invite(f"{number}@example.com")[0].id)

    first, on = read_invitations(team.deps, "acme", None, 2)
    second, further = read_invitations(team.deps, "acme", on, 2)
    third, end = read_invitations(team.deps, "acme", further, 2)

    assert [each.id for page in (first, second, third) for each in page] == made
    assert ([len(page) for page in (first, second, third)], end) == ([2, 2, 1], None)


def test_of_an_account_that_is_not_there_nothing_is_known(team: Team) -> None:
    with pytest.raises(UnknownAccount):
        read_invitations(team.deps, "nobody", None, 25)
    with pytest.raises(UnknownAccount):
        withdraw(team.deps, "nobody", "i", KEY)
