"""What each function of app.py asks of AWS, seen at botocore while the functions live through an account's months.

Members of a transaction count as the single writes that they are, as IAM counts them, and batches as single messages.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from chalicelib.settings import Settings

Permission = tuple[str, str]
"""An action and what it is done to, as policies have them: `dynamodb:GetItem`, `CoreTable`."""
SINGLE = {"SendMessageBatch": "SendMessage"}


class Calls:
    """`with calls.of("on_due"):` notes what is asked meanwhile; `sent` has it by function."""

    def __init__(self, settings: Settings) -> None:
        self.sent: dict[str, set[Permission]] = {}
        self._function: str | None = None
        self._losses = 0
        self._names = {
            settings.core_table: "CoreTable",
            settings.ephemeral_table: "EphemeralTable",
            settings.stripe_events_queue: "StripeEventsQueue",
            settings.due_queue: "DueQueue",
            settings.recharge_queue: "RechargeQueue",
            settings.usage_dead_letters: "UsageDeadLetters",
            settings.event_bus: "JournalBus",
        }

    @contextmanager
    def of(self, function: str, *, losses: int = 0) -> Iterator[None]:
        """`losses`: how many writes to accounts somebody else is to win first."""
        self._function, self._losses = function, losses
        yield
        assert not self._losses, f"{function} wrote too little to lose"
        self._function = None

    def note(self, service: str, operation: str, request: dict[str, Any]) -> None:
        if self._function is None:
            return
        asked = {(f"{service}:{action}", self._names[on]) for action, on in _asked(operation, request)}
        if "IndexName" in request:
            asked = {(action, f"{on}/index/{request['IndexName']}") for action, on in asked}
        self.sent.setdefault(self._function, set()).update(asked)
        if self._losses and ("dynamodb:PutItem", "CoreTable") in asked:
            self._losses -= 1
            raise _lost(operation)


def _asked(operation: str, request: dict[str, Any]) -> list[tuple[str, str]]:
    if operation == "TransactWriteItems":
        members = [member for action in request["TransactItems"] for member in action.items()]
        return [(f"{kind}Item", each["TableName"]) for kind, each in members]
    if operation in ("BatchGetItem", "BatchWriteItem"):
        return [(operation, table) for table in request["RequestItems"]]
    if operation == "PutEvents":
        return [(operation, each["EventBusName"]) for each in request["Entries"]]
    return [(SINGLE.get(operation, operation), request.get("TableName") or request["QueueUrl"])]


def _lost(operation: str) -> ClientError:
    is_single = operation == "PutItem"
    error = {"Code": "ConditionalCheckFailedException" if is_single else "TransactionCanceledException", "Message": ""}
    response: Any = {"Error": error, "CancellationReasons": [{"Code": "ConditionalCheckFailed"}]}
    return ClientError(response, operation)


@contextmanager
def recorded(settings: Settings) -> Iterator[Calls]:
    """Everything that goes through any client of botocore while this lasts."""
    calls, send = Calls(settings), BaseClient._make_api_call  # type: ignore[attr-defined] where all clients meet

    def noted(client: Any, operation: str, request: dict[str, Any]) -> Any:
        calls.note(client.meta.service_model.endpoint_prefix, operation, request)
        return send(client, operation, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", noted)
        yield calls
