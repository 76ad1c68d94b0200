"""The export over HTTP: everything that is held of an account, and nothing that opens a door."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.project_journal import project_journal
from chalicelib.adapters.dynamo.dossiers import KINDS, SAID_ELSEWHERE
from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.adapters.dynamo.tables import Tables
from chalicelib.domain.journal import begin
from chalicelib.domain.notices import Notice
from chalicelib.domain.periods import DAY
from tests.web.driver import URLS, Driver
from tests.web.teams import quick
from tests.web.test_audit_log import a_life


@pytest.fixture(scope="module")
def web() -> Iterator[Driver]:
    with quick() as driver:
        yield driver


QUANTITIES = frozenset({"credits"})
"""What may be as many as that."""


def a_full_life(web: Driver, account: str) -> tuple[str, list[str]]:
    """The path of an account that has something of every kind, and the secrets that were shown on the way."""
    path = a_life(web, account)
    asked: list[tuple[str, str, Any]] = [
        ("POST", f"{path}/invitations", {"email": "dora@example.com", "role": "member"}),
        ("POST", f"{path}/credits/purchases", {"pack": "starter", **URLS}),
        ("POST", f"{path}/holds", {"id": "held", "credits": 10, "expires_in": 60}),
        ("POST", "/v1/keys", {"name": "theirs", "scopes": ["read"], "account": account}),
    ]
    replies = [web.ask(method, target, body, Idempotency_Key=target) for method, target, body in asked]
    assert [reply.status < 300 for reply in replies] == [True] * 4, [reply.text for reply in replies]
    rotated = web.ask("POST", f"/v1/keys/{replies[3].json['id']}/rotate", {"overlap_seconds": 3_600})
    assert rotated.status == 200, rotated.text
    now = web.deps.clock.now()
    near = Notice("n", "usage_warning", "near", "events")
    change_account(
        web.deps,
        account,
        lambda state, _: Commit(
            begin(state, now, web.deps.catalogue).noticing(near).setting(standing="grace", grace_until=now + 60 * DAY)
        ),
    )
    web.world.clock.move_to(web.world.clock.now() + 40 * DAY)
    assert web.ask("POST", f"{path}/credits/adjustments", {"credits": 5, "reason": "again"}).status == 200
    project_journal(web.deps, web.deps.store.entries(account, before=None, limit=100)[::-1], lag=1)
    return path, [replies[0].json["token"], replies[3].json["key"], rotated.json["key"]]


def lines_of(web: Driver, path: str) -> list[dict[str, Any]]:
    reply = web.ask("GET", f"{path}/export")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/x-ndjson")
    assert "Next-Cursor" not in reply.headers
    return [json.loads(line) for line in reply.text.splitlines()]


def items(web: Driver, account: str) -> list[Any]:
    table = web.dynamodb.scan(TableName=web.deps.settings.core_table)["Items"]
    return [item for item in table if item["pk"]["S"] == f"A#{account}"]


def test_every_kind_of_item_is_shown_and_none_is_left_out(web: Driver) -> None:
    path, _ = a_full_life(web, "whole")

    lines = lines_of(web, path)

    held = {item["sk"]["S"].partition("#")[0] for item in items(web, "whole")}
    assert held == KINDS.keys() | SAID_ELSEWHERE, "the life lacks something of a kind"
    assert {line["kind"] for line in lines} == {*KINDS.values(), "key"}
    for name, kind in KINDS.items():
        held_of_it = sum(item["sk"]["S"].partition("#")[0] == name for item in items(web, "whole"))
        assert sum(line["kind"] == kind for line in lines) == held_of_it, kind


def test_what_was_said_comes_back_and_no_secret(web: Driver) -> None:
    path, secrets = a_full_life(web, "told")

    text = web.ask("GET", f"{path}/export").text

    for said in ("Acme & Sons", "billing@example.com", "ada@example.com", "dora@example.com", "for Bob's trouble"):
        assert said in text, said
    invitation = web.deps.store.people.invitations("told", now=0, after=None, limit=1)
    kept = [key.digest for held in web.deps.store.keys.of("told") for key in held.secrets]
    state = web.deps.store.state("told")
    assert state is not None
    for secret in (*secrets, *kept, str(state.salt), *(each.token_hash for each in invitation[0])):
        assert secret not in text
    members = [line for line in lines_of(web, path) if line["kind"] == "member"]
    assert members == [{"kind": "member", "id": "ada", "email": "ada@example.com", "name": "Ada", "role": "owner"}]
    entries = [line for line in lines_of(web, path) if line["kind"] == "entry"]
    assert {"key:" in line["actor"] and "member:ada" in line["actor"] for line in entries} == {True, False}
    assert entries[0]["at"].endswith("Z")


def whole_numbers(value: Any, name: str = "") -> Iterator[tuple[str, int]]:
    """Every integer with the name of the field that it is in."""
    if isinstance(value, dict):
        for own, each in value.items():
            yield from whole_numbers(each, own)
    elif isinstance(value, list):
        for each in value:
            yield from whole_numbers(each, name)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield name, value


def test_days_and_instants_are_dates_and_sums_say_what_they_are(web: Driver) -> None:
    path, _ = a_full_life(web, "dated")

    lines = lines_of(web, path)

    # A day counts above 20,000 by now, an instant far above that.
    numbers = [each for line in lines for each in whole_numbers(line)]
    assert [each for each in numbers if each[1] > 15_000 and each[0] not in QUANTITIES] == []
    used = [line for line in lines if line["kind"] == "entry" and line["sums"]]
    assert used[0]["sums"][0].keys() == {"start", "day", "meter", "quantity", "credits"}
    assert [row["day"][4::3] for line in lines if line["kind"] == "days" for row in line["sums"]] == ["--"]
    keys = [line for line in lines if line["kind"] == "key"]
    assert [key.keys() & {"digest", "operation"} for key in keys] == [set(), set()]


def test_what_an_entry_changed_is_told_as_the_audit_log_tells_it(web: Driver) -> None:
    path, _ = a_full_life(web, "alike")

    touched = [line["touched"] for line in lines_of(web, path) if line["kind"] == "entry"]

    logged = web.ask("GET", f"{path}/audit-log").json["data"]
    assert [each for each in touched if each] == [line["changes"] for line in reversed(logged) if line["changes"]]


def deployed_with(web: Driver, meters: dict[str, str]) -> None:
    """A deployment whose catalogue has other names for the same meters."""
    assert web.world.tables is not None
    known, settings = web.deps.catalogue, web.deps.settings
    catalogue = replace(
        known, meters={meters[each.id]: replace(each, id=meters[each.id]) for each in known.meters.values()}
    )
    tables = Tables(web.world.tables.call, settings.core_table, settings.ephemeral_table)
    wiring._built[:] = [replace(web.deps, catalogue=catalogue, store=DynamoStore(tables, catalogue))]


def test_the_counters_of_meters_that_are_named_like_fields_are_shown_as_they_are() -> None:
    with quick() as web:
        path = a_life(web, "counted")
        usage = [{"id": "e", "meter": "events", "quantity": 7}, {"id": "s", "meter": "storage", "value": 9}]
        events = [{"account": "counted", **each} for each in usage]
        assert web.ask("POST", "/v1/usage", {"events": events}).json["recorded"] == 2
        deployed_with(web, {"sessions": "version", "events": "since", "enrichments": "ids", "storage": "at"})

        lines = lines_of(web, path)

    [state] = [line for line in lines if line["kind"] == "state"]
    assert state["used"] == {"version": 2, "since": 7, "ids": 0, "at": 9}
    assert state["credits_used"] == {"version": 0, "since": 0, "ids": 0}
    assert state["gauged_at"] == {"at": "2026-03-10T01:00:00Z"}
    assert state.keys() & {"version", "ids", "open_ids", "salt"} == set()


def test_why_something_was_adjusted_is_shown_with_its_entry_alone(web: Driver) -> None:
    path, _ = a_full_life(web, "adjusted")

    lines = lines_of(web, path)

    assert {"reason" in line for line in lines if line["kind"] == "adjustment"} == {False}
    assert [line["note"] for line in lines if line["kind"] == "entry" and line["cause"].startswith("adjustment:")] != []


def test_pages_go_on_where_the_last_one_ended(web: Driver) -> None:
    path, _ = a_full_life(web, "paged")
    whole, on = web.deps.store.dossiers.page("paged", None)
    assert on is None
    shown, after = list[Any](), ""
    tables = web.world.tables
    assert tables is not None

    def in_small_pages(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Three items are a page, where it is about a megabyte else."""
        return tables.call(operation, request | ({"Limit": 3} if operation == "Query" else {}))

    dossiers = DynamoStore(Tables(in_small_pages, "core", "ephemeral"), web.deps.catalogue).dossiers

    while after is not None:
        page, after = dossiers.page("paged", after or None)
        shown += page

    assert shown == whole
    assert web.ask("GET", f"{path}/export?cursor=nonsense").fields == ["cursor"]
