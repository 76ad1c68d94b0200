"""The credit history as it should be: what moved credits, in the order it did, kept beside the journal."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from chalicelib.domain.history import HistoryLine

KINDS = frozenset({"purchase", "recharge", "adjustment", "refund", "dispute", "expiry"})
"""Lines that are no usage, called as the first word of their cause."""


class Move(NamedTuple):
    """Credits that came or went, signed, and units of a meter; usage that has no line of its own has no cause."""

    cause: str | None
    credits: int
    meter: str | None = None
    quantity: int | None = None


class Shown(NamedTuple):
    """What a line must say."""

    id: str
    kind: str
    cause: str
    credits: int
    balance_after: int
    meter: str | None
    quantity: int | None


def shown(line: HistoryLine) -> Shown:
    return Shown(line.id, line.kind, line.cause, line.credits, line.balance_after, line.meter, line.quantity)


class Ledger:
    """Lines oldest first: those of the closed entries, and the usage that no entry holds yet."""

    def __init__(self) -> None:
        self.closed: list[Shown] = []
        self._growing: list[Move] = []
        self._entries = 1

    def take(self, moves: Iterable[Move], *, closes: bool) -> None:
        """What one write did; one that closes an entry holds all since the one before."""
        self._growing += moves
        if closes:
            self.closed = self.lines()
            self._growing = []
            self._entries += 1

    def lines(self) -> list[Shown]:
        """All of them."""
        balance = self.closed[-1].balance_after if self.closed else 0
        lines: list[Shown] = []
        for line in (*self._usage(), *self._others()):
            balance += line.credits
            lines.append(line._replace(balance_after=balance))
        return self.closed + lines

    def _usage(self) -> Iterator[Shown]:
        """A line for each meter that cost something."""
        sums: dict[str, tuple[int, int]] = {}
        for move in self._growing:
            if move.cause is None and move.meter:
                credits, quantity = sums.get(move.meter, (0, 0))
                sums[move.meter] = credits + move.credits, quantity + (move.quantity or 0)
        for meter, (credits, quantity) in sorted(sums.items()):
            if credits:
                name = f"{self._entries}-{meter}"
                yield Shown(name, "usage", f"usage:{self._entries}", credits, 0, meter, quantity)

    def _others(self) -> Iterator[Shown]:
        own = [(move.cause, move) for move in self._growing if move.cause is not None]
        for position, (cause, move) in enumerate(own):
            named = cause.partition(":")[0]
            kind = named if named in KINDS else "usage"
            yield Shown(f"{self._entries}-{position}", kind, cause, move.credits, 0, move.meter, move.quantity)
