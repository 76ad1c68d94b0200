"""The tables, queues and event bus, said once: for CloudFormation, and for the API calls of local runs and tests.

A queue's visibility is six times its function's timeout, as Lambda asks; change both together (a test compares them).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FOURTEEN_DAYS = 14 * 24 * 3600

TABLES: Mapping[str, Mapping[str, Any]] = {
    # An account's journal and state. `ds` and `due` are on an item only while something is due: the index stays small.
    "core": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
            {"AttributeName": "ds", "AttributeType": "N"},
            {"AttributeName": "due", "AttributeType": "N"},
        ],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "due",
                "KeySchema": [{"AttributeName": "ds", "KeyType": "HASH"}, {"AttributeName": "due", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "DeletionProtectionEnabled": True,
    },
    # The inbox of Stripe events, API keys' replies and claims: all of it may vanish by age.
    "ephemeral": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
    },
}

# Seconds for which a message that was taken stays hidden from the other consumers.
QUEUES: Mapping[str, int] = {"stripe-events": 360, "usage": 180, "due": 360, "recharge": 360}
# How often a message is taken before it is set aside. What must be asked of Stripe outlasts an outage of Stripe's: 80
# times 360 seconds are eight hours; usage outlasts four of the database's. What is behind it in its group, which is its
# account, waits as long: set aside too early, all of it would have to be sent back by a person. A due account is found
# again every minute.
TRIES: Mapping[str, int] = {"stripe-events": 80, "usage": 80, "due": 5, "recharge": 80}
# How many runs of a queue's function there are at once; of the others as many as there is work for. A run asks Stripe
# one thing at a time and waits a fifth of a second for each answer: nine runs ask 45 times a second. Stripe takes 100,
# and 25 of each endpoint; a sync asks four endpoints, and so does a recharge. What is left is the API's. Two is the
# least that Lambda takes.
# Source: https://docs.stripe.com/rate-limits
CONCURRENCY: Mapping[str, int] = {"stripe-events": 5, "due": 2, "recharge": 2}
# queue -> the function of app.py that it is handed to
CONSUMERS: Mapping[str, str] = {
    "stripe-events": "on_stripe_event", "usage": "on_usage", "due": "on_due", "recharge": "on_recharge",
}  # fmt: skip
# What of the core table's stream on_journal is called for: a journal's new entries, whose sort keys begin so.
FOLLOWED_CHANGE, FOLLOWED_KEYS = "INSERT", "E#"

FIFO = {
    "FifoQueue": True,
    "ContentBasedDeduplication": False,
    # Together these lift FIFO's 300 calls a second for the whole queue to thousands, in order within each group.
    "DeduplicationScope": "messageGroup",
    "FifoThroughputLimit": "perMessageGroupId",
}
TABLE_API_ARGUMENTS = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


@dataclass(frozen=True)
class Created:
    """What create made: table names and queue URLs, both by the short names of this file."""

    tables: Mapping[str, str]
    queues: Mapping[str, str]


def create(dynamodb: Any, sqs: Any, prefix: str) -> Created:
    """Makes tables and queues through botocore clients, wherever these point."""
    return Created(create_tables(dynamodb, prefix), create_queues(sqs, prefix))


def create_tables(dynamodb: Any, prefix: str) -> dict[str, str]:
    """Makes the tables; recovery and deletion protection are left to CloudFormation. Returns their names."""
    return {name: _create_table(dynamodb, f"{prefix}-{name}", TABLES[name]) for name in TABLES}


def create_queues(sqs: Any, prefix: str, *, visibility_seconds: int | None = None) -> dict[str, str]:
    """Makes the queues and their dead-letter queues (`<name>-dead`); returns their URLs.

    `visibility_seconds` shortens all: an emulator's queues live in real time even where the service's clock is moved.
    """
    urls: dict[str, str] = {}
    for name, seconds in QUEUES.items():
        dead = sqs.create_queue(QueueName=f"{prefix}-{name}-dead.fifo", Attributes=_api(FIFO | _kept()))["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        visible_after = seconds if visibility_seconds is None else visibility_seconds
        attributes = FIFO | _kept() | {"VisibilityTimeout": visible_after, "RedrivePolicy": _redrive_json(arn, name)}
        urls[name] = sqs.create_queue(QueueName=f"{prefix}-{name}.fifo", Attributes=_api(attributes))["QueueUrl"]
        urls[f"{name}-dead"] = dead
    return urls


def create_bus(events: Any, prefix: str) -> str:
    """Makes the event bus of the journal and returns its name."""
    events.create_event_bus(Name=f"{prefix}-journal")
    return f"{prefix}-journal"


def cloudformation() -> dict[str, Any]:
    """The same as CloudFormation resources, named after the stack."""
    resources: dict[str, Any] = {logical_id(name, "Table"): _table(name) for name in TABLES}
    for name, seconds in QUEUES.items():
        resources[logical_id(name, "DeadLetters")] = _queue(f"{name}-dead.fifo", FIFO | _kept())
        redrive = {
            "deadLetterTargetArn": _arn(logical_id(name, "DeadLetters")),
            "maxReceiveCount": TRIES[name],
        }
        properties = FIFO | _kept() | {"VisibilityTimeout": seconds, "RedrivePolicy": redrive}
        resources[logical_id(name, "Queue")] = _queue(f"{name}.fifo", properties)
    # What the stream could not deliver after all its tries: where it is in the stream, not the record itself.
    resources["JournalDeadLetters"] = _queue("journal-dead", _kept())
    resources["JournalBus"] = {"Type": "AWS::Events::EventBus", "Properties": {"Name": _named("journal")}}
    return resources


def _create_table(dynamodb: Any, name: str, table: Mapping[str, Any]) -> str:
    arguments = {key: table[key] for key in TABLE_API_ARGUMENTS if key in table}
    if "StreamSpecification" in table:
        arguments["StreamSpecification"] = {"StreamEnabled": True, **table["StreamSpecification"]}
    dynamodb.create_table(TableName=name, **arguments)
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    if "TimeToLiveSpecification" in table:
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=table["TimeToLiveSpecification"])
    return name


def _table(name: str) -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::Table",
        # Money's journal outlives its stack; a first deployment that failed leaves no table in the way of the next.
        "DeletionPolicy": "RetainExceptOnCreate" if name == "core" else "Delete",
        "UpdateReplacePolicy": "Retain" if name == "core" else "Delete",
        "Properties": {"TableName": _named(name), **TABLES[name]},
    }


def _queue(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Type": "AWS::SQS::Queue",
        # Messages that wait here may be the only copy of what they say.
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {"QueueName": _named(name), "SqsManagedSseEnabled": True, **properties},
    }


def _kept() -> dict[str, Any]:
    return {"MessageRetentionPeriod": FOURTEEN_DAYS}


def _redrive_json(arn: str, queue: str) -> str:
    return f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": {TRIES[queue]}}}'


def _api(attributes: Mapping[str, Any]) -> dict[str, str]:
    """SQS's API takes every attribute as text."""
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in attributes.items()
        if value is not False
    }


def logical_id(name: str, kind: str) -> str:
    """`stripe-events`, `Queue` -> `StripeEventsQueue`."""
    return "".join(word.capitalize() for word in name.split("-")) + kind


def _named(name: str) -> dict[str, str]:
    return {"Fn::Sub": f"${{AWS::StackName}}-{name}"}


def _arn(resource: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [resource, "Arn"]}
