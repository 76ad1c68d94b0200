"""Reads from the core table, all through one wire: a get, two gets in one round trip, and queries page by page."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.dynamo.failures import translated
from chalicelib.adapters.dynamo.wire import Request, Wire
from chalicelib.errors import Throttled

BATCH = 100
"""Keys that one BatchGetItem takes."""
MORE_TRIES = 3
"""How often DynamoDB may hand keys back before it is taken at its word."""


class Reader:
    """Gives items in DynamoDB's typed form; raises our errors."""

    def __init__(self, wire: Wire, table: str) -> None:
        self._wire, self._table = wire, table

    def call(self, operation: str, request: Request) -> dict[str, Any]:
        try:
            return self._wire(operation, request)
        except (ClientError, BotoCoreError) as error:
            ours = translated(error)
            if ours is None:
                raise
            raise ours from error

    def get(self, pk: str, sk: str, *, consistent: bool = False) -> dict[str, Any] | None:
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        answer = self.call("GetItem", {"TableName": self._table, "Key": key, "ConsistentRead": consistent})
        return answer.get("Item")

    def both(self, pk: str, sks: Sequence[str], *, consistent: bool) -> dict[str, dict[str, Any]]:
        """Several items of one partition by sort key, in one round trip; they are no snapshot."""
        keys = [{"pk": {"S": pk}, "sk": {"S": sk}} for sk in sks]
        return {item["sk"]["S"]: item for item in self.batch(self._table, keys, consistent=consistent)}

    def batch(self, table: str, keys: Sequence[Request], *, consistent: bool) -> list[dict[str, Any]]:
        """The items of these keys that are there, a hundred in a round trip; raises Throttled."""
        items: list[dict[str, Any]] = []
        left, tries = list(keys), -(-len(keys) // BATCH) + MORE_TRIES
        for _ in range(tries):
            if not left:
                return items
            wanted = {table: {"Keys": left[:BATCH], "ConsistentRead": consistent}}
            answer = self.call("BatchGetItem", {"RequestItems": wanted})
            items += answer["Responses"].get(table, [])
            left = left[BATCH:] + answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
        if left:
            raise Throttled("keys were left unread")
        return items

    def newest(self, pk: str, first: str, last: str, limit: int, *, consistent: bool = True) -> list[dict[str, Any]]:
        """Items of one partition between two sort keys, the last of them first."""
        span = _span(pk, first, last)
        return self.query({**span, "ScanIndexForward": False, "Limit": limit, "ConsistentRead": consistent})

    def between(self, pk: str, first: str, last: str) -> list[dict[str, Any]]:
        """All items of one partition between two sort keys, consistently read."""
        return self.query(_span(pk, first, last))

    def oldest(self, pk: str, first: str, last: str, limit: int) -> list[dict[str, Any]]:
        """Items of one partition from one sort key to another, consistently read, the first of them first."""
        return self.query({**_span(pk, first, last), "Limit": limit})

    def count(self, pk: str, first: str, last: str) -> int:
        """How many items of one partition there are between two sort keys, consistently read."""
        request = {"TableName": self._table, **_span(pk, first, last), "Select": "COUNT"}
        total = 0
        while True:
            answer = self.call("Query", request)
            total += answer["Count"]
            if "LastEvaluatedKey" not in answer:
                return total
            request = {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def first(self, pk: str, prefix: str, limit: int) -> list[dict[str, Any]]:
        """Items of one partition whose sort key begins so, consistently read, the first of them first."""
        return self.query(
            {
                "KeyConditionExpression": "pk = :a AND begins_with(sk, :prefix)",
                "ExpressionAttributeValues": {":a": {"S": pk}, ":prefix": {"S": prefix}},
                "Limit": limit,
                "ConsistentRead": True,
            }
        )

    def query(self, request: Request) -> list[dict[str, Any]]:
        """All rows, or as many as `Limit` asks for."""
        rows: list[dict[str, Any]] = []
        request = {"TableName": self._table, **request}
        while True:
            answer = self.call("Query", request)
            rows += answer["Items"]
            if "Limit" in request or "LastEvaluatedKey" not in answer:
                return rows
            request = {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _span(pk: str, first: str, last: str) -> Request:
    return {
        "KeyConditionExpression": "pk = :a AND sk BETWEEN :from AND :to",
        "ExpressionAttributeValues": {":a": {"S": pk}, ":from": {"S": first}, ":to": {"S": last}},
        "ConsistentRead": True,
    }
