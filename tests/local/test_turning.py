"""What turns on this machine is what is deployed."""

import json
from typing import Any

import pytest

from infra.local.turning import CONSUMERS, is_entry
from infra.resources import QUEUES
from infra.template import merge_template


def record(kind: str, key: str) -> dict[str, Any]:
    return {"eventName": kind, "dynamodb": {"Keys": {"pk": {"S": "A#a"}, "sk": {"S": key}}}}


def deployed_filter(record: dict[str, Any]) -> bool:
    source = merge_template()["Resources"]["OnJournal"]["Properties"]["Events"]["OnJournalDynamodbEventSource"]
    (pattern,) = [json.loads(each["Pattern"]) for each in source["Properties"]["FilterCriteria"]["Filters"]]
    (key,) = pattern["dynamodb"]["Keys"]["sk"]["S"]
    return record["eventName"] in pattern["eventName"] and record["dynamodb"]["Keys"]["sk"]["S"].startswith(
        key["prefix"]
    )


@pytest.mark.parametrize(("kind", "key"), [("INSERT", "E#1"), ("MODIFY", "E#1"), ("INSERT", "STATE")])
def test_the_stream_is_filtered_as_the_deployed_one(kind: str, key: str) -> None:
    assert is_entry(record(kind, key)) is deployed_filter(record(kind, key))


def test_every_queue_has_its_consumer() -> None:
    assert set(CONSUMERS) == set(QUEUES)
