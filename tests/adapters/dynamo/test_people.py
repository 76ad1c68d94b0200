"""Members, roles and invitations in tables: pages, counts, and what stands where while an invitation is open."""

from dataclasses import replace

import pytest

from chalicelib.adapters.dynamo.people_records import (
    address_sk,
    invitation_from,
    invitation_item,
    member_from,
    member_item,
    role_from,
    role_item,
)
from chalicelib.adapters.dynamo.records import raw
from chalicelib.deps import Beside, PeopleRecord
from chalicelib.domain import journal
from chalicelib.domain.accounts import Member
from chalicelib.domain.invitations import ACCEPTED, Invitation, hash_of
from chalicelib.domain.roles import Role
from chalicelib.errors import ConditionFailed
from tests.offers import OFFERS
from tests.stores import Database
from tests.usage_builders import NOW, a_state

BOB = Member("bob", "bob@example.com", "Bob", "auditor")
AUDITOR = Role("auditor", ("billing",), 3)


def an_invitation(number: int = 1, expires_at: int = NOW + 10) -> Invitation:
    email = f"Person.{number}@example.com"
    return Invitation(f"i{number}", email, "member", hash_of("t"), NOW, expires_at, "key:test")


def write(database: Database, account: str, *people: PeopleRecord) -> None:
    change = journal.begin(database.state(account), NOW, OFFERS)
    database.store().commit(change, beside=Beside(people=people))


def take_away(database: Database, account: str, *gone: PeopleRecord) -> None:
    change = journal.begin(database.state(account), NOW, OFFERS)
    database.store().commit(change, beside=Beside(people_gone=gone))


def test_each_comes_back_as_it_went() -> None:
    tried = replace(an_invitation(), tries=3, tried_from=NOW)

    assert member_from(raw(member_item("acme", BOB))) == BOB
    assert role_from(raw(role_item("acme", AUDITOR))) == AUDITOR
    assert role_from(raw(role_item("acme", Role("a", ())))) == Role("a", ())
    assert invitation_from(raw(invitation_item("acme", tried))) == tried


def test_of_an_accepted_one_the_address_is_not_kept() -> None:
    accepted = replace(an_invitation(), state=ACCEPTED, member="bob")

    assert invitation_from(raw(invitation_item("acme", accepted))) == replace(accepted, email="")


def test_an_address_is_the_same_in_any_case_and_in_no_other_account() -> None:
    one, other = a_state(), replace(a_state(), salt=b"another.salt.123")

    assert address_sk(one, "Bob@Example.com") == address_sk(one, "bob@example.COM")
    assert len({address_sk(one, "bob@example.com"), address_sk(one, "bob@example.org")}) == 2
    assert address_sk(one, "bob@example.com") != address_sk(other, "bob@example.com")


def test_people_are_written_and_taken_away_with_the_state(database: Database, account: str) -> None:
    database.open(account)
    people, made = database.store().people, an_invitation()

    write(database, account, BOB, AUDITOR, made)
    assert people.member(account, "bob") == BOB
    assert (people.role(account, "auditor"), people.roles(account)) == (AUDITOR, [AUDITOR])
    assert people.invitation(account, "i1") == made
    assert people.invitation_to(database.state(account), "PERSON.1@example.com") == made

    take_away(database, account, BOB, AUDITOR, made)
    assert (people.member(account, "bob"), people.role(account, "auditor"), people.roles(account)) == (None, None, [])
    assert people.invitation(account, "i1") is None
    assert [sk for sk in database.items(account) if sk.startswith(("I", "RO#", "U#b"))] == []


def test_members_come_page_by_page(database: Database, account: str) -> None:
    database.open(account)
    write(database, account, *(replace(BOB, id=each) for each in ("ada.", "ada-", "z:", "B@")))
    people = database.store().people

    first, on = people.members(account, after=None, limit=2)
    second, further = people.members(account, after=on, limit=2)
    last, end = people.members(account, after=further, limit=2)

    pages = [[each.id for each in page] for page in (first, second, last)]
    assert (pages, end) == ([["B@", "ada"], ["ada-", "ada."], ["z:"]], None)


def test_the_open_invitations_are_those_that_have_not_expired(database: Database, account: str) -> None:
    database.open(account)
    people = database.store().people
    write(database, account, *(an_invitation(number, NOW + number) for number in (4, 3, 2, 1)))
    write(database, account, replace(an_invitation(3, NOW + 3), state=ACCEPTED, member="bob"))

    counts = [people.invited(account, NOW + passed) for passed in range(5)]
    found, on = people.invitations(account, now=NOW, after=None, limit=2)
    rest, end = people.invitations(account, now=NOW + 1, after=on, limit=2)
    late, _ = people.invitations(account, now=NOW + 3, after=None, limit=2)

    assert counts == [3, 2, 1, 1, 0]
    assert [[each.id for each in page] for page in (found, rest, late)] == [["i1", "i2"], ["i4"], ["i4"]]
    assert end is None
    assert [each.id for each in people.expired_by(account, NOW + 2, 5)] == ["i1", "i2"]
    assert [each.id for each in people.expired_by(account, NOW + 2, 1)] == ["i1"]
    assert people.invites_to(account, "member", NOW + 3)
    assert not people.invites_to(account, "member", NOW + 4)
    assert not people.invites_to(account, "auditor", NOW)


def test_wrong_tokens_are_counted_once_each_and_never_for_what_is_gone(database: Database, account: str) -> None:
    database.open(account)
    people, made = database.store().people, an_invitation()
    write(database, account, made)
    once = replace(made, tries=1, tried_from=NOW)

    people.save_tries(account, made, once)
    with pytest.raises(ConditionFailed):
        people.save_tries(account, made, once)
    assert people.invitation(account, "i1") == once

    take_away(database, account, made)
    with pytest.raises(ConditionFailed):
        people.save_tries(account, once, replace(once, tries=2))
    assert people.invitation(account, "i1") is None
