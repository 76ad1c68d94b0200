"""The audit log over HTTP: who changed what of an account, when, and from what to what."""

from typing import Any

import pytest

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.project_journal import project_journal
from chalicelib.domain.journal import begin
from tests.actions.changing import subscriber
from tests.actions.life import subscription_of
from tests.actions.world import FAILS_LATER
from tests.web.driver import ACCOUNT, Driver
from tests.web.teams import BOB, quick

RULE = {"enabled": False, "threshold": 10, "pack": "starter", "spending_limit": {"amount": 5_000, "currency": "eur"}}
ENDS = "2028-01-01T00:00:00Z"


def a_life(web: Driver, account: str) -> str:
    """The path of an account to which all kinds of things have happened."""
    path = f"/v1/accounts/{web.an_account(account)}"
    change_account(
        web.deps,
        account,
        lambda state, _: Commit(begin(state, web.deps.clock.now(), web.deps.catalogue).setting(seats_bought=5)),
    )
    asked: list[tuple[str, str, Any, dict[str, str]]] = [
        ("PUT", "", {**ACCOUNT, "name": "Acme & Sons"}, {"Acting_Member": "ada"}),
        ("PUT", "/members/bob", BOB, {"Acting_Member": "ada"}),
        ("PUT", "/roles/auditor", {"permissions": ["billing"]}, {}),
        ("PUT", "/members/bob", {**BOB, "role": "auditor"}, {}),
        ("POST", "/credits/adjustments", {"credits": 100, "reason": "for Bob's trouble"}, {}),
        ("POST", "/usage/corrections", {"id": "c", "meter": "sessions", "quantity": 1, "reason": "a mistake"}, {}),
        ("PUT", "/credits/recharge", RULE, {"Acting_Member": "ada"}),
        ("DELETE", "/members/bob", None, {"Acting_Member": "ada"}),
    ]
    usage = {"events": [{"id": "u", "account": account, "meter": "sessions", "quantity": 3}]}
    assert web.ask("POST", "/v1/usage", usage).json["recorded"] == 1
    for number, (method, path_in_it, body, headers) in enumerate(asked):
        reply = web.ask(method, path + path_in_it, body, Idempotency_Key=f"{account}{number}", **headers)
        assert reply.status < 300, reply.text
    return path


def seats(before: int, after: int) -> dict[str, Any]:
    return {"what": "seats_active", "id": None, "before": before, "after": after}


def change(what: str, id: str | None, before: Any, after: Any) -> dict[str, Any]:
    return {"what": what, "id": id, "before": before, "after": after}


def test_a_life_is_told_line_by_line_newest_first(web: Driver) -> None:
    path = a_life(web, "logged")

    reply = web.ask("GET", f"{path}/audit-log")

    lines = reply.json["data"]
    limit = {
        "enabled": False,
        "threshold": 10,
        "pack": "starter",
        "spending_limit": {"amount": 5_000, "currency": "eur"},
    }
    assert [(line["what"], line["member"], line["changes"], line["note"], line["credits"]) for line in lines] == [
        ("member", "ada", [change("member", "bob", {"role": "auditor"}, None), seats(2, 1)], None, None),
        ("recharge_rule", "ada", [change("recharge_rule", None, None, limit)], None, None),
        ("correction", None, [], "a mistake", 0),
        ("adjustment", None, [], "for Bob's trouble", 100),
        ("member", None, [change("member", "bob", {"role": "member"}, {"role": "auditor"})], None, None),
        ("role", None, [change("role", "auditor", None, {"permissions": ["billing"]})], None, None),
        ("member", "ada", [change("member", "bob", None, {"role": "member"}), seats(1, 2)], None, None),
        ("account", "ada", [change("account", None, None, {"changed": ["name"]})], None, None),
        ("usage", None, [change("seats_bought", None, 1, 5)], None, None),
        ("opened", None, [change("plan", None, None, "free")], None, None),
    ]
    assert [line["key"] is None for line in lines] == [False] * 8 + [True, False], "what nobody asked for has no key"
    assert web.key.startswith(lines[0]["key"])
    assert reply.json["next_cursor"] is None


def test_a_rotated_key_another_interval_an_end_and_grace_are_told_with_their_times() -> None:
    with quick() as web:
        customer = subscriber(web.world)
        key = web.ask("POST", "/v1/keys", {"name": "theirs", "scopes": ["read"], "account": "acme", "expires_at": ENDS})
        rotated = web.ask("POST", f"/v1/keys/{key.json['id']}/rotate", {"overlap_seconds": 3_600})
        yearly = web.ask("POST", "/v1/accounts/acme/subscription", {"interval": "year"})
        stays = [web.ask("POST", f"/v1/accounts/acme/subscription/{what}", {}) for what in ("cancel", "resume")]
        web.world.act(f"customers/{customer}/card", card=FAILS_LATER)
        web.world.pass_time(subscription_of(web.world).period.end + 5_400)

        lines = web.ask("GET", "/v1/accounts/acme/audit-log").json["data"]

    assert [reply.status for reply in (key, rotated, yearly, *stays)] == [201, 200, 200, 200, 200]
    plain = {"scopes": ["read"], "requires_member": False, "expires_at": ENDS}
    old, new = key.json["prefix"], rotated.json["prefix"]
    first = {**plain, "prefix": old, "old_prefix": None, "old_ends_at": None}
    second = {**plain, "prefix": new, "old_prefix": old, "old_ends_at": "2026-03-10T02:00:00Z"}
    end = {"ends_at": "2027-03-10T01:00:00Z"}
    assert [line["changes"] for line in lines[:6]] == [
        [change("standing", None, "good", "grace"), change("grace_until", None, None, "2027-03-17T01:00:00Z")],
        [change("cancellation", None, end, None)],
        [change("cancellation", None, None, end)],
        [change("interval", None, "month", "year")],
        [change("key", key.json["id"], first, second)],
        [change("key", key.json["id"], None, first)],
    ]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_every_entry_is_shown_once_page_by_page_however_far_the_projection_is(web: Driver, limit: int) -> None:
    path = a_life(web, f"paged{limit}")
    whole = [line["id"] for line in web.ask("GET", f"{path}/audit-log").json["data"]]
    entries = web.deps.store.entries(f"paged{limit}", before=None, limit=100)[::-1]
    shown, query = list[str](), f"?limit={limit}"
    while query:
        page = web.ask("GET", f"{path}/audit-log{query}").json
        shown += [line["id"] for line in page["data"]]
        query = f"?limit={limit}&cursor={page['next_cursor']}" if page["next_cursor"] else ""
        # What is projected and what comes meanwhile moves nothing.
        project_journal(web.deps, entries[: len(shown) + 2], lag=1)
        if len(shown) == limit:
            assert web.ask("PUT", f"{path}/members/cy", BOB).status == 201

    assert shown == whole


def test_the_journal_itself_names_nobody(web: Driver) -> None:
    path = a_life(web, "unnamed")
    project_journal(web.deps, web.deps.store.entries("unnamed", before=None, limit=100)[::-1], lag=1)

    table = web.dynamodb.scan(TableName=web.deps.settings.core_table)["Items"]

    kept = [
        item for item in table if item["pk"]["S"] == "A#unnamed" and item["sk"]["S"][:2] in ("E#", "T#", "G#", "N#")
    ]
    assert len(kept) > 15
    for said in ("ada", "bob", "trouble", "mistake", "Acme"):
        assert said not in str(kept), said
    assert "for Bob's trouble" in web.ask("GET", f"{path}/credits/history").text
    assert web.ask("GET", f"{path}/audit-log").json["data"][0]["member"] == "ada"
