"""Messages from queues: a FIFO batch worked off in order, each message read as what it names.

Lambda takes the failed messages back by their ids; one that fails holds back what comes later in its group.
"""

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from chalice.app import SQSRecord

from chalicelib.messages import DueMessage, RechargeMessage, StripeEventMessage
from chalicelib.web.logs import traced

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Message:
    """A message of a FIFO queue; its id stays the same each time it comes."""

    id: str
    group: str
    body: str


def in_order(batch: Iterable[SQSRecord], work: Callable[[Message], None]) -> dict[str, Any]:
    """Works off each message; what failed comes again, and with it what came later in its group."""
    failed: list[str] = []
    stopped: set[str] = set()
    for record in batch:
        told = record.to_dict()
        message = Message(told["messageId"], told["attributes"]["MessageGroupId"], record.body)
        if message.group not in stopped and _worked_off(message, work):
            continue
        stopped.add(message.group)
        failed.append(message.id)
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def stripe_event(message: Message) -> StripeEventMessage:
    return StripeEventMessage(**json.loads(message.body))


def due(message: Message) -> DueMessage:
    return DueMessage(**json.loads(message.body))


def recharge(message: Message) -> RechargeMessage:
    return RechargeMessage(**json.loads(message.body))


def _worked_off(message: Message, work: Callable[[Message], None]) -> bool:
    try:
        work(message)
    except Exception as error:  # noqa: BLE001 - one message must not take its batch along; it comes again
        log.error("message.failed", extra={"message_id": message.id, **traced(error)})
        return False
    return True
