"""Tables and queues made by API calls are those that CloudFormation makes."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.resources import QUEUES, TRIES, Created, cloudformation, create, create_bus, create_queues


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def created() -> Created:
    return create(boto3.client("dynamodb"), boto3.client("sqs"), "test")


def test_the_core_table_has_its_keys_its_due_index_and_its_stream(created: Created) -> None:
    table = boto3.client("dynamodb").describe_table(TableName=created.tables["core"])["Table"]

    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    assert [key["AttributeName"] for key in table["GlobalSecondaryIndexes"][0]["KeySchema"]] == ["ds", "due"]
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"


def test_what_is_ephemeral_goes_by_age(created: Created) -> None:
    ttl = boto3.client("dynamodb").describe_time_to_live(TableName=created.tables["ephemeral"])

    assert ttl["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}


@pytest.mark.parametrize("name", ["stripe-events", "usage", "due", "recharge"])
def test_a_queue_is_the_same_by_api_and_by_cloudformation(created: Created, name: str) -> None:
    resource = cloudformation()["".join(part.capitalize() for part in name.split("-")) + "Queue"]["Properties"]
    made = attributes(created, name)
    redrive = json.loads(made["RedrivePolicy"])

    assert int(made["VisibilityTimeout"]) == resource["VisibilityTimeout"]
    assert made["FifoQueue"] == "true"
    assert made["FifoThroughputLimit"] == resource["FifoThroughputLimit"]
    assert redrive["maxReceiveCount"] == resource["RedrivePolicy"]["maxReceiveCount"]
    assert redrive["deadLetterTargetArn"] == attributes(created, f"{name}-dead")["QueueArn"]


@pytest.mark.parametrize("name", ["stripe-events", "usage"])
def test_what_nobody_else_would_send_again_outlasts_an_outage_of_hours(name: str) -> None:
    assert TRIES[name] * QUEUES[name] >= 4 * 3600


def test_an_emulators_queues_may_hide_messages_for_a_shorter_time() -> None:
    sqs = boto3.client("sqs")

    urls = create_queues(sqs, "short", visibility_seconds=3)

    answer = sqs.get_queue_attributes(QueueUrl=urls["due"], AttributeNames=["VisibilityTimeout"])
    assert answer["Attributes"]["VisibilityTimeout"] == "3"


def test_the_bus_is_there_under_the_name_that_comes_back() -> None:
    events = boto3.client("events")

    name = create_bus(events, "test")

    assert name in [bus["Name"] for bus in events.list_event_buses()["EventBuses"]]


def attributes(created: Created, queue: str) -> dict[str, Any]:
    answer = boto3.client("sqs").get_queue_attributes(QueueUrl=created.queues[queue], AttributeNames=["All"])
    return answer["Attributes"]
