"""The only place that sends writes, and the only one that sends transactions.

DynamoDB's limits are counted before anything is sent, and only conflicts are tried again: everything else is the
caller's to decide. The SDKs retry no conflict themselves.
"""

import random
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.dynamo.failures import translated
from chalicelib.adapters.dynamo.wire import Request, Wire
from chalicelib.errors import Conflict, Throttled

ACTIONS = 100
BATCH = 25
"""Items that one BatchWriteItem takes."""
TRIES = 6
FIRST_WAIT = 0.01


class Writer:
    """Sends one write at a time, again while it only meets conflicts, with full jitter and a bound."""

    def __init__(self, wire: Wire, sleep: Callable[[float], None] = time.sleep) -> None:
        self._wire = wire
        self.sleep = sleep

    def put(self, request: Request) -> None:
        self._send("PutItem", {**request, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"})

    def update(self, request: Request) -> dict[str, Any]:
        """The item after the update."""
        request = {**request, "ReturnValues": "ALL_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        return self._send("UpdateItem", request).get("Attributes", {})

    def transact(self, writes: Sequence[Request], checks: Sequence[Request] = ()) -> None:
        """All of these puts and deletes or none, and none where a check fails; a write without an item is a delete.

        A failed condition tells by position which, and the items as they stand.
        """
        actions = [{"Put" if "Item" in write else "Delete": _with_old(write)} for write in writes]
        actions += [{"ConditionCheck": _with_old(check)} for check in checks]
        if not 1 <= len(actions) <= ACTIONS:
            raise ValueError(f"a transaction takes 1 to {ACTIONS} actions, not {len(actions)}")
        # The token makes a repeat of this very request harmless for ten minutes, ours and the SDK's alike.
        self._send("TransactWriteItems", {"TransactItems": actions, "ClientRequestToken": str(uuid.uuid4())})

    def batch(self, table: str, requests: Sequence[Request]) -> None:
        """Puts and deletes of items, each by itself and in no order; raises Throttled where some stay undone."""
        left, tries = list(requests), -(-len(requests) // BATCH) + TRIES
        for _ in range(tries):
            if not left:
                return
            answer = self._send("BatchWriteItem", {"RequestItems": {table: left[:BATCH]}})
            undone = answer.get("UnprocessedItems", {}).get(table, [])
            if undone:
                self.sleep(random.uniform(0, FIRST_WAIT * TRIES))
            left = left[BATCH:] + undone
        if left:
            raise Throttled("items were left unwritten")

    def _send(self, operation: str, request: Request) -> dict[str, Any]:
        for attempt in range(TRIES):
            try:
                return self._wire(operation, dict(request))
            except (ClientError, BotoCoreError) as error:
                ours = translated(error)
                if ours is None:
                    raise
                if not isinstance(ours, Conflict) or attempt == TRIES - 1:
                    raise ours from error
            self.sleep(random.uniform(0, FIRST_WAIT * 2**attempt))
        raise Conflict("not reached")


def _with_old(write: Request) -> Request:
    conditional = "ConditionExpression" in write
    return {**write, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if conditional else write
