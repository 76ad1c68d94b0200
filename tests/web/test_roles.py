"""Roles over HTTP: what each permits to whom a key acts for, from one moment to the next."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.driver import Driver
from tests.web.teams import BOB, a_team, quick


@pytest.fixture(scope="module")
def web() -> Iterator[Driver]:
    with quick() as driver:
        yield driver


def test_roles_are_listed_with_those_built_in(web: Driver) -> None:
    team = a_team(web, "roles")

    made = web.ask("PUT", f"{team}/roles/auditor", {"permissions": ["billing"]})
    again = web.ask("PUT", f"{team}/roles/auditor", {"permissions": []})

    assert (made.status, again.status) == (201, 200)
    assert made.json == {"id": "auditor", "permissions": ["billing"], "built_in": False}
    assert web.ask("GET", f"{team}/roles").json == {
        "data": [
            {"id": "owner", "permissions": ["billing"], "built_in": True},
            {"id": "billing", "permissions": ["billing"], "built_in": True},
            {"id": "member", "permissions": [], "built_in": True},
            {"id": "auditor", "permissions": [], "built_in": False},
        ],
        "next_cursor": None,
    }
    assert web.ask("PUT", f"{team}/members/bob", {**BOB, "role": "auditor"}).status == 201
    assert web.ask("DELETE", f"{team}/roles/auditor").code == "role_in_use"
    assert web.ask("DELETE", f"{team}/members/bob").status == 204
    assert web.ask("DELETE", f"{team}/roles/auditor").status == 204
    assert web.ask("DELETE", f"{team}/roles/auditor").status == 204


def test_a_role_made_is_answered_the_same_whatever_came_of_it(web: Driver) -> None:
    team = a_team(web, "again")
    body = {"permissions": ["billing"]}
    first = web.ask("PUT", f"{team}/roles/auditor", body, Idempotency_Key="made")

    web.ask("PUT", f"{team}/roles/auditor", {"permissions": []})
    changed = web.ask("PUT", f"{team}/roles/auditor", body, Idempotency_Key="made")
    web.ask("DELETE", f"{team}/roles/auditor")
    gone = web.ask("PUT", f"{team}/roles/auditor", body, Idempotency_Key="made")

    assert (first.status, first.json) == (201, {"id": "auditor", "permissions": ["billing"], "built_in": False})
    for again in (changed, gone):
        assert (again.status, again.json, again.headers["Idempotency-Replayed"]) == (201, first.json, "true")


MANY = [("as many as may be", 100, 100), ("one too many", 101, 1), ("as many as a body holds", 12_000, 1)]


@pytest.mark.parametrize(("reason", "sent", "told"), MANY)
def test_who_sends_too_many_permissions_is_told_of_a_hundred_at_most(
    web: Driver, reason: str, sent: int, told: int
) -> None:
    refused = web.ask("PUT", "/v1/accounts/bounds/roles/auditor", {"permissions": ["a"] * sent})

    assert (refused.status, refused.code, len(refused.json["errors"])) == (422, "invalid", told), reason
    assert ("must be a list of 0 to 100 items" in refused.text) == (sent > 100)


@pytest.fixture(scope="module")
def staff(web: Driver) -> str:
    """An account with everybody in it who may act."""
    team = a_team(web, "staff", 20)
    for role, permissions in (("clerk", ["billing"]), ("guest", list[str]())):
        assert web.ask("PUT", f"{team}/roles/{role}", {"permissions": permissions}).status == 201
    for member, role in (("bill", "billing"), ("bob", "member"), ("clerk", "clerk"), ("guest", "guest")):
        assert web.ask("PUT", f"{team}/members/{member}", {**BOB, "role": role}).status == 201
    return team


ALL = {"ada", "bill", "clerk", "bob", "guest"}
BILLERS = {"ada", "bill", "clerk"}
DOING = [
    ("reads the members", "GET", "/members", None, ALL),
    ("reads the invitations", "GET", "/invitations", None, BILLERS),
    ("reads the roles", "GET", "/roles", None, BILLERS),
    ("makes a member", "PUT", "/members/new", BOB, BILLERS),
    ("removes another", "DELETE", "/members/nobody", None, BILLERS),
    ("invites", "POST", "/invitations", {"email": "x@example.com", "role": "member"}, BILLERS),
    ("withdraws", "DELETE", "/invitations/nobodys", None, BILLERS),
    ("makes a role", "PUT", "/roles/new", {"permissions": ["billing"]}, BILLERS),
    ("drops a role", "DELETE", "/roles/nobodys", None, BILLERS),
    ("makes an owner", "PUT", "/members/new.owner", {**BOB, "role": "owner"}, {"ada"}),
    ("makes himself an owner", "PUT", "/members/{}", {**BOB, "role": "owner"}, {"ada"}),
    ("invites an owner", "POST", "/invitations", {"email": "y@example.com", "role": "owner"}, {"ada"}),
    ("gives his role the permission", "PUT", "/roles/guest", {"permissions": ["billing"]}, BILLERS),
]


@pytest.mark.parametrize(("reason", "method", "path", "body", "may"), DOING, ids=[row[0] for row in DOING])
def test_each_role_may_what_it_permits(  # noqa: PLR0917 - a row of the table
    web: Driver, staff: str, reason: str, method: str, path: str, body: Any, may: set[str]
) -> None:
    for member in sorted(ALL - may):
        reply = web.ask(method, staff + path.format(member), body, Acting_Member=member)
        assert (reply.status, reply.code) == (403, "forbidden"), f"{member} {reason}"
    allowed = {each: web.ask(method, staff + path.format(each), body, Acting_Member=each).status for each in may}

    assert all(status in (200, 201, 204) for status in allowed.values()), f"{reason}: {allowed}"


def test_who_loses_the_permission_or_is_removed_is_out_at_once(web: Driver) -> None:
    team = a_team(web, "removed")
    web.ask("PUT", f"{team}/roles/clerk", {"permissions": ["billing"]})
    web.ask("PUT", f"{team}/members/bob", {**BOB, "role": "clerk"})
    assert web.ask("GET", team, Acting_Member="bob").status == 200

    web.ask("PUT", f"{team}/roles/clerk", {"permissions": []})
    assert web.ask("GET", team, Acting_Member="bob").status == 403

    web.ask("DELETE", f"{team}/members/bob")
    gone = web.ask("GET", team, Acting_Member="bob")
    assert (gone.status, gone.text) == (404, web.ask("GET", "/v1/accounts/nobody", Acting_Member="bob").text)
    assert web.ask("DELETE", f"{team}/members/bob", Acting_Member="bob").code == "unknown_account"


def test_ownership_is_handed_over(web: Driver) -> None:
    team = a_team(web, "handed")
    about = {"name": "Acme", "email": "billing@example.com"}

    assert web.ask("PUT", f"{team}/members/bob", {**BOB, "role": "owner"}, Acting_Member="ada").status == 201
    ada = {"email": "ada@example.com", "name": "Ada", "role": "member"}
    assert web.ask("PUT", f"{team}/members/ada", ada, Acting_Member="ada").status == 200

    assert web.ask("DELETE", f"{team}/members/bob").code == "last_owner"
    owner = {"id": "bob", "email": "bob@example.com", "name": "Bob"}
    assert web.ask("PUT", team, {**about, "owner": owner}).status == 200
    assert web.ask("PUT", team, {**about, "owner": {**owner, "id": "ada"}}).code == "owner_change"


def test_roles_are_paged_those_built_in_first(web: Driver) -> None:
    team = a_team(web, "paged")
    for role in ("zoo", "auditor"):
        assert web.ask("PUT", f"{team}/roles/{role}", {"permissions": []}).status == 201

    found, query = [], "limit=2"
    while query:
        page = web.ask("GET", f"{team}/roles?{query}").json
        found.append([each["id"] for each in page["data"]])
        query = f"limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else ""

    assert found == [["owner", "billing"], ["member", "auditor"], ["zoo"]]
