"""Other DynamoDBs to hold the model against: moto in this process, and any endpoint that DYNAMODB_URL names."""

import atexit
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import uuid4

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session
from moto import mock_aws

from tests.simulation.builders import CORE
from tests.simulation.values import Item, canonical_item

Call = Callable[[str, dict[str, Any]], dict[str, Any]]
URL = os.environ.get("DYNAMODB_URL", "")

# Beside what tools cannot be asked at all: moto keeps the first half of an update that it refuses ("may not fit").
MOTO_LACKS = frozenset(
    {
        "size of what has none",
        "two types compared",
        "IN with what is not there",
        "BETWEEN with what is not there",
        "may not fit",
        "UPDATED_NEW",
    }
)


@contextmanager
def moto() -> Iterator[Call]:
    """A fresh table `core` in moto."""
    with mock_aws():
        call = _client(None)
        call("CreateTable", CORE)
        yield call


def endpoint() -> Call:
    """An empty table `core` at DYNAMODB_URL."""
    call = _own_table()
    for item in call("Scan", {"TableName": "core"})["Items"]:
        call("DeleteItem", {"TableName": "core", "Key": {name: item[name] for name in ("pk", "sk")}})
    return call


@cache
def _own_table() -> Call:
    """A table of this process alone, which answers to the name `core` and goes when the process does."""
    behind, name = _client(URL), f"model-{uuid4()}"

    def call(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return _renamed(behind(operation, _renamed(request, "core", name)), name, "core")

    call("CreateTable", CORE)
    atexit.register(call, "DeleteTable", {"TableName": "core"})
    return call


def _renamed(part: Any, old: str, new: str) -> Any:
    if isinstance(part, dict):
        return {new if name == old else name: _renamed(each, old, new) for name, each in part.items()}
    if isinstance(part, list):
        return [_renamed(each, old, new) for each in part]
    return new if part == old else part


def _client(url: str | None) -> Call:
    # One try: what the engine answers is to be seen, not what a retry makes of it.
    config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
    client = get_session().create_client("dynamodb", endpoint_url=url, config=config)
    return client._make_api_call  # the one door of a client that takes an operation's name


def answer(call: Call, operation: str, request: dict[str, Any]) -> Any:
    """What an engine says, in a form to compare: its answer without figures, or the code of its refusal."""
    try:
        said = pages(call, request) if operation == "Query" else call(operation, request)
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", ())
        why = [(each["Code"], plain(each.get("Item", {}))) for each in reasons]
        return error.response["Error"]["Code"], why, plain(error.response.get("Item", {}))  # type: ignore[typeddict-item]
    return {name: comparable(name, part) for name, part in said.items() if part and name not in LEFT_OUT}


def pages(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """All pages of a query as one: whether an end is known as the end at once, engines may see differently."""
    page = call("Query", request)
    whole = {"Items": page.get("Items", []), "Count": page["Count"], "ScannedCount": page["ScannedCount"]}
    while "LastEvaluatedKey" in page:
        page = call("Query", {**request, "ExclusiveStartKey": page["LastEvaluatedKey"]})
        whole["Items"] += page.get("Items", [])
        whole["Count"] += page["Count"]
        whole["ScannedCount"] += page["ScannedCount"]
    return whole


LEFT_OUT = {"ResponseMetadata", "ConsumedCapacity", "UnprocessedItems", "UnprocessedKeys"}


def comparable(name: str, part: Any) -> Any:
    if name in ("Item", "Attributes"):
        return plain(part)
    if name == "Items":
        return [plain(item) for item in part]
    if name == "Responses" and isinstance(part, dict):
        return {table: sorted(map(plain, items), key=place) for table, items in part.items()}
    return part


def plain(item: Item) -> Item:
    """An item with its numbers and sets in one form and its names in order."""
    return dict(sorted(canonical_item(item).items()))


def place(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]
