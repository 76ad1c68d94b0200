"""The queue of a history: messages that wait until they are due, then in no order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random
from typing import Any


@dataclass(frozen=True)
class Message:
    """What waits in the queue: due at an instant, done by a process."""

    due: int
    kind: str
    account: str
    content: Any
    tries: int = 0


class Waiting:
    """Messages, the ready ones apart from the later ones, which are many and need not be looked at."""

    def __init__(self) -> None:
        self._ready: list[Message] = []
        self._later: list[tuple[int, int, Message]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._ready) + len(self._later)

    def __iter__(self) -> Iterator[Message]:
        return iter([*self._ready, *(message for _, _, message in self._later)])

    def append(self, message: Message) -> None:
        self._count += 1
        heappush(self._later, (message.due, self._count, message))

    def __iadd__(self, messages: Iterable[Message]) -> "Waiting":
        for message in messages:
            self.append(message)
        return self

    def next_due(self, clock: int) -> int:
        """When the next of them is or was due; not before the clock."""
        return clock if self._ready or not self._later else max(clock, self._later[0][0])

    def is_ready(self, clock: int) -> bool:
        """Whether there is anything to take."""
        return bool(self._ready) or (bool(self._later) and self._later[0][0] <= clock)

    def take(self, clock: int, rng: Random) -> Message | None:
        """One of those that are due, whichever."""
        while self._later and self._later[0][0] <= clock:
            self._ready.append(heappop(self._later)[2])
        if not self._ready:
            return None
        chosen = rng.randrange(len(self._ready))
        self._ready[chosen], self._ready[-1] = self._ready[-1], self._ready[chosen]
        return self._ready.pop()
