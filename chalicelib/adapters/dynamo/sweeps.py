"""Going through all accounts, a page of the table at a time, and where a sweep stopped: fits deps.Sweeps.

A page is what DynamoDB has looked at, not what it gives: most items are no account's state, so many pages are empty.
"""

import json
from typing import Any

from chalicelib.adapters.dynamo.items import CursorItem
from chalicelib.adapters.dynamo.reader import Reader
from chalicelib.adapters.dynamo.records import raw
from chalicelib.adapters.dynamo.transactions import Writer

PAGE = 200
"""Items that DynamoDB looks at for one page."""
AUDIT = "W#audit", "W"


class Sweeps:
    """See deps.Sweeps for what each method promises."""

    def __init__(self, reader: Reader, writer: Writer, table: str, *, page: int = PAGE) -> None:
        self._reader, self._writer, self._table, self._page = reader, writer, table, page

    def accounts_from(self, cursor: str | None) -> tuple[list[str], str | None]:
        request: dict[str, Any] = {
            "TableName": self._table,
            "FilterExpression": "sk = :state",
            "ExpressionAttributeValues": {":state": {"S": "S"}},
            "ProjectionExpression": "pk",
            "Limit": self._page,
        }
        if cursor is not None:
            pk, sk = json.loads(cursor)
            request["ExclusiveStartKey"] = {"pk": {"S": pk}, "sk": {"S": sk}}
        answer = self._reader.call("Scan", request)
        last = answer.get("LastEvaluatedKey")
        further = json.dumps([last["pk"]["S"], last["sk"]["S"]]) if last else None
        return [item["pk"]["S"][2:] for item in answer["Items"]], further

    def audit_cursor(self) -> str | None:
        item = self._reader.get(*AUDIT, consistent=True)
        return CursorItem.from_raw_data(item).at if item else None

    def move_audit_cursor(self, cursor: str | None) -> None:
        self._writer.put({"TableName": self._table, "Item": raw(CursorItem(*AUDIT, at=cursor))})
