"""The story that `make run` tells holds from its first line to its last, and leaves nothing private in the log."""

import io
import json
import re

import boto3
import pytest

from chalicelib import wiring
from infra.local.aws import REGION
from infra.local.service import Service
from infra.local.story.client import Http
from infra.local.story.play import play
from infra.local.story.telling import Broken, Telling


@pytest.fixture(scope="module")
def told(service: Service) -> str:
    out = io.StringIO()
    play(service.addresses, Telling(out))
    return out.getvalue()


def test_every_promise_of_the_story_holds(told: str) -> None:
    assert "NOT" not in told
    assert "26. The same life in rough weather" in told


@pytest.fixture
def shown_once(api: Http) -> list[str]:
    """Secrets that the service has told somebody: of an invitation, and of a key that was made, rotated and revoked."""
    invited = api.post("/v1/accounts/acme/invitations", {"email": "bob@example.com", "role": "member"}).body
    made = api.post("/v1/keys", {"name": "Ada's own", "scopes": ["read"]}).body
    rotated = api.post(f"/v1/keys/{made['id']}/rotate", {"overlap_seconds": 60}).body
    secrets = [made["key"], rotated["key"], invited["token"]]
    for secret in (*secrets, secrets[0][:-1], f"{secrets[0]}A"):
        Http(api.base, secret).get("/v1/accounts/acme")
    api.send("DELETE", f"/v1/keys/{made['id']}")
    return [*secrets, made["name"]]


# What no line may hold, whosever it is: keys and tokens, secrets of Stripe's, card numbers, addresses.
PRIVATE = re.compile(
    r"bk_[\w-]{9,}|\b[\w-]{43}\b|(sk|rk|pk)_(test|live)_|whsec_|_secret_|\b\d{13,19}\b|4242 4242|last4|@|%40|Bearer"
)


@pytest.mark.usefixtures("told")
def test_no_address_no_name_and_no_secret_reaches_the_log(service: Service, shown_once: list[str]) -> None:
    lines = service.log.read_text().splitlines()

    settings = wiring.deps().settings
    secrets = [settings.key_pepper, settings.stripe_api_key, *settings.stripe_webhook_secrets, *shown_once]
    secrets += [service.addresses[name] for name in ("api_key", "stripe_api_key", "webhook_secret")]
    private = [*secrets, *people(service)]
    assert len(lines) > 1_000
    assert [line for line in lines if PRIVATE.search(line) or any(each in line for each in private)] == []


def people(service: Service) -> set[str]:
    """Every name and address that the service keeps."""
    client = boto3.client("dynamodb", endpoint_url=service.addresses["aws"], region_name=REGION)
    pages = client.get_paginator("scan").paginate(TableName=wiring.deps().settings.core_table)
    items = [item for page in pages for item in page["Items"]]
    found = {item[name]["S"] for item in items for name in ("name", "email") if name in item}
    assert {"Ada", "ada@example.com"} <= found
    # What a key is called is no person's, and so short that other words hold it.
    return found - {"local"}


@pytest.mark.usefixtures("told")
def test_each_request_is_one_line_with_who_asked_what_and_what_it_cost(service: Service) -> None:
    lines = [json.loads(line) for line in service.log.read_text().splitlines()]

    asked = [line for line in lines if line["event"] == "request" and line["route"].startswith("/v1/accounts/")]
    assert len(asked) == len({line["request_id"] for line in asked}) > 100
    for line in asked:
        assert "{account}" in line["route"]
        if line["status"] != 401:
            assert {"account", "key", "status", "milliseconds", "read_units", "write_units"} <= line.keys(), line


def test_a_broken_promise_says_what_was_seen() -> None:
    out = io.StringIO()

    with pytest.raises(Broken, match="one is two\n  wanted: 2\n  seen:   1"):
        Telling(out).promise("one is two", 1, 2)

    assert out.getvalue() == "  NOT  one is two\n"
