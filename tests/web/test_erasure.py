"""Erasing an account over HTTP: nothing names a person afterwards, and what was paid and used can still be read."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.actions.audit import audit
from chalicelib.deps import Deps
from tests.actions.world import Instead
from tests.web.driver import Driver
from tests.web.route_table import ROUTES
from tests.web.teams import BOB, a_team, quick
from tests.web.test_export import a_full_life, lines_of

SAID = (
    "ada", "Ada", "bob", "Bob", "Acme", "billing@example.com", "ada@example.com", "dora@example.com",
    "trouble", "mistake", "theirs",
)  # fmt: skip
CHANGES = [route for route in ROUTES if route.method != "GET" and "{account}" in route.path]
ANSWERED = ("/erase", "/audit")


@pytest.fixture(scope="module")
def web() -> Iterator[Driver]:
    with quick() as driver:
        yield driver


@contextmanager
def answering(deps: Deps) -> Iterator[None]:
    """The app works with these, where wiring has them."""
    built, wiring._built[:] = list(wiring._built), [deps]
    try:
        yield
    finally:
        wiring._built[:] = built


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
    # Three letters may stand in a digest by chance.
    assert [said for said in SAID if re.search(rf"\b{re.escape(said)}\b", after)] == []
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


def test_what_a_rotation_ended_has_no_name_left_either(web: Driver) -> None:
    path = f"/v1/accounts/{web.an_account('turned')}"
    body = {"name": "Zoe's laptop", "scopes": ["read"], "account": "turned"}
    key = web.ask("POST", "/v1/keys", body).json["id"]
    assert web.ask("POST", f"/v1/keys/{key}/rotate", {"overlap_seconds": 0}).status == 200

    assert erased(web, path, "Acme").status == 200

    assert "Zoe" not in told(web, "turned")


def test_a_role_named_after_somebody_goes_too(web: Driver) -> None:
    path = a_team(web, "titled")
    assert web.ask("PUT", f"{path}/roles/zoe@example.com", {"permissions": []}).status == 201
    assert web.ask("PUT", f"{path}/members/bob", {**BOB, "role": "zoe@example.com"}).status == 201

    assert erased(web, path, "Acme").status == 200

    assert "zoe" not in told(web, "titled")
    assert "zoe" not in web.ask("GET", f"{path}/audit-log").text


def test_an_owner_asks_again_under_one_key_until_it_is_done(web: Driver) -> None:
    path = a_team(web, "piecemeal")
    assert web.ask("PUT", f"{path}/members/bob", BOB, Acting_Member="ada").status == 201
    dossiers = web.deps.store.dossiers
    slow: Any = Instead(dossiers, {"erase_people": lambda account, _: dossiers.erase_people(account, 1)})
    store: Any = Instead(web.deps.store, {"dossiers": slow})

    with answering(replace(web.deps, store=store)):
        first, second = (erased(web, path, "Acme", Acting_Member="ada", Idempotency_Key="e") for _ in range(2))
    last = erased(web, path, "Acme", Acting_Member="ada", Idempotency_Key="e")

    assert [(each.status, each.json) for each in (first, second)] == [(202, {"state": "erasing"})] * 2
    assert (last.status, list(last.json)) == (200, ["erased_at"])


def test_who_sees_to_the_bills_is_told_that_only_owners_erase(web: Driver) -> None:
    path = f"/v1/accounts/{web.an_account('billed')}"
    web.a_member("billed", "cy", "billing")

    assert "Only an owner may erase the account." in erased(web, path, "Acme", Acting_Member="cy").text


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
