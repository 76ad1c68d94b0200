"""API keys over HTTP, asked for again by whoever lost the answer, and by whoever has but the secret from before."""

from typing import Any

import pytest

from chalicelib.web.render import time
from tests.web.driver import Driver, Reply


@pytest.fixture(scope="module", autouse=True)
def account(web: Driver) -> str:
    return web.an_account("keys-again")


def made(web: Driver, **fields: Any) -> Any:
    reply = web.ask("POST", "/v1/keys", {"name": "made", "scopes": ["read"], **fields})
    assert reply.status == 201, reply.text
    return reply.json


def opens(web: Driver, key: str) -> int:
    return web.ask("GET", "/v1/accounts/keys-again", key=key).status


def rotated(web: Driver, sought: str, overlap: int, **asked: str) -> Reply:
    return web.ask("POST", f"/v1/keys/{sought}/rotate", {"overlap_seconds": overlap}, **asked)


def unanswered(web: Driver, operation: str) -> None:
    """As if the process had died before it kept its answer."""
    table = web.deps.settings.ephemeral_table
    [claim] = [each for each in web.dynamodb.scan(TableName=table)["Items"] if each.get("op") == {"S": operation}]
    left = {name: each for name, each in claim.items() if name != "an"} | {"lu": {"N": "0"}}
    web.dynamodb.put_item(TableName=table, Item=left)


def test_what_the_same_request_again_ends_works_no_more_in_this_process_either(web: Driver) -> None:
    body = {"name": "made", "scopes": ["read"]}
    first = web.ask("POST", "/v1/keys", body, Idempotency_Key="keys-4").json
    assert opens(web, first["key"]) == 200
    unanswered(web, first["id"].removeprefix("key_"))

    again = web.ask("POST", "/v1/keys", body, Idempotency_Key="keys-4")

    assert (again.status, again.json["id"]) == (201, first["id"])
    assert (opens(web, first["key"]), opens(web, again.json["key"])) == (401, 200)


def test_a_request_that_comes_again_ends_no_secret_that_was_made_since(web: Driver) -> None:
    body = {"name": "made", "scopes": ["read"]}
    first = web.ask("POST", "/v1/keys", body, Idempotency_Key="keys-5").json
    rotated(web, first["id"], 60, Idempotency_Key="keys-6")
    [turned] = [held.newest for held in [web.deps.store.keys.held(first["id"])] if held]
    used = rotated(web, first["id"], 0).json["key"]
    for operation in (turned.operation, first["id"].removeprefix("key_")):
        unanswered(web, operation)

    replies = [
        reply
        for _ in range(2)
        for reply in (
            web.ask("POST", "/v1/keys", body, Idempotency_Key="keys-5"),
            rotated(web, first["id"], 60, Idempotency_Key="keys-6"),
        )
    ]

    assert [(each.status, each.code) for each in replies] == [(409, "key_ended")] * 4
    assert opens(web, used) == 200


def test_the_old_secret_of_a_key_that_ends_within_the_overlap_locks_nobody_out(web: Driver) -> None:
    ends = time(web.deps.clock.now() + 3_600)
    old = made(web, scopes=["read", "admin"], expires_at=ends)
    new = rotated(web, old["id"], 7_200).json

    reply = rotated(web, old["id"], 0, key=old["key"])

    assert (reply.status, reply.code) == (403, "forbidden")
    assert (opens(web, old["key"]), opens(web, new["key"])) == (200, 200)


def test_the_old_secret_of_a_rotated_key_ends_none(web: Driver) -> None:
    old, other = made(web, scopes=["read", "admin"]), made(web)
    new = rotated(web, old["id"], 600).json

    replies = [web.ask("DELETE", f"/v1/keys/{each['id']}", key=old["key"]) for each in (old, other)]

    assert [(each.status, each.code) for each in replies] == [(403, "forbidden")] * 2
    assert [opens(web, each["key"]) for each in (new, other)] == [200, 200]
