"""The errors that a request is answered with, in botocore's form: what code behind the seam has to recognise.

`ClientError` itself, not its generated subclasses: code that catches those would not be playing on the wire.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from tests.simulation.values import Item, copied_item

CONDITION_FAILED = "The conditional request failed"
CONFLICT = "Transaction is ongoing for the item"
THROTTLED = "The level of configured provisioned throughput for the table was exceeded"

Reason = Mapping[str, Any]
NO_REASON: Reason = {"Code": "None"}


def refused(operation: str, code: str, message: str, **more: Any) -> ClientError:
    """The error with this code; `more` are the further fields of DynamoDB's answer, such as Item."""
    status = 500 if code == "InternalServerError" else 400
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}, **more}
    return ClientError(answer, operation)


def condition_failed(operation: str, item: Item | None) -> ClientError:
    """A failed condition of a plain write, with the item when the request asked for it and there is one."""
    found = {"Item": copied_item(item)} if item else {}
    return refused(operation, "ConditionalCheckFailedException", CONDITION_FAILED, **found)


def cancelled(reasons: Sequence[Reason]) -> ClientError:
    """A transaction that did nothing, with one reason for each of its actions."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    code = "TransactionCanceledException"
    return refused("TransactWriteItems", code, message, CancellationReasons=[dict(reason) for reason in reasons])


def reason(code: str, message: str, item: Item | None = None) -> Reason:
    """Why one action cancelled its transaction."""
    found = {"Item": copied_item(item)} if item else {}
    return {"Code": code, "Message": message, **found}
