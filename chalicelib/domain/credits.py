"""Credits: whole tokens, bought in lots and spent in the lots' order.

Credits are not money; a pack's price is. Usage never touches a lot: which lot paid follows from the queue and the
total that was spent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf

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

    def is_over(self, now: Instant) -> bool:
        """Whether what is left of it has expired."""
        return self.expires_at is not None and self.expires_at <= now


BY_HAND, BY_RULE = "purchase", "recharge"
"""Kinds of a purchase, and of its lot, of its grant's line and cause: bought by somebody, or by the account's rule."""


@dataclass(frozen=True)
class Stop:
    """Why a recharge is being dropped: in a word, what is told of it, and the card that was tried; None if none was.

    The word is a state of the rule, how a charge stands that was refused, or that another card has come. `cost` is what
    did not fit the limit.
    """

    word: str
    detail: str | None = None
    card: str | None = None
    cost: int = 0


@dataclass(frozen=True)
class Purchase:
    """A pack bought by hand, or by the account's recharge: open until Stripe says it is paid.

    By hand it is granted in the write that marks it paid. `lost` is what of `paid` was refunded or is disputed, in the
    same currency, `refunded` the part of it that is no dispute's, `taken` the credits that were taken back for it.
    `paid_at` is when a recharge was found to be paid, and counted against its limit.
    `shares` says by Stripe id which refunds and disputes were counted, each with its amount. `stop` is written before a
    recharge's invoice is made void, so whoever goes on after a process died tells the same.
    """

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
    kind: str = BY_HAND
    lost: int = 0
    taken: int = 0
    refunded: int = 0
    paid_at: Instant | None = None
    shares: Mapping[str, int] = field(default_factory=dict[str, int])
    stop: Stop | None = None

    @property
    def cause(self) -> str:
        return f"{self.kind}:{self.id}"


def lots_left(queue: Sequence[Lot], balance: int) -> tuple[Lot, ...]:
    """The queue as it stands at this balance: what was spent since it was written has eaten its head.

    >>> lots_left([Lot("a", "purchase", 10, 10, 0), Lot("b", "purchase", 5, 5, 0)], balance=3)
    (Lot(id='b', kind='purchase', credits=5, left=3, at=0, expires_at=None),)
    """
    eaten = sum(lot.left for lot in queue) - balance
    left: list[Lot] = []
    for lot in queue:
        took = min(max(eaten, 0), lot.left)
        eaten -= took
        if lot.left > took:
            left.append(replace(lot, left=lot.left - took))
    return tuple(left)


def with_lot(queue: Sequence[Lot], lot: Lot, balance: int, *, first: bool = False) -> tuple[Lot, ...]:
    """The queue with a new lot in its place: what expires soonest is spent first, then the oldest.

    If it comes `first`, then before all that never expire; what of it is left from before is one lot with it. A debt
    (`balance` below zero) is paid from it.
    """
    left = lot.credits - max(0, -balance)
    if left <= 0:
        return tuple(queue)
    known = next((each for each in queue if first and each.id == lot.id), None)
    if known is not None:
        more = replace(known, credits=known.credits + lot.credits, left=known.left + left)
        return tuple(more if each is known else each for each in queue)
    return _placed(queue, replace(lot, left=left), -1 if first else lot.at)


def with_more(queue: Sequence[Lot], lot: Lot, balance: int) -> tuple[Lot, ...]:
    """The queue with `lot.left` credits come back to this lot, where it is or was; a debt is paid from them first.

    >>> with_more([Lot("a", "purchase", 9, 4, 0)], Lot("a", "purchase", 9, 2, 0), balance=4)
    (Lot(id='a', kind='purchase', credits=9, left=6, at=0, expires_at=None),)
    """
    left = lot.left - max(0, -balance)
    if left <= 0:
        return tuple(queue)
    if all(each.id != lot.id for each in queue):
        return _placed(queue, replace(lot, left=left), lot.at)
    return tuple(replace(each, left=each.left + left) if each.id == lot.id else each for each in queue)


def without(queue: Sequence[Lot], lot_id: str, credits: int) -> tuple[Lot, ...]:
    """The queue less these credits of exactly that lot; what of them is spent already is taken from the others.

    >>> without([Lot("a", "purchase", 9, 4, 0), Lot("b", "purchase", 5, 5, 0)], "b", credits=7)
    (Lot(id='a', kind='purchase', credits=9, left=2, at=0, expires_at=None),)
    """
    own = next((lot.left for lot in queue if lot.id == lot_id), 0)
    rest = [replace(lot, left=lot.left - min(own, credits)) if lot.id == lot_id else lot for lot in queue]
    return lots_left([lot for lot in rest if lot.left], sum(lot.left for lot in queue) - credits)


def lapsed(queue: Sequence[Lot], now: Instant) -> tuple[Lot, ...]:
    """Those that have expired, the head of the queue."""
    return tuple(lot for lot in queue if lot.is_over(now))


def _placed(queue: Sequence[Lot], lot: Lot, at: Instant) -> tuple[Lot, ...]:
    """Before the first that is spent later; what came back once may stand before older ones."""
    place = (_end(lot), at)
    later = next((number for number, each in enumerate(queue) if (_end(each), each.at) > place), len(queue))
    return (*queue[:later], lot, *queue[later:])


def _end(lot: Lot) -> float:
    return inf if lot.expires_at is None else lot.expires_at


def part_beyond(credits: int, beyond: int, quantity: int) -> int:
    """The part of an event's `credits` that falls beyond the allowance, rounded up.

    >>> part_beyond(100, beyond=1, quantity=3)
    34
    """
    return -(-credits * beyond // quantity)
