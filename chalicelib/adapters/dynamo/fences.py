"""The fence in STATE: usage never conflicts with itself, so a write that keeps losing to it makes it wait."""

from chalicelib.adapters.dynamo.state import number, state_key
from chalicelib.adapters.dynamo.wire import Request
from chalicelib.domain.periods import Instant

NOT_FENCED = "(attribute_not_exists(f) OR f <= :now)"
"""What every write of usage asks for; `:now` is its own process's clock."""


def fence_request(table: str, account: str, until: Instant) -> Request:
    return {
        "TableName": table,
        "Key": state_key(account),
        "UpdateExpression": "SET f = :until",
        "ExpressionAttributeValues": {":until": number(until)},
    }


def lift_request(table: str, account: str) -> Request:
    """No instant of ours would do: a process whose clock is behind would still wait for it."""
    return {"TableName": table, "Key": state_key(account), "UpdateExpression": "REMOVE f"}
