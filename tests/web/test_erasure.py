"""Erasing an account over HTTP: nothing names a person afterwards, and what was paid and used can still be read."""

import json
from typing import Any

import pytest

from chalicelib.actions.audit import audit
from tests.web.driver import Driver
from tests.web.route_table import ROUTES
from tests.web.test_audit_log import BOB
from tests.web.test_export import a_full_life, lines_of

SAID = (
    "ada", "Ada", "bob", "Bob", "Acme", "billing@example.com", "ada@example.com", "dora@example.com",
    "trouble", "mistake", "theirs",
)  # fmt: skip
CHANGES = [route for route in ROUTES if route.method != "GET" and "{account}" in route.path]
ANSWERED = ("/erase", "/audit")


def erased(web: Driver, path: str, name: str = "Acme & Sons", **headers: str) -> Any:
    return web.ask("POST", f"{path}/erase", {"confirm": name}, **headers)


def told(web: Driver, account: str) -> str:
    """All that both tables hold but other accounts and the deployment's own keys."""
    settings = web.deps.settings
    core = [
        item
        for item in web.dynamodb.scan(TableName=settings.core_table)["Items"]
        if item["pk"]["S"] == f"A#{account}" or item.get("account", {}).get("S") == account
    ]
    return json.dumps([core, web.dynamodb.scan(TableName=settings.ephemeral_table)["Items"]], default=str)


def test_nothing_that_names_a_person_is_left_in_either_table(web: Driver) -> None:
    path, _ = a_full_life(web, "gone")
    assert web.ask("PUT", f"{path}/members/bob", BOB, Idempotency_Key="m1").status == 201
    before = told(web, "gone")
    assert [said for said in SAID if said not in before] == []

    reply = erased(web, path, Acting_Member="ada", Idempotency_Key="e1")

    assert reply.status == 200, reply.text
    assert reply.json["erased_at"].endswith("Z")
    after = told(web, "gone")
    assert [said for said in SAID if f'"{said}' in after or f"{said}@" in after or f":{said}" in after] == []
    assert [said for said in ("trouble", "mistake", "Acme", "example.com") if said in after] == []
    assert audit(web.deps, "gone") == []


def test_what_was_paid_and_used_can_still_be_read_without_names(web: Driver) -> None:
    path, _ = a_full_life(web, "readable")
    history = web.ask("GET", f"{path}/credits/history").json["data"]
    erased(web, path)

    overview = web.ask("GET", path).json
    log = web.ask("GET", f"{path}/audit-log").json["data"]

    assert (overview["name"], overview["email"], overview["standing"]) == ("", "", "none")
    assert overview["seats"]["active"] == 0
    assert [line["credits"] for line in web.ask("GET", f"{path}/credits/history").json["data"]] == [
        line["credits"] for line in history
    ]
    assert {line["note"] for line in web.ask("GET", f"{path}/credits/history").json["data"]} == {None}
    assert {line["member"] for line in log} == {None}
    assert log[0]["changes"][0] == {"what": "account", "id": None, "before": None, "after": {"erased": "done"}}
    assert {line["kind"] for line in lines_of(web, path)} >= {"account", "state", "entry", "purchase"}
    assert "member" not in {line["kind"] for line in lines_of(web, path)}
    assert web.ask("GET", f"{path}/check?feature=export").json["allowed"] is True
    assert web.ask("GET", f"{path}/check?feature=create").json["reason"] == "standing"


def test_every_change_of_an_erased_account_is_refused(web: Driver) -> None:
    path, _ = a_full_life(web, "bad")
    erased(web, path)
    before = told(web, "bad")

    codes = {
        f"{route.method} {route.path}": web.ask(route.method, route.target, route.body)
        for route in CHANGES
        if not route.path.endswith(ANSWERED)
    }

    # A hold that is not there is neither taken nor given back.
    assert codes.pop("DELETE /v1/accounts/{account}/holds/{hold}").status == 204
    assert codes.pop("POST /v1/accounts/{account}/holds/{hold}/capture").code == "unknown_hold"
    assert {route: reply.text for route, reply in codes.items() if (reply.status, reply.code) != (409, "erased")} == {}
    event = {"id": "late", "account": "bad", "meter": "sessions", "quantity": 1}
    assert web.ask("POST", "/v1/usage", {"events": [event]}).json["results"][0]["code"] == "erased"
    key = {"name": "more", "scopes": ["read"], "account": "bad"}
    assert web.ask("POST", "/v1/keys", key).code == "erased"
    assert told(web, "bad") == before


@pytest.mark.parametrize(
    ("why", "headers", "confirm", "status"),
    [
        ("another name", {}, "Acne", 422),
        ("a member who is no owner", {"Acting_Member": "cy"}, "Acme", 403),
        ("nobody's member", {"Acting_Member": "dan"}, "Acme", 404),
    ],
)
def test_only_owners_erase_and_only_by_its_name(
    web: Driver, why: str, headers: dict[str, str], confirm: str, status: int
) -> None:
    account = f"own{status}"
    path = f"/v1/accounts/{web.an_account(account)}"
    web.a_member(account, "cy", "billing")
    before = told(web, account)

    reply = erased(web, path, confirm, **headers)

    assert reply.status == status, why
    assert told(web, account) == before


def test_asked_again_it_answers_the_same_and_its_own_keys_open_nothing(web: Driver) -> None:
    path = f"/v1/accounts/{web.an_account('again')}"
    key = web.ask("POST", "/v1/keys", {"name": "theirs", "scopes": ["read"], "account": "again"}).json["key"]
    assert web.ask("GET", path, key=key).status == 200

    first = erased(web, path, "Acme")
    web.world.clock.move_to(web.world.clock.now() + 61)

    assert erased(web, path, "Acme").json == first.json
    assert web.ask("GET", path, key=key).status == 401
