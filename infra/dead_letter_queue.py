"""One dead-letter queue, looked into and emptied by a person's hand.

A FIFO queue shows nothing more of a group while its first ten messages are held: what lies behind them comes to light
only when they are gone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from chalicelib.domain.periods import Instant

BATCH = 10
HELD_SECONDS = 300
"""For so long a message stays hidden from others if we die before we give it back."""


@dataclass(frozen=True)
class Letter:
    """A message that was given up: for a reason, or None where it failed every time."""

    id: str
    group: str
    since: Instant
    reason: str | None
    body: str
    receipt: str


class DeadLetterQueue:
    """`with DeadLetterQueue(...) as queue:` what was looked at and not sent back is visible again after the block."""

    def __init__(self, sqs: Any, url: str, source: str, wait_seconds: int) -> None:
        self._sqs = sqs
        self._url = url
        self._source = source
        self._wait = wait_seconds
        self._held: dict[str, Letter] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for each in self._held.values():
            self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=each.receipt, VisibilityTimeout=0)

    def letters(self) -> Iterator[Letter]:
        """Each message once, in the order of its group, as long as there are any that are not held."""
        while found := [each for each in self._received() if each.id not in self._held]:
            self._held |= {each.id: each for each in found}
            yield from found

    def send_back(self, letter: Letter) -> None:
        """To the queue that it came from; it goes from here when it is there, and once more if we die in between."""
        self._sqs.send_message(
            QueueUrl=self._source,
            MessageBody=letter.body,
            MessageGroupId=letter.group,
            # Its own id: new to the source, and the same if it is sent back a second time.
            MessageDeduplicationId=letter.id,
        )
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)
        del self._held[letter.id]

    def not_shown(self) -> int:
        """How many messages lie here beside those that are held, as well as SQS knows."""
        wanted = "ApproximateNumberOfMessages"
        answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=[wanted])
        return int(answer["Attributes"][wanted])

    def left(self) -> int:
        """How many messages lie here, held or not, as well as SQS knows."""
        return self.not_shown() + len(self._held)

    def _received(self) -> list[Letter]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=BATCH,
            MessageAttributeNames=["reason"],
            MessageSystemAttributeNames=["MessageGroupId", "SentTimestamp"],
            VisibilityTimeout=HELD_SECONDS,
            WaitTimeSeconds=self._wait,
        )
        return [_letter(each) for each in answer.get("Messages", [])]


def _letter(message: dict[str, Any]) -> Letter:
    told = message["Attributes"]
    return Letter(
        id=message["MessageId"],
        group=told["MessageGroupId"],
        since=int(told["SentTimestamp"]) // 1000,
        reason=message.get("MessageAttributes", {}).get("reason", {}).get("StringValue"),
        body=message["Body"],
        receipt=message["ReceiptHandle"],
    )
