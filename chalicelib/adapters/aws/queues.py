"""The queues and the event bus: fits deps.Queue, on botocore's SQS and EventBridge clients.

All queues are FIFO: a group's messages come one after the other, and the same message within five minutes is dropped.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from chalicelib.domain.periods import Instant
from chalicelib.errors import Unavailable
from chalicelib.messages import DueMessage, RechargeMessage, StripeEventMessage
from chalicelib.settings import Settings

BATCH = 10
"""What one call takes, of SQS and of EventBridge alike."""
CONFIG = Config(connect_timeout=1, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
SOURCE = "billing"
SAME = 60
"""Seconds in which the same recharge is sent once."""
REASON_LENGTH = 500
"""Characters; SQS counts them with the body."""


class AwsQueues:
    """Clients are made on first use: each costs a tenth of a second."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _session(self) -> Session:
        return Session()

    @cached_property
    def _sqs(self) -> Any:
        return self._client("sqs")

    @cached_property
    def _events(self) -> Any:
        return self._client("events")

    def stripe_event(self, message: StripeEventMessage) -> None:
        self._send(self._settings.stripe_events_queue, [(message, message.customer or message.object, message.event)])

    def due(self, messages: Sequence[DueMessage]) -> None:
        entries = [(each, each.account, f"{each.account}@{each.due}") for each in messages]
        for start in range(0, len(entries), BATCH):
            self._send(self._settings.due_queue, entries[start : start + BATCH])

    def recharge(self, message: RechargeMessage, now: Instant) -> None:
        # The sweep finds it each minute for as long as it is in flight; twice within one is once.
        once = f"{message.account}:{message.number}:{now // SAME}"
        self._send(self._settings.recharge_queue, [(message, message.account, once)])

    def give_up_usage(self, body: str, *, group: str, message: str, reason: str) -> None:
        # By the message too: what was sent back from there and fails again within five minutes would else be dropped.
        once = sha256(f"{message} {body}".encode()).hexdigest()
        _sent(
            lambda: self._sqs.send_message(
                QueueUrl=self._settings.usage_dead_letters,
                MessageBody=body,
                MessageGroupId=group,
                MessageDeduplicationId=once,
                MessageAttributes={"reason": {"DataType": "String", "StringValue": reason[:REASON_LENGTH]}},
            )
        )

    def publish(self, events: Sequence[Mapping[str, Any]]) -> None:
        for start in range(0, len(events), BATCH):
            entries = [self._bus_entry(event) for event in events[start : start + BATCH]]
            answer = _sent(lambda entries=entries: self._events.put_events(Entries=entries))
            if answer["FailedEntryCount"]:
                codes = sorted({each["ErrorCode"] for each in answer["Entries"] if "ErrorCode" in each})
                raise Unavailable(f"the event bus did not take every event: {', '.join(codes)}")

    def _send(self, queue: str, entries: Sequence[tuple[Any, str, str]]) -> None:
        batch = [
            {
                "Id": str(position),
                "MessageBody": json.dumps(asdict(message)),
                "MessageGroupId": _short(group),
                "MessageDeduplicationId": _short(once),
            }
            for position, (message, group, once) in enumerate(entries)
        ]
        answer = _sent(lambda: self._sqs.send_message_batch(QueueUrl=queue, Entries=batch))
        if failed := answer.get("Failed"):
            raise Unavailable(f"the queue did not take every message: {', '.join(each['Code'] for each in failed)}")

    def _bus_entry(self, event: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "EventBusName": self._settings.event_bus,
            "Source": SOURCE,
            "DetailType": event["type"],
            "Time": datetime.fromtimestamp(event["at"], UTC),
            "Detail": json.dumps(event),
        }

    def _client(self, service: str) -> Any:
        return self._session.create_client(
            service,
            region_name=self._settings.region,
            endpoint_url=self._settings.aws_endpoint_url,
            config=CONFIG,
        )


def _short(name: str) -> str:
    """A name as SQS takes it: 1 to 128 characters."""
    return name if 0 < len(name) <= 128 else sha256(name.encode()).hexdigest()


def _sent(call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return call()
    except (ClientError, BotoCoreError) as error:
        raise Unavailable(f"the message was not taken: {type(error).__name__}") from error
