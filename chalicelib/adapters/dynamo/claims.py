"""The claims of idempotency keys in the ephemeral table, and what came of their operations: fits deps.Claims.

An outcome is written in the very transaction that does the work, which spans both tables.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.adapters.dynamo.items import ClaimItem, OutcomeItem
from chalicelib.adapters.dynamo.reader import Reader
from chalicelib.adapters.dynamo.records import raw
from chalicelib.adapters.dynamo.state import number
from chalicelib.adapters.dynamo.transactions import Writer
from chalicelib.adapters.dynamo.wire import Request
from chalicelib.domain.claims import KEPT_SECONDS, Claim, Kept
from chalicelib.domain.finished import Finished
from chalicelib.domain.periods import Instant
from chalicelib.errors import ConditionFailed

ABSENT = "attribute_not_exists(pk)"


class Claims:
    """See deps.Claims for what each method promises."""

    def __init__(self, reader: Reader, writer: Writer, table: str) -> None:
        self._reader, self._writer, self._table = reader, writer, table

    def write(self, claim: Claim, was: Claim | None) -> Claim | None:
        request: Request = {"TableName": self._table, "Item": raw(_item(claim)), "ConditionExpression": ABSENT}
        if was is not None:
            # DynamoDB may have deleted what had expired since it was read.
            request["ConditionExpression"] = f"{ABSENT} OR (rn = :run AND lu = :until)"
            request["ExpressionAttributeValues"] = {":run": {"S": was.run}, ":until": number(was.until)}
        try:
            self._writer.put(request)
        except ConditionFailed as error:
            return _claim(error.items[0])
        return None

    def outcome(self, operation: str) -> str | None:
        request = {"TableName": self._table, "Key": {"pk": {"S": _outcome_pk(operation)}}, "ConsistentRead": True}
        item = self._reader.call("GetItem", request).get("Item")
        return OutcomeItem.from_raw_data(dict(item)).oc if item else None


def outcome_writes(table: str, finished: Finished | None, now: Instant) -> Iterator[Request]:
    """It outlives the claim, which was made before."""
    if finished is not None:
        item = OutcomeItem(_outcome_pk(finished.operation), ttl=now + 2 * KEPT_SECONDS, oc=finished.outcome)
        yield {"TableName": table, "Item": raw(item)}


def _outcome_pk(operation: str) -> str:
    return f"O#{operation}"


def _item(claim: Claim) -> ClaimItem:
    answer = claim.answer
    return ClaimItem(
        f"I#{claim.id}",
        ttl=claim.expires + KEPT_SECONDS,
        rq=claim.request,
        op=claim.operation,
        rn=claim.run,
        lu=claim.until,
        ex=claim.expires,
        an=None if answer is None else [answer.status, answer.body],
    )


def _claim(item: Mapping[str, Any]) -> Claim:
    row = ClaimItem.from_raw_data(dict(item))
    answer = None if row.an is None else Kept(*row.an)
    return Claim(row.pk[2:], row.rq, row.op, row.rn, int(row.lu), int(row.ex), answer)
