"""Messages from queues: a FIFO batch worked off in order, each message read as what it names.

Lambda takes the failed messages back by their ids; one that fails holds back what comes later in its group.
"""

import json
import logging
from collections.abc import Callable, Iterable
from typing import Any

from chalice.app import SQSRecord

from chalicelib.errors import traced
from chalicelib.messages import DueMessage, StripeEventMessage

log = logging.getLogger(__name__)


def in_order(batch: Iterable[SQSRecord], work: Callable[[str], None]) -> dict[str, Any]:
    """Works off each message's body; what failed comes again, and with it what came later in its group."""
    failed: list[str] = []
    stopped: set[str] = set()
    for record in batch:
        told = record.to_dict()
        message, group = told["messageId"], told["attributes"]["MessageGroupId"]
        if group not in stopped and _worked_off(message, record.body, work):
            continue
        stopped.add(group)
        failed.append(message)
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def stripe_event(body: str) -> StripeEventMessage:
    return StripeEventMessage(**json.loads(body))


def due(body: str) -> DueMessage:
    return DueMessage(**json.loads(body))


def _worked_off(message: str, body: str, work: Callable[[str], None]) -> bool:
    try:
        work(body)
    except Exception as error:  # noqa: BLE001 - one message must not take its batch along; it comes again
        log.error("message.failed", extra={"message_id": message, **traced(error)})
        return False
    return True
