"""Queues, schedules and the stream, as Lambda hands them to the functions of app.py."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from chalice.app import SQSEvent

import app
from chalicelib.web.queues import Message, in_order
from infra.local.lambdas import Context
from infra.local.streams import plain
from tests.web.driver import Driver


def batch(messages: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """Messages as (id, group, body)."""
    records = [
        {"messageId": id, "receiptHandle": id, "body": body, "attributes": {"MessageGroupId": group}}
        for id, group, body in messages
    ]
    return {"Records": records}


def failed(reply: Mapping[str, Any]) -> list[str]:
    return [each["itemIdentifier"] for each in reply["batchItemFailures"]]


CASES = [
    ("all well", "1a 2a 3b", "", "1 2 3", ""),
    ("the last of a group", "1a 2a 3b", "2", "1 2 3", "2"),
    ("the first of a group holds back the others", "1a 2a 3b 4a", "1", "1 3", "1 2 4"),
    ("each group by itself", "1a 2b 3a 4b", "1 4", "1 2 4", "1 3 4"),
    ("all", "1a 2b", "1 2", "1 2", "1 2"),
]


@pytest.mark.parametrize(("reason", "messages", "bad", "tried", "back"), CASES, ids=[row[0] for row in CASES])
def test_what_failed_comes_again_with_all_that_follows_it_in_its_group(
    reason: str, messages: str, bad: str, tried: str, back: str
) -> None:
    done: list[str] = []

    def work(message: Message) -> None:
        done.append(message.body)
        if message.id in bad.split():
            raise ValueError(message)

    event = SQSEvent(batch([(each[0], each[1], each[0]) for each in messages.split()]), None)

    reply = in_order(event, work)

    assert done == tried.split(), reason
    assert failed(reply) == back.split()


@pytest.mark.parametrize("function", [app.on_stripe_event, app.on_due, app.on_recharge])
@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"x": 1}', "null"])
def test_a_message_that_nobody_can_read_comes_back_alone(web: Driver, function: Any, body: str) -> None:
    before = web.everything()

    reply = function(batch([("1", "a", body)]), Context("test"))

    assert failed(reply) == ["1"]
    assert web.everything() == before


@pytest.mark.usefixtures("web")
def test_queued_events_of_stripe_are_handled() -> None:
    body = json.dumps({"event": "evt_1", "type": "customer.subscription.deleted", "object": "sub_x", "customer": None})

    reply = app.on_stripe_event(batch([("1", "sub_x", body)]), Context("on_stripe_event"))

    assert failed(reply) == []


def test_due_accounts_are_booked(web: Driver) -> None:
    account = web.an_account("due")
    body = json.dumps({"account": account, "due": web.deps.clock.now()})

    assert failed(app.on_due(batch([("1", account, body)]), Context("on_due"))) == []


@pytest.mark.usefixtures("web")
def test_the_schedules_run_on_an_empty_service() -> None:
    event = {
        "version": "0", "account": "1", "region": "eu-central-1", "detail": {}, "detail-type": "Scheduled Event",
        "source": "aws.events", "time": "2026-03-10T00:00:00Z", "id": "1", "resources": [],
    }  # fmt: skip

    for function in (app.every_minute, app.catch_up, app.nightly):
        assert function(event, Context("schedule")) is None


def test_the_stream_puts_the_journal_on_the_bus(web: Driver) -> None:
    account = web.an_account("stream")
    event = {"id": "e1", "account": account, "meter": "sessions", "quantity": 20}
    assert web.ask("POST", "/v1/usage", {"events": [event]}).json["recorded"] == 1
    table, key = web.deps.settings.core_table, {":pk": {"S": f"A#{account}"}, ":e": {"S": "E#"}}
    query = {"TableName": table, "KeyConditionExpression": "pk = :pk AND begins_with(sk, :e)"}
    entries = web.dynamodb.query(**query, ExpressionAttributeValues=key)["Items"]
    assert len(entries) >= 2
    records = [_record(number, plain(item)) for number, item in enumerate(entries)]

    assert app.on_journal({"Records": records}, Context("on_journal")) is None


def _record(number: int, image: Any) -> dict[str, Any]:
    change = {
        "Keys": {name: image[name] for name in ("pk", "sk")}, "NewImage": image, "SequenceNumber": str(number),
        "SizeBytes": 1, "StreamViewType": "NEW_AND_OLD_IMAGES", "ApproximateCreationDateTime": 1_772_000_000,
    }  # fmt: skip
    return {
        "eventID": str(number), "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1", "dynamodb": change, "eventSourceARN": "arn:aws:dynamodb:::table/core/stream/1",
    }  # fmt: skip
