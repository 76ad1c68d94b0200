"""Who may ask: keys, scopes, members, and accounts that are not to be seen."""

import json
import logging
from dataclasses import replace

import pytest
from chalice.app import Chalice

from app import app
from chalicelib.web.auth import ANYBODY
from chalicelib.web.call import Answer, Call
from chalicelib.web.routes import Routes, mount
from infra.local import gateway
from infra.local.front import answered
from tests.stores import FixedClock
from tests.web.driver import ACCOUNT, URLS, Driver

OVERVIEW = "/v1/accounts/{}"


@pytest.fixture(scope="module")
def account(web: Driver) -> str:
    account = web.an_account("auth")
    for role in ("billing", "member", "auditor"):
        web.a_member(account, role, role)
    return account


HEADERS = [
    ("none", None),
    ("empty", ""),
    ("no scheme", "bk_" + "a" * 43),
    ("another scheme", "Basic bk_" + "a" * 43),
    ("no key", "Bearer "),
    ("too short", "Bearer bk_" + "a" * 42),
    ("too long", "Bearer bk_" + "a" * 44),
    ("unknown", "Bearer bk_" + "a" * 43),
    ("a very long one", "Bearer " + "a" * 100_000),
    ("not ASCII", "Bearer bk_" + "é" * 43),
]


@pytest.mark.parametrize(("reason", "header"), HEADERS, ids=[row[0] for row in HEADERS])
def test_without_a_key_nobody_gets_in(web: Driver, account: str, reason: str, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}

    reply = web.ask("GET", OVERVIEW.format(account), key=None, **headers)

    assert (reply.status, reply.code) == (401, "unauthorized"), reason
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_scheme_is_read_in_any_case(web: Driver, account: str) -> None:
    assert web.ask("GET", OVERVIEW.format(account), key=None, Authorization=f"bearer {web.key}").status == 200


def test_a_key_works_until_it_expires(web: Driver, account: str) -> None:
    now = web.deps.clock.now()

    assert web.ask("GET", OVERVIEW.format(account), key=web.a_key(expires_at=now + 5)).status == 200
    assert web.ask("GET", OVERVIEW.format(account), key=web.a_key(expires_at=now)).code == "unauthorized"
    assert web.ask("GET", OVERVIEW.format(account), key=web.a_key(revoked=True)).code == "unauthorized"


SCOPES = [
    ("GET", "", "read"),
    ("PUT", "", "admin"),
    ("POST", "/subscription", "billing"),
    ("POST", "/subscription/cancel", "billing"),
    ("POST", "/subscription/resume", "billing"),
    ("POST", "/audit", "admin"),
    ("POST", "/consume", "usage"),
    ("GET", "/usage", "read"),
    ("GET", "/credits", "read"),
    ("GET", "/credits/history", "read"),
    ("POST", "/credits/purchases", "billing"),
    ("GET", "/credits/purchases/p1", "read"),
]


@pytest.mark.parametrize(("method", "path", "scope"), SCOPES)
def test_each_call_asks_for_its_scope(web: Driver, account: str, method: str, path: str, scope: str) -> None:
    others = {"usage", "read", "billing", "admin"} - {scope}
    target = OVERVIEW.format(account) + path

    assert web.ask(method, target, key=web.a_key(*others)).code == "forbidden"
    assert web.ask(method, target, key=web.a_key(scope)).status not in (401, 403)


def test_a_check_is_for_who_reads_and_for_who_uses(web: Driver, account: str) -> None:
    target = OVERVIEW.format(account) + "/check?feature=login"

    said = {scope: web.ask("GET", target, key=web.a_key(scope)).status for scope in ("usage", "read", "billing")}

    assert said == {"usage": 200, "read": 200, "billing": 403}


def test_a_key_of_one_account_sees_others_as_if_they_were_not_there(web: Driver, account: str) -> None:
    web.an_account("auth-other")
    key = web.a_key(account=account)

    foreign = web.ask("GET", OVERVIEW.format("auth-other"), key=key)
    missing = web.ask("GET", OVERVIEW.format("auth-missing"), key=key)

    assert web.ask("GET", OVERVIEW.format(account), key=key).status == 200
    assert (foreign.status, foreign.text) == (404, missing.text)
    assert web.ask("GET", OVERVIEW.format("auth-missing")).text == missing.text
    assert web.ask("PUT", OVERVIEW.format("auth-new"), ACCOUNT, key=key).code == "unknown_account"
    assert web.ask("GET", OVERVIEW.format("auth-new")).status == 404


MEMBERS = [
    ("the owner sees billing", "ada", "", 200),
    ("the role billing sees billing", "billing", "", 200),
    ("a member does not", "member", "", 403),
    ("nor credits", "member", "/credits", 403),
    ("nor history", "member", "/credits/history", 403),
    ("nor purchases", "member", "/credits/purchases/p1", 403),
    ("a role without the permission neither", "auditor", "/credits", 403),
    ("a member sees the bars", "member", "/usage", 200),
    ("a member may be checked", "member", "/check?feature=login", 200),
    ("nobody is not there", "nobody", "", 404),
    ("nobody sees no bars", "nobody", "/usage", 404),
]


@pytest.mark.parametrize(("reason", "member", "path", "status"), MEMBERS, ids=[row[0] for row in MEMBERS])
def test_a_person_may_what_the_role_says(
    web: Driver, account: str, reason: str, member: str, path: str, status: int
) -> None:
    assert web.ask("GET", OVERVIEW.format(account) + path, Acting_Member=member).status == status, reason


CHANGES = [
    ("PUT", "", {"name": "New", "email": "new@example.com"}),
    ("POST", "/subscription", {"plan": "team", **URLS}),
    ("POST", "/subscription/cancel", {}),
    ("POST", "/subscription/resume", {}),
    ("POST", "/credits/purchases", {"pack": "starter", **URLS}),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_member_without_the_right_changes_nothing(
    web: Driver, account: str, method: str, path: str, body: dict[str, str]
) -> None:
    before = web.everything()

    refused = web.ask(method, OVERVIEW.format(account) + path, body, Acting_Member="member")
    unknown = web.ask(method, OVERVIEW.format(account) + path, body, Acting_Member="nobody")

    assert (refused.code, unknown.code) == ("forbidden", "unknown_account")
    assert web.everything() == before


def test_a_person_of_another_account_sees_nothing(web: Driver) -> None:
    web.an_account("auth-third")
    web.a_member(web.an_account("auth-fourth"), "billing", "billing")

    foreign = web.ask("GET", OVERVIEW.format("auth-third"), Acting_Member="billing")

    assert foreign.text == web.ask("GET", OVERVIEW.format("auth-missing"), Acting_Member="billing").text


def test_the_stripe_customer_is_shown_to_the_backend_only(web: Driver, account: str) -> None:
    assert "stripe_customer_id" in web.ask("GET", OVERVIEW.format(account)).json
    assert "stripe_customer_id" not in web.ask("GET", OVERVIEW.format(account), Acting_Member="ada").json


def test_a_key_may_ask_that_a_person_is_always_named(web: Driver, account: str) -> None:
    key = web.a_key(requires_member=True)

    missing = web.ask("GET", OVERVIEW.format(account), key=key)

    assert (missing.status, missing.code, missing.fields) == (422, "bad_parameter", ["Acting-Member"])
    assert web.ask("GET", OVERVIEW.format(account), key=key, Acting_Member="ada").status == 200


@pytest.mark.parametrize("member", ["", "..", "a b", "a" * 129])
def test_an_impossible_person_is_a_bad_parameter(web: Driver, account: str, member: str) -> None:
    assert web.ask("GET", OVERVIEW.format(account), Acting_Member=member).code == "bad_parameter"


@pytest.fixture
def limited(web: Driver) -> tuple[Driver, FixedClock, list[str]]:
    """A service that lets a key ask twice a second, its clock, and what it did."""
    clock, did = FixedClock(web.deps.clock.now()), list[str]()
    deps = replace(web.deps, clock=clock, settings=replace(web.deps.settings, rate_limit=2))
    routes = Routes("limited")

    @routes.on("POST", "/v1/accounts/{account}/consume", scopes={"usage"}, person=ANYBODY)
    def consume(call: Call, account: str) -> Answer:  # noqa: ARG001 - what a view is given
        did.append(account)
        return Answer({})

    app = Chalice("limited", configure_logs=False)
    mount(app, lambda: deps, routes)
    return web.of(app), clock, did


def test_who_asks_too_often_is_told_when_to_come_again_and_nothing_is_done(
    web: Driver, limited: tuple[Driver, FixedClock, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    asking, clock, did = limited
    account, key, other = web.an_account("limits"), web.a_key(), web.a_key()
    caplog.set_level(logging.INFO)

    replies = [asking.ask("POST", f"/v1/accounts/{account}/consume", {}, key=key) for _ in range(3)]

    assert [each.status for each in replies] == [200, 200, 429]
    assert (replies[2].code, replies[2].headers["Retry-After"]) == ("too_many_requests", "1")
    assert did == [account] * 2
    assert asking.ask("POST", "/v1/accounts/none/consume", b"{", key=key).status == 429
    assert asking.ask("POST", f"/v1/accounts/{account}/consume", {}, key=other).status == 200
    turned_away = [vars(each) for each in caplog.records if vars(each).get("code") == "too_many_requests"]
    assert [each["key"] for each in turned_away] == [key[:11]] * 2
    clock.at += 1
    assert asking.ask("POST", f"/v1/accounts/{account}/consume", {}, key=key).status == 200


@pytest.mark.parametrize("acting", [{}, {"Acting_Member": "ada"}], ids=["for nobody", "for a member"])
def test_a_key_that_needs_a_member_never_asks_what_is_asked_for_nobody(web: Driver, acting: dict[str, str]) -> None:
    key = web.a_key("admin", requires_member=True)

    reply = web.ask("GET", "/v1/keys", key=key, **acting)

    assert (reply.status, reply.code) == (403, "forbidden")


TWICE = [
    ("the same person", "Acting-Member", ("ada", "ada"), 422, "bad_parameter"),
    ("two persons, in other letters", "acting-member", ("ada", "billing"), 422, "bad_parameter"),
    ("two idempotency keys", "Idempotency-Key", ("a", "b"), 422, "bad_parameter"),
    ("two keys", "Authorization", ("Bearer x", "Bearer y"), 401, "unauthorized"),
]


@pytest.mark.parametrize(("reason", "name", "values", "status", "code"), TWICE, ids=[row[0] for row in TWICE])
def test_a_header_that_says_who_asks_is_given_once(  # noqa: PLR0917 - a row of the table
    web: Driver, account: str, reason: str, name: str, values: tuple[str, str], status: int, code: str
) -> None:
    path = OVERVIEW.format(account)
    own = () if name == "Authorization" else (("Authorization", f"Bearer {web.key}"),)

    def sent(*values: str) -> gateway.Answer:
        headers = (*own, *((name, each) for each in values))
        return answered(app, gateway.Request("GET", path, headers))

    twice = sent(*(each.replace("Bearer x", f"Bearer {web.key}") for each in values))

    assert (twice.status, json.loads(twice.body)["code"]) == (status, code), reason
    assert sent(f"Bearer {web.key}" if name == "Authorization" else values[0]).status == 200
