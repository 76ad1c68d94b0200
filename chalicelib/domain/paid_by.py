"""Which lots paid for which use: the queue of lots folded once more over the closed entries.

Usage names no lot when it is written, so this is told from the journal: each line says of which lot it is. The audit
holds what is left in the end against the queue that was kept (audit_lots.py).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chalicelib.domain.corrections import RETURNED
from chalicelib.domain.credits import Lot, lots_left, with_lot, with_more, without
from chalicelib.domain.journal import Entry, Line
from chalicelib.domain.periods import Instant

GIVEN_BACK = frozenset({"refund", "dispute"})


@dataclass(frozen=True)
class Paid:
    """What an entry's usage took of each lot by its id, what no lot could pay yet, and the queue after the entry."""

    entry: int
    lots: Mapping[str, int]
    debt: int
    queue: tuple[Lot, ...]


def paid_by(
    entries: Iterable[Entry], expiries: Mapping[str, Instant], ordered: Mapping[str, Instant]
) -> Iterator[Paid]:
    """One for each entry, the oldest first; `expiries` are the ends of those lots that have one.

    `ordered` says when purchases were: by that a lot finds its place again that comes back after it was used up.
    """
    queue, balance = tuple[Lot, ...](), 0
    for entry in entries:
        used = entry.spent + sum(line.credits for line in entry.lines if line.kind == "usage" and line.credits > 0)
        left = lots_left(queue, balance - used)
        still = {lot.id: lot.left for lot in left}
        took = {lot.id: lot.left - still.get(lot.id, 0) for lot in queue if lot.left > still.get(lot.id, 0)}
        queue, balance = left, balance - used
        for line in entry.lines:
            if line.kind == "usage" and line.credits < 0:
                continue
            lot, at = lot_of(line), entry.at
            at = ordered.get(lot, at) if line.kind in GIVEN_BACK else at
            queue = _moved(queue, line, at, expiries.get(lot), balance)
            balance += line.credits
        yield Paid(entry.number, took, used - sum(took.values()), queue)


def _moved(
    queue: tuple[Lot, ...], line: Line, at: Instant, expires_at: Instant | None, balance: int
) -> tuple[Lot, ...]:
    """The queue after a line by which credits came, went or came back."""
    if line.credits < 0:
        return without(queue, lot_of(line), -line.credits)
    lot = Lot(lot_of(line), line.kind, line.credits, line.credits, at, expires_at)
    if line.kind in GIVEN_BACK:
        return with_more(queue, lot, balance)
    return with_lot(queue, lot, balance, first=line.kind == "usage")


def lot_of(line: Line) -> str:
    """The lot that a line is of; but for usage that came back the cause ends with its id."""
    return RETURNED if line.kind == "usage" else line.cause.split(":", 1)[-1]
