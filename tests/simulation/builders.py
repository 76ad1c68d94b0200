"""Engine, values and requests with defaults, for the tests of the model itself."""

from typing import Any

from botocore.exceptions import ClientError

from tests.simulation.schema import Schema, schema_of
from tests.simulation.table import Engine
from tests.simulation.values import Item, Value

CORE: dict[str, Any] = {
    "TableName": "core",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
        {"AttributeName": "ds", "AttributeType": "N"},
        {"AttributeName": "due", "AttributeType": "N"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "due",
            "KeySchema": [{"AttributeName": "ds", "KeyType": "HASH"}, {"AttributeName": "due", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
}


def core() -> Schema:
    """A table with a partition and a sort key, and a sparse index of what is due."""
    return schema_of(CORE)


def s(text: str) -> Value:
    """A text."""
    return {"S": text}


def n(number: int | str) -> Value:
    """A number."""
    return {"N": str(number)}


def a_key(sk: str = "STATE", pk: str = "acme") -> Item:
    """A key in the table `core`."""
    return {"pk": s(pk), "sk": s(sk)}


def an_item(sk: str = "STATE", pk: str = "acme", **attributes: Value) -> Item:
    """An item with its key and these attributes."""
    return {**a_key(sk, pk), **attributes}


def a_put(item: Item | None = None, **more: Any) -> dict[str, Any]:
    """A PutItem request."""
    return {"TableName": "core", "Item": item or an_item(), **more}


def an_update(update: str | None, values: Item | None = None, **more: Any) -> dict[str, Any]:
    """An UpdateItem request on the item STATE."""
    request: dict[str, Any] = {"TableName": "core", "Key": a_key()}
    if update is not None:
        request["UpdateExpression"] = update
    if values:
        request["ExpressionAttributeValues"] = values
    return {**request, **more}


def tables_with(*items: Item) -> Engine:
    """A fresh model that holds these items."""
    tables = Engine([core()])
    for item in items:
        tables.call("PutItem", a_put(item))
    return tables


def of_size(size: int, sk: str = "STATE") -> Item:
    """An item of just this many bytes."""
    return an_item(sk, x=s("y" * (size - 9 - len(sk))))


def a_query(**more: Any) -> dict[str, Any]:
    """A Query of the partition `acme`."""
    values = {":pk": s("acme"), **more.pop("values", {})}
    request = {"TableName": "core", "KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": values}
    return {**request, **more}


def a_due_query(**more: Any) -> dict[str, Any]:
    """A Query of the index `due`."""
    return a_query(KeyConditionExpression="ds = :pk", IndexName="due", **{"values": {":pk": n(1)}, **more})


def a_transaction(*actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A TransactWriteItems request."""
    return {"TransactItems": list(actions), **more}


def a_put_action(sk: str, **attributes: Any) -> dict[str, Any]:
    """A put as an action of a transaction."""
    return {"Put": a_put(an_item(sk, **attributes))}


def a_refused_put(sk: str, **more: Any) -> dict[str, Any]:
    """A put whose condition fails unless the item is there."""
    return {"Put": a_put(an_item(sk), ConditionExpression="attribute_exists(pk)", **more)}


def refusal(tables: Engine, operation: str, request: dict[str, Any]) -> str:
    """The code of the error that the request is answered with."""
    try:
        tables.call(operation, request)
    except ClientError as error:
        return error.response["Error"]["Code"]  # type: ignore[typeddict-item]  # our own errors have a code
    return "not refused"
