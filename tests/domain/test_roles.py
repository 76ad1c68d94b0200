"""Roles and owners as rules."""

import pytest

from chalicelib.domain.accounts import Member
from chalicelib.domain.members import owners_after, touches_owners
from chalicelib.domain.roles import Role, is_built_in, permitted

EVERY = ("billing", "invite")


@pytest.mark.parametrize(
    ("reason", "role", "custom", "may"),
    [
        ("an owner may all", "owner", None, {"billing", "invite"}),
        ("so may billing", "billing", None, {"billing", "invite"}),
        ("a member nothing", "member", None, set[str]()),
        ("what is built in is not told otherwise", "member", Role("member", ("billing",)), set[str]()),
        ("a custom role its own", "auditor", Role("auditor", ("invite",)), {"invite"}),
        ("or nothing", "auditor", Role("auditor", ()), set[str]()),
        ("one that is gone, nothing", "auditor", None, set[str]()),
        ("what the catalogue has no more, nobody may", "auditor", Role("auditor", ("invite", "root")), {"invite"}),
        ("one that looks built in is not", "Owner", None, set[str]()),
    ],
)
def test_a_role_permits(reason: str, role: str, custom: Role | None, may: set[str]) -> None:
    assert permitted(role, custom, EVERY) == may, reason


@pytest.mark.parametrize(
    ("role", "is_taken"),
    [("owner", True), ("OWNER", True), ("Billing", True), ("member", True), ("members", False), ("o.wner", False)],
)
def test_built_in_names_are_taken_in_any_case(role: str, is_taken: bool) -> None:
    assert is_built_in(role) is is_taken


def of(role: str | None) -> Member | None:
    return Member("bob", "bob@example.com", "Bob", role) if role else None


@pytest.mark.parametrize(
    ("reason", "owners", "roles", "left"),
    [
        ("a new one", ("ada",), (None, "owner"), ("ada", "bob")),
        ("one who becomes one", ("ada",), ("member", "owner"), ("ada", "bob")),
        ("one who is one", ("bob", "ada"), ("owner", "owner"), ("ada", "bob")),
        ("one who is none any more", ("ada", "bob"), ("owner", "billing"), ("ada",)),
        ("one who goes", ("ada", "bob"), ("owner", None), ("ada",)),
        ("the last one who goes", ("bob",), ("owner", None), ()),
        ("a member who goes", ("ada",), ("member", None), ("ada",)),
        ("a member who changes", ("ada",), ("member", "billing"), ("ada",)),
    ],
)
def test_owners_come_and_go(
    reason: str, owners: tuple[str, ...], roles: tuple[str | None, str | None], left: tuple[str, ...]
) -> None:
    before, after = roles

    assert owners_after(owners, "bob", of(after)) == left, reason
    assert touches_owners(of(before), of(after)) is ("owner" in roles), reason
