"""Reads from the core table, all through one wire: a get, two gets in one round trip, and queries page by page."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.dynamo.failures import translated
from chalicelib.adapters.dynamo.wire import Request, Wire


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
        items: list[dict[str, Any]] = []
        while keys:
            wanted = {self._table: {"Keys": keys, "ConsistentRead": consistent}}
            answer = self.call("BatchGetItem", {"RequestItems": wanted})
            items += answer["Responses"].get(self._table, [])
            keys = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
        return {item["sk"]["S"]: item for item in items}

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
