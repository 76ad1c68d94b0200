"""Credits: whole tokens, bought in lots and spent in the lots' order.

Credits are not money; a pack's price is. Usage never touches a lot: which lot paid follows from the queue and the
total that was spent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.domain.money import Money
from chalicelib.domain.periods import Instant


@dataclass(frozen=True)
class Lot:
    """Credits that came in together; `left` is what of them was unspent when the queue was written."""

    id: str
    kind: str
    credits: int
    left: int
    at: Instant
    expires_at: Instant | None = None


@dataclass(frozen=True)
class Purchase:
    """A pack bought by hand: open until Stripe says it is paid, and granted in the write that marks it paid."""

    id: str
    account: str
    pack: str
    credits: int
    money: Money
    state: str
    at: Instant
    stripe_session_id: str | None = None
    stripe_invoice_id: str | None = None
    stripe_payment_intent_id: str | None = None
    paid: Money | None = None
    actor: str = "service"

    @property
    def cause(self) -> str:
        return f"purchase:{self.id}"


def lots_left(queue: Sequence[Lot], granted: int, spent: int) -> tuple[Lot, ...]:
    """The queue as it stands after `spent`: what was spent since it was written has eaten its head.

    >>> lots_left([Lot("a", "purchase", 10, 10, 0), Lot("b", "purchase", 5, 5, 0)], granted=15, spent=12)
    (Lot(id='b', kind='purchase', credits=5, left=3, at=0, expires_at=None),)
    """
    eaten = spent - (granted - sum(lot.left for lot in queue))
    left: list[Lot] = []
    for lot in queue:
        took = min(max(eaten, 0), lot.left)
        eaten -= took
        if lot.left > took:
            left.append(replace(lot, left=lot.left - took))
    return tuple(left)


def with_lot(queue: Sequence[Lot], lot: Lot, balance: int, *, first: bool = False) -> tuple[Lot, ...]:
    """The queue with a new lot behind the others or, if it comes `first`, before them.

    A debt (`balance` below zero) is paid from it. One that comes first, and again before it is spent, is one lot.
    """
    left = lot.credits - max(0, -balance)
    if left <= 0:
        return tuple(queue)
    lot = replace(lot, left=left)
    if first and queue and queue[0].id == lot.id:
        head = queue[0]
        return (replace(head, credits=head.credits + lot.credits, left=head.left + left), *queue[1:])
    return (lot, *queue) if first else (*queue, lot)


def share(credits: int, beyond: int, quantity: int) -> int:
    """The part of an event's `credits` that falls beyond the allowance, rounded up.

    >>> share(100, beyond=1, quantity=3)
    34
    """
    return -(-credits * beyond // quantity)
