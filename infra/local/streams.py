"""The table's stream to a function: what Lambda's event source mapping does with a DynamoDB stream.

Records go in order, from the stream's beginning; a batch that failed comes again from its first failed record.
"""

import base64
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from infra.local.clock import Clock
from infra.local.lambdas import Context

log = logging.getLogger(__name__)

BATCH = 100
TRIES = 20

Handler = Callable[[Mapping[str, Any], Context], Any]


class Changes:
    """A table's stream, read once from its beginning. `seen_at` is when something was last in it."""

    def __init__(self, clock: Clock, streams: Any, arn: str) -> None:
        self._clock = clock
        self._streams = streams
        self._arn = arn
        self._iterators: dict[str, str] = {}
        self.seen_at: int | None = None

    def read(self) -> list[dict[str, Any]]:
        """The records that came since the last call, as Lambda has them."""
        if not self._iterators:
            self._iterators = {shard: self._iterator(shard) for shard in self._shards()}
        records: list[dict[str, Any]] = []
        for shard, iterator in self._iterators.items():
            answer = self._streams.get_records(ShardIterator=iterator, Limit=BATCH)
            self._iterators[shard] = answer["NextShardIterator"]
            records += [plain(record) | {"eventSourceARN": self._arn} for record in answer["Records"]]
        if records:
            self.seen_at = self._clock.now()
        return records

    def _shards(self) -> list[str]:
        stream = self._streams.describe_stream(StreamArn=self._arn)["StreamDescription"]
        return [shard["ShardId"] for shard in stream["Shards"]]

    def _iterator(self, shard: str) -> str:
        answer = self._streams.get_shard_iterator(StreamArn=self._arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        return answer["ShardIterator"]


class StreamPoller:
    """Hands a table's changes to a function; a part of the turner.

    `wanted` is the mapping's filter: Lambda is not called for other records. After TRIES a batch's first record is
    given up and told, as the deployed function's on-failure queue would be.
    """

    def __init__(
        self,
        changes: Changes,
        function: Handler,
        *,
        wanted: Callable[[Mapping[str, Any]], bool],
        tell: Callable[[str, str], None],
    ) -> None:
        self._changes = changes
        self._function = function
        self._wanted = wanted
        self._tell = tell
        self._waiting: list[dict[str, Any]] = []
        self._tries = 0

    def next_due(self) -> int | None:
        return None

    def work(self) -> bool:
        if not self._waiting:
            records = self._changes.read()
            self._waiting = [record for record in records if self._wanted(record)]
            if not self._waiting:
                # What was only looked at may be followed by what is wanted.
                return bool(records)
        self._advance(self._first_failed(self._waiting))
        return True

    def _first_failed(self, records: list[dict[str, Any]]) -> int:
        """The position of the first record that must come again; the number of records where none must."""
        try:
            reply = self._function({"Records": records}, Context("on_journal"))
        except Exception:  # Whatever a function dies of, Lambda tries its whole batch again.
            log.exception("on_journal died with %d records", len(records))
            return 0
        failed = {failure["itemIdentifier"] for failure in (reply or {}).get("batchItemFailures", [])}
        positions = (n for n, each in enumerate(records) if each["dynamodb"]["SequenceNumber"] in failed)
        return next(positions, len(records))

    def _advance(self, done: int) -> None:
        self._waiting = self._waiting[done:]
        self._tries = self._tries + 1 if done == 0 else 0
        if self._tries >= TRIES:
            self._tell("stream_record_lost", f"on_journal gave up {self._waiting[0]['eventID']} after {TRIES} tries")
            self._waiting, self._tries = self._waiting[1:], 0


def stream_of(dynamodb: Any, table: str) -> str:
    """The ARN of a table's stream."""
    return dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]


def plain(value: Any) -> Any:
    """A record as Lambda's JSON has it: bytes in base64, instants as epoch seconds."""
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, (list, set, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.timestamp() if isinstance(value, datetime) else value
