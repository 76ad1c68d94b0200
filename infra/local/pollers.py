"""Queues to functions: what Lambda's event source mappings do with an SQS FIFO queue.

The queue is a real one and keeps order, groups and receive counts. Its time is real and ours is moved, so what failed
is held back here: it comes again twice at once, then whenever the queue's visibility has passed by our clock.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.clock import Clock
from infra.local.lambdas import Context

log = logging.getLogger(__name__)

BATCH = 10
# The longest SQS knows: nothing comes back by the queue's own time.
HIDDEN_SECONDS = 43_200
TRIES_AT_ONCE = 3

Handler = Callable[[Mapping[str, Any], Context], Any]


@dataclass(frozen=True)
class Queue:
    """A queue, how long what was taken stays hidden in the deployment, and how often it is taken."""

    name: str
    url: str
    visibility_seconds: int
    tries: int


class QueuePoller:
    """Hands a queue's messages to a function; a part of the turner.

    A message that failed every time is told: a promise broke. What the function itself gives up is its answer.
    """

    def __init__(
        self, clock: Clock, sqs: Any, queue: Queue, function: Handler, tell: Callable[[str, str], None]
    ) -> None:
        self._clock = clock
        self._sqs = sqs
        self._queue = queue
        self._function = function
        self._tell = tell
        self._held_back: list[tuple[int, str]] = []

    @property
    def name(self) -> str:
        return self._queue.name

    def next_due(self) -> int | None:
        """A message that is there is due whatever the clock says; one that failed when its time has come."""
        return min((due for due, _ in self._held_back), default=None)

    def work(self) -> bool:
        self._show_again()
        messages = self._received()
        if not messages:
            return False
        failed = self._failed(messages)
        for message in messages:
            if message["MessageId"] in failed:
                self._hold_back(message)
            else:
                self._sqs.delete_message(QueueUrl=self._queue.url, ReceiptHandle=message["ReceiptHandle"])
        return True

    def _hold_back(self, message: dict[str, Any]) -> None:
        tries = int(message["Attributes"]["ApproximateReceiveCount"])
        if tries >= self._queue.tries:
            # The queue moves it to the dead letters when it would be received once more.
            self._tell("dead_letter", f"a message of {self.name} was given up after {tries} tries")
        wait = self._queue.visibility_seconds if TRIES_AT_ONCE <= tries < self._queue.tries else 0
        self._held_back.append((self._clock.now() + wait, message["ReceiptHandle"]))

    def _show_again(self) -> None:
        """What was held back until now is in the queue again."""
        now = self._clock.now()
        for due, handle in self._held_back:
            if due <= now:
                self._sqs.change_message_visibility(QueueUrl=self._queue.url, ReceiptHandle=handle, VisibilityTimeout=0)
        self._held_back = [each for each in self._held_back if each[0] > now]

    def _received(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._queue.url,
            MaxNumberOfMessages=BATCH,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
            VisibilityTimeout=HIDDEN_SECONDS,
        )
        return answer.get("Messages", [])

    def _failed(self, messages: list[dict[str, Any]]) -> set[str]:
        """The ids of the messages that must come again; all of them where the function died."""
        ids = {message["MessageId"] for message in messages}
        try:
            reply = self._function(sqs_event(self.name, messages), Context(self.name))
        except Exception:  # Whatever a function dies of, Lambda leaves its whole batch in the queue.
            log.exception("%s died with %d messages", self.name, len(messages))
            return ids
        return {failure["itemIdentifier"] for failure in (reply or {}).get("batchItemFailures", [])} & ids


def sqs_event(queue: str, messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Received messages as Lambda hands them to a function."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message.get("Attributes", {}),
                "messageAttributes": message.get("MessageAttributes", {}),
                "md5OfBody": message.get("MD5OfBody", ""),
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:eu-central-1:000000000000:{queue}",
                "awsRegion": "eu-central-1",
            }
            for message in messages
        ]
    }
