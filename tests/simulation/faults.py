"""What a network, a process and a busy DynamoDB do to a call, by a seed: `Faults(tables, rng).call(...)`.

Tries are repeated as botocore repeats them, three in all: a transaction with the same token, a plain write without any
protection, so that its second try meets the effect of the first.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from tests.simulation.answers import CONFLICT, NO_REASON, THROTTLED, cancelled, reason, refused
from tests.simulation.scheduler import Crash
from tests.simulation.store import Moment
from tests.simulation.table import Engine

TRIES = 3
STALL = 300
"""Turns that others have while a process stands still, at most."""
ENDPOINT = "http://dynamodb.simulation"
PLAIN_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
TRANSACTIONS = frozenset({"TransactWriteItems", "TransactGetItems"})
WRITES = PLAIN_WRITES | {"TransactWriteItems", "BatchWriteItem"}
Pause = Callable[[], None]
UNPROCESSED = {"BatchWriteItem": "UnprocessedItems", "BatchGetItem": "UnprocessedKeys"}


@dataclass(frozen=True)
class Rates:
    """How likely each fault is at one try. `late`: the caller gives a write up and it arrives after all, later."""

    crash_before: float = 0.02
    crash_after: float = 0.02
    request_lost: float = 0.03
    answer_lost: float = 0.05
    late: float = 0.01
    conflict: float = 0.04
    throttle: float = 0.02
    stale: float = 0.3
    moving: float = 0.2
    stall: float = 0.02

    def scaled(self, factor: float) -> "Rates":
        """All rates times the factor; 0 is a calm day."""
        return Rates(**{name: min(1.0, rate * factor) for name, rate in vars(self).items()})


class Again(Exception):
    """A try that botocore repeats; `error` is what the caller gets when it was the last."""

    def __init__(self, error: Exception):
        self.error = error


class Faults:
    """Engine that fail by a seed. `pause` is called before each try: there other workers may go on."""

    LAG = 40
    """How many writes a stale read may lag behind."""

    def __init__(
        self, tables: Engine, rng: Random, rates: Rates | None = None, pause: Callable[[], None] | None = None
    ):
        self.tables, self.rng, self.rates = tables, rng, rates or Rates()
        self.pause = pause or (lambda: None)
        self.struck: Counter[str] = Counter()
        self.under_way: list[tuple[str, Mapping[str, Any]]] = []

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer, if one arrives; raises Crash, ClientError, or botocore's connection errors."""
        if operation == "TransactWriteItems" and "ClientRequestToken" not in request:
            request = {**request, "ClientRequestToken": f"{self.rng.getrandbits(120):030x}"}
        last: Exception | None = None
        for _ in range(TRIES):
            self._pause()
            self._arrive()
            try:
                return self._try(operation, request)
            except Again as again:
                last = again.error
        assert last
        raise last

    def _pause(self) -> None:
        """Lets others go on; sometimes they do all that they have to do."""
        for _ in range(self.rng.randrange(STALL) if self._strikes("stall") else 1):
            self.pause()

    def _strikes(self, fault: str) -> bool:
        if self.rng.random() >= getattr(self.rates, fault):
            return False
        self.struck[fault] += 1
        return True

    def _try(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if self._strikes("crash_before"):
            raise Crash("before the call")
        if self._strikes("request_lost"):
            raise Again(EndpointConnectionError(endpoint_url=ENDPOINT))
        if operation in WRITES and self._strikes("late"):
            self.under_way.append((operation, deepcopy(request)))
            raise Again(ReadTimeoutError(endpoint_url=ENDPOINT))
        self._busy(operation, request)
        answer: dict[str, Any] | ClientError
        try:
            answer = self._effect(operation, request)
        except ClientError as error:
            answer = error
        if self._strikes("crash_after"):
            raise Crash("after the call")
        if self._strikes("answer_lost"):
            raise Again(ReadTimeoutError(endpoint_url=ENDPOINT))
        if isinstance(answer, ClientError):
            raise answer
        return answer

    def _busy(self, operation: str, request: Mapping[str, Any]) -> None:
        """Conflicts and throttling. Botocore repeats a throttled plain call and nothing of a cancelled transaction."""
        if operation in TRANSACTIONS:
            done = operation == "TransactWriteItems" and self.tables.tokens.done(request)
            if not done and self._strikes("conflict"):
                raise self._cancelled(request, "TransactionConflict", CONFLICT)
            if not done and self._strikes("throttle"):
                raise self._cancelled(request, "ThrottlingError", THROTTLED)
        elif operation in PLAIN_WRITES and self._strikes("conflict"):
            raise refused(operation, "TransactionConflictException", CONFLICT)
        elif operation not in UNPROCESSED and self._strikes("throttle"):
            raise Again(refused(operation, "ProvisionedThroughputExceededException", THROTTLED))

    def _cancelled(self, request: Mapping[str, Any], code: str, message: str) -> ClientError:
        reasons = [NO_REASON] * len(request["TransactItems"])
        reasons[self.rng.randrange(len(reasons))] = reason(code, message)
        return cancelled(reasons)

    def _effect(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if operation not in UNPROCESSED or not self._strikes("throttle"):
            return self.tables.call(operation, request, self._moment(operation, request))
        return self._part_of_batch(operation, request)

    def _part_of_batch(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """A batch of which one table's share is left undone and handed back, as a throttled batch is."""
        wanted = dict(request["RequestItems"])
        table = self.rng.choice(sorted(wanted))
        undone = {table: wanted.pop(table)}
        if not wanted:
            raise Again(refused(operation, "ProvisionedThroughputExceededException", THROTTLED))
        answer = self.tables.call(operation, {**request, "RequestItems": wanted})
        return {**answer, UNPROCESSED[operation]: undone}

    def _moment(self, operation: str, request: Mapping[str, Any]) -> Moment | None:
        """How old the rows of a read are. A query is no snapshot, and each row is no older than the one before."""
        if operation == "Query" and request.get("ConsistentRead"):
            return self._while_others_write if self._strikes("moving") else None
        if operation not in ("GetItem", "Query", "BatchGetItem") or not self._strikes("stale"):
            return None
        seen = max(0, self.tables.sequence - self.rng.randrange(self.LAG))
        if operation == "Query" and not self._strikes("moving"):
            return lambda: seen
        return self._forward_from(seen)

    def _while_others_write(self) -> int:
        self.pause()
        return self.tables.sequence

    def _forward_from(self, seen: int) -> Moment:
        def moment() -> int:
            nonlocal seen
            seen = min(self.tables.sequence, seen + self.rng.randrange(3))
            return seen

        return moment

    def _arrive(self) -> None:
        """A write that its caller gave up arrives after all; nobody hears the answer."""
        if self.under_way and self.rng.random() < 0.3:
            operation, request = self.under_way.pop(0)
            try:
                self.tables.call(operation, request)
            except ClientError:
                self.struck["late refused"] += 1
