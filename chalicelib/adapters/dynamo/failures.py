"""What DynamoDB's errors mean: ours raised for botocore's, in one closed list.

A failed condition never means "somebody else did it": the caller compares identities in the item that comes along.
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from chalicelib.errors import BillingError, ConditionFailed, Conflict, Throttled, Unavailable

CONFLICTS = frozenset({"TransactionConflict", "TransactionConflictException", "TransactionInProgressException"})
THROTTLES = frozenset(
    {
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "ThrottlingError",
        "ThrottlingException",
        "RequestLimitExceeded",
    }
)
UNKNOWN_OUTCOME = frozenset({"InternalServerError", "ServiceUnavailable", "InternalFailure"})
SERVERS_FAULT = 500


def translated(error: Exception) -> BillingError | None:
    """Our error for this one; None for what is a mistake of ours (validation, access) and must be seen."""
    if isinstance(error, ClientError):
        return _from_response(error.response)  # pyright: ignore[reportArgumentType]
    if isinstance(error, HTTPClientError | ConnectionError):
        return Unavailable(type(error).__name__)
    return None


def _from_response(response: Mapping[str, Any]) -> BillingError | None:
    code = response.get("Error", {}).get("Code", "")
    if code == "TransactionCanceledException":
        return _from_reasons(response.get("CancellationReasons", []))
    if code == "ConditionalCheckFailedException":
        return ConditionFailed({0: response.get("Item", {})})
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    # What stands between us and DynamoDB may fail too, in words of its own.
    return _from_code(code) or (Unavailable(code) if status >= SERVERS_FAULT else None)


def _from_reasons(reasons: list[Mapping[str, Any]]) -> BillingError | None:
    """A failed condition outweighs a conflict beside it: repeating the same transaction could not succeed."""
    failed = {k: r.get("Item", {}) for k, r in enumerate(reasons) if r.get("Code") == "ConditionalCheckFailed"}
    if failed:
        return ConditionFailed(failed)
    found = [_from_code(r["Code"]) for r in reasons if r.get("Code", "None") != "None"]
    return found[0] if found and all(found) else None


def _from_code(code: str) -> BillingError | None:
    if code in CONFLICTS:
        return Conflict(code)
    if code in THROTTLES:
        return Throttled(code)
    return Unavailable(code) if code in UNKNOWN_OUTCOME else None
