"""Messages and events as SQS and EventBridge take them: in groups, once, ten at a time, and never lost silently."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.aws.queues import AwsQueues
from chalicelib.errors import Unavailable
from chalicelib.messages import DueMessage, StripeEventMessage
from chalicelib.settings import Settings
from infra import resources


@pytest.fixture
def settings() -> Iterator[Settings]:
    with mock_aws():
        made = resources.create_queues(boto3.client("sqs"), "test")
        yield Settings(
            core_table="core",
            ephemeral_table="ephemeral",
            stripe_events_queue=made["stripe-events"],
            due_queue=made["due"],
            recharge_queue=made["recharge"],
            usage_dead_letters=made["usage-dead"],
            event_bus=resources.create_bus(boto3.client("events"), "test"),
            stripe_api_key="sk",
            stripe_webhook_secrets=("whsec",),
            key_pepper="pepper",
            return_hosts=("app.example.com",),
        )


def received(url: str) -> list[tuple[Any, str, str]]:
    """Every message with its group and what it is known again by."""
    found: list[Any] = []
    while True:
        answer = boto3.client("sqs").receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        )
        if "Messages" not in answer:
            return found
        for each in answer["Messages"]:
            attributes = each["Attributes"]
            found.append((json.loads(each["Body"]), attributes["MessageGroupId"], attributes["MessageDeduplicationId"]))
            boto3.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])


@pytest.mark.parametrize(
    ("why", "customer", "group"), [("by its customer", "cus_1", "cus_1"), ("else by its object", None, "in_1")]
)
def test_a_stripe_event_is_grouped(settings: Settings, why: str, customer: str | None, group: str) -> None:
    AwsQueues(settings).stripe_event(StripeEventMessage("evt_1", "invoice.paid", "in_1", customer))

    body = {
        "event": "evt_1",
        "type": "invoice.paid",
        "object": "in_1",
        "customer": customer,
        "subscription": None,
        "kind": None,
    }
    assert received(settings.stripe_events_queue) == [(body, group, "evt_1")], why


def test_a_repeat_is_dropped(settings: Settings) -> None:
    queues = AwsQueues(settings)

    for _ in range(2):
        queues.stripe_event(StripeEventMessage("evt_1", "invoice.paid", "in_1", "cus_1"))
        queues.due([DueMessage("acme", 100)])
    queues.due([DueMessage("acme", 200)])

    assert len(received(settings.stripe_events_queue)) == 1
    assert [body["due"] for body, _, _ in received(settings.due_queue)] == [100, 200]


def test_many_due_accounts_go_ten_at_a_time_whatever_their_names(settings: Settings) -> None:
    accounts = [f"account-{number}" for number in range(22)] + ["x" * 128, "a:b@c.d_e-f"]

    AwsQueues(settings).due([DueMessage(each, 100) for each in accounts])

    found = received(settings.due_queue)
    assert sorted(body["account"] for body, _, _ in found) == sorted(accounts)
    assert all(group == body["account"] and len(once) <= 128 for body, group, once in found)


def test_nothing_due_sends_nothing(settings: Settings) -> None:
    AwsQueues(settings).due([])

    assert received(settings.due_queue) == []


def test_a_queue_that_is_not_there_is_unavailable(settings: Settings) -> None:
    queues = AwsQueues(settings)
    boto3.client("sqs").delete_queue(QueueUrl=settings.stripe_events_queue)

    with pytest.raises(Unavailable):
        queues.stripe_event(StripeEventMessage("evt_1", "invoice.paid", "in_1"))


def test_usage_is_given_up_once_for_each_body_of_a_message_with_as_much_reason_as_fits(settings: Settings) -> None:
    queues = AwsQueues(settings)

    for body, message in [("a", "m1"), ("a", "m1"), ("b", "m1"), ("a", "m2")]:
        queues.give_up_usage(body, group="acme", message=message, reason="invalid: " + "x" * 1_000)

    found = boto3.client("sqs").receive_message(
        QueueUrl=settings.usage_dead_letters, MaxNumberOfMessages=10, MessageAttributeNames=["reason"]
    )["Messages"]
    assert [each["Body"] for each in found] == ["a", "b", "a"]
    assert {len(each["MessageAttributes"]["reason"]["StringValue"]) for each in found} == {500}


def test_usage_that_the_dead_letters_do_not_take_is_not_gone(settings: Settings) -> None:
    queues = AwsQueues(settings)
    boto3.client("sqs").delete_queue(QueueUrl=settings.usage_dead_letters)

    with pytest.raises(Unavailable):
        queues.give_up_usage("a", group="acme", message="m1", reason="invalid")


class Bus:
    """EventBridge's client, remembering; `failing` entries of each call are not taken."""

    def __init__(self, failing: int = 0) -> None:
        self.calls: list[list[Any]] = []
        self.failing = failing

    def put_events(self, Entries: list[Any]) -> Any:  # noqa: N803 as AWS names it
        self.calls.append(Entries)
        failed = [{"ErrorCode": "ThrottlingException"}] * self.failing
        taken = [{"EventId": "e"}] * (len(Entries) - self.failing)
        return {"FailedEntryCount": self.failing, "Entries": failed + taken}


def with_bus(settings: Settings, bus: Bus) -> AwsQueues:
    queues = AwsQueues(settings)
    queues.__dict__["_events"] = bus
    return queues


def an_event(number: int) -> dict[str, Any]:
    return {"id": f"acme:{number}", "type": "entry", "account": "acme", "at": 1_773_100_000}


def test_events_go_onto_the_bus_ten_at_a_time(settings: Settings) -> None:
    bus = Bus()

    with_bus(settings, bus).publish([an_event(number) for number in range(23)])

    assert [len(call) for call in bus.calls] == [10, 10, 3]
    first = bus.calls[0][0]
    assert (first["EventBusName"], first["DetailType"], first["Source"]) == ("test-journal", "entry", "billing")
    assert json.loads(first["Detail"]) == an_event(0)
    assert first["Time"].timestamp() == 1_773_100_000


def test_the_real_client_takes_them(settings: Settings) -> None:
    AwsQueues(settings).publish([an_event(1)])


def test_an_event_that_was_not_taken_is_told(settings: Settings) -> None:
    with pytest.raises(Unavailable, match="ThrottlingException"):
        with_bus(settings, Bus(failing=1)).publish([an_event(1), an_event(2)])
