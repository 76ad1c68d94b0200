"""Members and invitations over HTTP: who has a seat, and how one comes in."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.driver import Driver
from tests.web.teams import BOB, a_team, accepted, having, invited, quick, seats


@pytest.fixture(scope="module")
def web() -> Iterator[Driver]:
    with quick() as driver:
        yield driver


def test_a_member_takes_a_seat_and_frees_it_at_once(web: Driver) -> None:
    team = a_team(web, "seat", 2)

    made = web.ask("PUT", f"{team}/members/bob", BOB)
    full = web.ask("PUT", f"{team}/members/cy", BOB)

    assert (made.status, made.json) == (201, {"id": "bob", **BOB})
    assert (full.status, full.code) == (409, "seats_full")
    assert "subscription" in full.json["hint"]
    assert web.ask("PUT", f"{team}/members/bob", {**BOB, "name": "Robert"}).status == 200
    assert web.ask("DELETE", f"{team}/members/bob").status == 204
    assert web.ask("DELETE", f"{team}/members/bob").status == 204
    assert web.ask("PUT", f"{team}/members/cy", BOB).status == 201
    assert seats(web, team) == {"bought": 2, "active": 2, "invited": 0, "free": 0, "over": 0}


def test_an_invitation_is_shown_accepted_and_gone(web: Driver) -> None:
    team = a_team(web, "invited")

    made = invited(web, team)
    listed = web.ask("GET", f"{team}/invitations").json["data"]
    assert seats(web, team)["invited"] == 1
    first, again = accepted(web, team, made, name="Bob"), accepted(web, team, made, name="Bob")

    assert listed == [{name: made[name] for name in ("id", "email", "role", "expires_at")}]
    assert len(made["token"]) == 43
    assert (first.status, first.json) == (200, {"id": "bob", **BOB})
    assert again.json == first.json
    assert (accepted(web, team, made, "eve").status, accepted(web, team, made, "eve").code) == (409, "invitation_used")
    assert seats(web, team) == {"bought": 3, "active": 2, "invited": 0, "free": 1, "over": 0}
    assert web.ask("GET", f"{team}/invitations").json["data"] == []


def test_invited_full_bought_reduced_over_and_solved(web: Driver) -> None:
    team = a_team(web, "story", 1)
    made = invited(web, team)
    assert accepted(web, team, made).code == "seats_full"

    having(web, "story", seats_bought=2)
    assert accepted(web, team, made).status == 200
    other = invited(web, team, "cy@example.com")
    having(web, "story", seats_bought=1)

    refused = [
        web.ask("PUT", f"{team}/members/dan", BOB),
        web.ask("POST", f"{team}/invitations", {"email": "dan@example.com", "role": "member"}),
        accepted(web, team, other, "cy"),
    ]
    assert [(each.status, each.code) for each in refused] == [(409, "seats_over")] * 3
    assert refused[0].json["detail"] == "active members: 2; seats bought: 1; too many: 1"
    assert {
        feature: web.ask("GET", f"{team}/check?feature={feature}").json["reason"]
        for feature in ("create", "review", "invite", "login", "export")
    } == {"create": "seats_over", "review": "seats_over", "invite": "seats_over"} | dict.fromkeys(
        ("login", "export"), "included"
    )
    assert seats(web, team)["over"] == 1
    assert web.ask("GET", f"{team}/members", Acting_Member="bob").status == 200
    assert web.ask("DELETE", f"{team}/members/bob", Acting_Member="bob").status == 204
    assert web.ask("GET", f"{team}/check?feature=invite").json["allowed"]


def test_an_inactive_account_takes_nobody_in(web: Driver) -> None:
    team = a_team(web, "inactive")
    made = invited(web, team)
    having(web, "inactive", standing="none")

    refused = [
        web.ask("PUT", f"{team}/members/dan", BOB),
        web.ask("POST", f"{team}/invitations", {"email": "dan@example.com", "role": "member"}),
        accepted(web, team, made),
    ]

    assert [(each.status, each.code) for each in refused] == [(409, "standing")] * 3
    assert web.ask("GET", f"{team}/check?feature=login").json["allowed"]


def test_an_invitation_that_is_none_is_404_and_one_that_is_old_410(web: Driver) -> None:
    team = a_team(web, "gone")
    made, old = invited(web, team), invited(web, team, "old@example.com")
    assert web.ask("DELETE", f"{team}/invitations/{made['id']}").status == 204
    assert web.ask("DELETE", f"{team}/invitations/{made['id']}").status == 204
    other = a_team(web, "gone-other")

    unknown = [
        accepted(web, team, made),
        accepted(web, team, {**old, "token": "a" * 43}),
        accepted(web, team, {**old, "id": "nobodys"}),
        accepted(web, other, old),
    ]

    assert {(each.status, each.text) for each in unknown} == {(404, unknown[0].text)}
    assert unknown[0].code == "unknown_invitation"
    web.world.emulator.turner.move_to(web.deps.clock.now() + 7 * 86_400)
    late = accepted(web, team, old)
    assert (late.status, late.code) == (410, "invitation_expired")


def test_who_guesses_tokens_is_told_when_to_come_again(web: Driver) -> None:
    team = a_team(web, "guess")
    made = invited(web, team)
    for _ in range(10):
        assert accepted(web, team, {**made, "token": "x"}).code == "unknown_invitation"

    locked = accepted(web, team, made)

    assert (locked.status, locked.code) == (429, "too_many_tries")
    assert 1 <= int(locked.headers["Retry-After"]) <= 60


BAD = [
    ("a built-in role", "PUT", "roles/owner", {"permissions": []}, 409, "built_in_role"),
    ("in another case", "PUT", "roles/Billing", {"permissions": []}, 409, "built_in_role"),
    ("encoded", "PUT", "roles/%6Fwner", {"permissions": []}, 409, "built_in_role"),
    ("not even by deleting", "DELETE", "roles/MEMBER", None, 409, "built_in_role"),
    ("a look-alike", "PUT", "roles/%D0%BEwner", {"permissions": []}, 404, "unknown_role"),
    ("a slash", "PUT", "roles/a%2Fb", {"permissions": []}, 404, "unknown_role"),
    ("an impossible member", "PUT", "members/%2E%2E", BOB, 404, "unknown_member"),
    ("a space", "DELETE", "members/b%20b", None, 404, "unknown_member"),
    ("an impossible invitation", "DELETE", "invitations/%00", None, 404, "unknown_invitation"),
    ("a role that is not there", "PUT", "members/bob", {**BOB, "role": "root"}, 404, "unknown_role"),
    ("nor in a wrong case", "PUT", "members/bob", {**BOB, "role": "Owner"}, 404, "unknown_role"),
    ("nor for the invited", "POST", "invitations", {"email": "b@example.com", "role": "x"}, 404, "unknown_role"),
    ("the last owner made less", "PUT", "members/ada", BOB, 409, "last_owner"),
    ("the last owner removed", "DELETE", "members/ada", None, 409, "last_owner"),
    ("the last owner encoded", "DELETE", "members/%61da", None, 409, "last_owner"),
]


def test_bad_input_is_told_and_changes_nothing(web: Driver) -> None:
    team = a_team(web, "people")
    before = web.world.stored("people")

    for reason, method, path, body, status, code in BAD:
        reply = web.ask(method, f"{team}/{path}", body)
        assert (reply.status, reply.code) == (status, code), reason
        assert reply.json["hint"]

    assert web.world.stored("people") == before


def test_lists_go_on_by_a_cursor_of_their_own(web: Driver) -> None:
    team = a_team(web, "listed", 9)
    web.ask("PUT", f"{team}/members/bob", BOB)
    for each in ("cy", "dan"):
        invited(web, team, f"{each}@example.com")

    pages: dict[str, list[Any]] = {}
    for name in ("members", "invitations"):
        first = web.ask("GET", f"{team}/{name}?limit=1").json
        pages[name] = [first, web.ask("GET", f"{team}/{name}?limit=1&cursor={first['next_cursor']}").json]

    assert [[each["id"] for each in page["data"]] for page in pages["members"]] == [["ada"], ["bob"]]
    assert len({page["data"][0]["email"] for page in pages["invitations"]}) == 2
    assert [page[1]["next_cursor"] for page in pages.values()] == [None, None]
    cursor, foreign = pages["members"][0]["next_cursor"], pages["invitations"][0]["next_cursor"]
    assert web.ask("GET", f"{team}/members?cursor={foreign}").fields == ["cursor"]
    assert web.ask("GET", f"{a_team(web, 'foreign')}/members?cursor={cursor}").fields == ["cursor"]
