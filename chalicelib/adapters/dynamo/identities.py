"""Which usage events an account has counted: ids hashed to 96 bits, and the packed log of those seen lately.

The log of an account grows by its new entries only, because entries are immutable. It is dropped once a day, when the
window moves on, and as a whole when the process holds too many bytes. Threads may share all of it.
"""

import hashlib
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from threading import Lock

from chalicelib.adapters.dynamo.state import IDENTITY
from chalicelib.domain.accounts import State

MERGE = 512
"""New ids that wait at least before they are sorted in; more where sorting them in costs more."""
BYTES = 32 * 2**20
IDS_IN_WINDOW = 1_000_000
"""Ids that one account may have in the window: at its largest their log still fits into BYTES."""


def identify(salt: bytes, ids: Sequence[str]) -> list[bytes]:
    """96-bit keyed hashes: without the salt nobody can make two ids that collide."""
    return [hashlib.blake2b(each.encode(), key=salt, digest_size=IDENTITY).digest() for each in ids]


class Slots:
    """Sorted ids in one piece of memory, 12 bytes each."""

    def __init__(self, packed: bytes) -> None:
        self.packed = packed

    def __len__(self) -> int:
        return len(self.packed) // IDENTITY

    def __getitem__(self, position: int) -> bytes:
        return self.packed[position * IDENTITY : (position + 1) * IDENTITY]

    def __iter__(self) -> Iterator[bytes]:
        return (self[position] for position in range(len(self)))

    def __contains__(self, identity: bytes) -> bool:
        position = bisect_left(self, identity)
        return position < len(self) and self[position] == identity


class Log:
    """The ids of one account's entries: those of all entries from the window's start up to `entries`."""

    def __init__(self, oldest: int, entries: int, day: int) -> None:
        self.oldest, self.entries, self.day = oldest, entries, day
        self._sorted, self._new, self._lock = Slots(b""), set[bytes](), Lock()

    def add(self, ids: Iterable[bytes], entries: int, day: int) -> None:
        """One entry more."""
        with self._lock:
            self._new.update(ids)
            self.entries, self.day = entries, day
            if len(self._new) > max(MERGE, len(self._sorted) // 4):
                # In this order: an id that is looked for meanwhile is always in one of them.
                self._sorted = Slots(b"".join(sorted([*self._sorted, *self._new])))
                self._new = set()

    @property
    def count(self) -> int:
        return len(self._sorted) + len(self._new)

    def holds(self, identity: bytes) -> bool:
        return identity in self._new or identity in self._sorted

    @property
    def size(self) -> int:
        return len(self._sorted.packed) + 8 * IDENTITY * len(self._new) + 200


class Cache:
    """The newest state and the log of accounts this process has seen: stale perhaps, never wrong."""

    def __init__(self, states: int = 10_000, size: int = BYTES) -> None:
        self._states: OrderedDict[str, State] = OrderedDict()
        self._logs: OrderedDict[str, tuple[Log, int]] = OrderedDict()
        self._most_states, self._most_bytes, self._bytes, self._lock = states, size, 0, Lock()

    def state(self, account: str) -> State | None:
        return self._states.get(account)

    def remember(self, state: State) -> State:
        with self._lock:
            known = self._states.get(state.account)
            if known is None or known.version <= state.version:
                self._states[state.account] = state
                self._states.move_to_end(state.account)
            if len(self._states) > self._most_states:
                self._states.popitem(last=False)
        return state

    def log(self, account: str) -> Log | None:
        kept = self._logs.get(account)
        return kept[0] if kept else None

    def keep(self, account: str, log: Log) -> None:
        """The account's log, which is weighed anew; the longest untouched of others make room."""
        with self._lock:
            _, before = self._logs.pop(account, (log, 0))
            self._logs[account] = log, log.size
            self._bytes += log.size - before
            while self._bytes > self._most_bytes and len(self._logs) > 1:
                _, (_, dropped) = self._logs.popitem(last=False)
                self._bytes -= dropped

    def drop_log(self, account: str) -> None:
        with self._lock:
            _, size = self._logs.pop(account, (None, 0))
            self._bytes -= size
