"""Backends in the same AWS account report usage through the queue, and it counts while they look."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.aws import client
from infra.local.service import Service
from infra.local.story.client import Http

OWNER = {"id": "ada", "email": "ada@example.com", "name": "Ada"}
ACCOUNT = "/v1/accounts/queueing"


@pytest.fixture
def send(service: Service) -> Callable[[str, list[dict[str, Any]]], None]:
    sqs = client("sqs", service.addresses["aws"])

    def send(id: str, events: list[dict[str, Any]]) -> None:
        sqs.send_message(
            QueueUrl=service.addresses["usage_queue"],
            MessageBody=json.dumps({"events": events}),
            MessageGroupId="queueing",
            MessageDeduplicationId=id,
        )

    return send


def used(api: Http) -> int:
    meters = api.get(f"{ACCOUNT}/usage").body["meters"]
    return next(bar["used"] for bar in meters if bar["meter"] == "sessions")


def test_usage_from_the_queue_counts_within_a_second_and_once(
    api: Http, stripe: Http, send: Callable[[str, list[dict[str, Any]]], None]
) -> None:
    api.put(ACCOUNT, {"name": "Acme", "email": "a@example.com", "owner": OWNER})
    now = stripe.get("/_local/clock").body["at"]
    event = {"id": "q-1", "account": "queueing", "meter": "sessions", "quantity": 2, "at": now}

    send("m-1", [event])
    until = time.monotonic() + 1
    while used(api) == 0 and time.monotonic() < until:
        time.sleep(0.1)

    assert used(api) == 2

    send("m-2", [event, event | {"id": "q-2"}])
    stripe.post("/_local/settle")

    assert used(api) == 4
    assert stripe.get("/_local/problems").body["data"] == []
