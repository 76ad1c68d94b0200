"""Who may ask: keys, scopes, members, and accounts that are not to be seen."""

from dataclasses import replace

import pytest

from chalicelib.web.auth import KnownKeys
from chalicelib.web.keys import BYTES, digest, looks_like_key, new_key
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


def test_a_revoked_key_works_for_a_minute_and_no_longer(web: Driver) -> None:
    known, now = KnownKeys(), web.deps.clock.now()
    key = web.a_key("read")
    found = known.find(web.deps, key, now)
    assert found is not None
    web.deps.store.save_key(replace(found, revoked=True))

    within, after = known.find(web.deps, key, now + 59), known.find(web.deps, key, now + 60)

    assert within == found
    assert after is not None
    assert after.revoked


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


def test_a_key_is_kept_as_a_digest_that_needs_the_pepper() -> None:
    key, kept = new_key(bytes(BYTES), "pepper", "backend", ["read"], "acme")

    assert looks_like_key(key)
    assert key not in repr(kept)
    assert (kept.digest, kept.account) == (digest(key, "pepper"), "acme")
    assert kept.digest != digest(key, "salt")


@pytest.mark.parametrize(("random", "scope"), [(b"short", "read"), (bytes(BYTES), "root")])
def test_a_weak_key_or_an_unknown_scope_is_not_made(random: bytes, scope: str) -> None:
    with pytest.raises(ValueError, match="random bytes"):
        new_key(random, "pepper", "backend", [scope])
