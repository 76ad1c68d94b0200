"""Backends in the same AWS account report usage through the queue, and it counts while they look."""

import time
from typing import Any

import pytest

from infra.local.aws import client
from infra.local.service import Service
from infra.local.story.client import Http
from infra.local.story.queue import UsageQueue
from infra.resources import QUEUES

OWNER = {"id": "ada", "email": "ada@example.com", "name": "Ada"}


@pytest.fixture
def queue(service: Service) -> UsageQueue:
    return UsageQueue(service.addresses)


def opened(api: Http, account: str) -> str:
    api.put(f"/v1/accounts/{account}", {"name": "Acme", "email": "a@example.com", "owner": OWNER})
    return account


def event(stripe: Http, id: str, meter: str = "sessions") -> dict[str, Any]:
    return {"id": id, "meter": meter, "quantity": 2, "at": stripe.get("/_local/clock").body["at"]}


def used(api: Http, account: str) -> int:
    meters = api.get(f"/v1/accounts/{account}/usage").body["meters"]
    return next(bar["used"] for bar in meters if bar["meter"] == "sessions")


def test_usage_from_the_queue_counts_within_a_second_and_once(api: Http, stripe: Http, queue: UsageQueue) -> None:
    account = opened(api, "queueing")
    first, second = event(stripe, "q-1"), event(stripe, "q-2")

    queue.send(account, first)
    until = time.monotonic() + 1
    while used(api, account) == 0 and time.monotonic() < until:
        time.sleep(0.1)

    assert used(api, account) == 2

    queue.send(account, first, second)
    stripe.post("/_local/settle")

    assert used(api, account) == 4
    assert stripe.get("/_local/problems").body["data"] == []


def test_what_fails_holds_back_its_own_group_only_and_comes_again_until_it_is_done(
    service: Service, api: Http, stripe: Http, queue: UsageQueue
) -> None:
    sqs, letters = client("sqs", service.addresses["aws"]), service.addresses["usage_dead_letters"]
    failing, other = opened(api, "failing"), opened(api, "other")
    sqs.delete_queue(QueueUrl=letters)

    queue.send(failing, event(stripe, "f-1", "no-such-meter"))
    queue.send(other, event(stripe, "o-1"))
    queue.send(failing, event(stripe, "f-2"))
    stripe.post("/_local/settle")
    during = used(api, failing), used(api, other)
    sqs.create_queue(QueueName=letters.rpartition("/")[2], Attributes={"FifoQueue": "true"})
    stripe.post("/_local/clock", {"by": QUEUES["usage"]})

    assert during == (0, 2)
    assert used(api, failing) == 2
    for _ in range(2):
        assert "unknown_meter: 1 of 1 events" in queue.operate("list")
        assert queue.operate("redrive").startswith("usage: 1 sent back")
        stripe.post("/_local/settle")
    assert stripe.get("/_local/problems").body["data"] == []
