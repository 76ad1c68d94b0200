"""The self-audit of people: each way in which members, their number and the owners can contradict each other."""

import pytest

from chalicelib.domain.accounts import Member
from chalicelib.domain.audit_people import of_people
from tests.usage_builders import a_state

ADA, BOB = (Member(name, f"{name}@example.com", name, "owner") for name in ("ada", "bob"))
CARL = Member("carl", "carl@example.com", "Carl", "member")


@pytest.mark.parametrize(
    ("why", "active", "owners", "members", "codes"),
    [
        ("all is well", 2, ("ada",), [ADA, CARL], []),
        ("two own it, in any order", 2, ("bob", "ada"), [ADA, BOB], []),
        ("a seat too few is counted", 1, ("ada",), [ADA, CARL], ["seats_differ"]),
        ("a seat too many", 3, ("ada",), [ADA, CARL], ["seats_differ"]),
        ("an owner of nobody's making", 2, ("ada",), [ADA, BOB], ["owners_differ"]),
        ("an owner who is none", 2, ("ada", "carl"), [ADA, CARL], ["owners_differ"]),
        ("too many to look at", 1, (), None, []),
    ],
)
def test_people_are_held_against_their_count_and_the_owners(
    why: str, active: int, owners: tuple[str, ...], members: list[Member] | None, codes: list[str]
) -> None:
    found = list(of_people(a_state(seats_active=active), owners, members))

    assert [each.code for each in found] == codes, why
    assert not any(name in each.detail for each in found for name in ("ada", "bob", "carl"))


def test_while_it_is_erased_people_go_one_by_one() -> None:
    assert list(of_people(a_state(seats_active=2, erased=7), ("ada",), [ADA])) == []
