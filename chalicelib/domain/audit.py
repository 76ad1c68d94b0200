"""The self-audit: what an account's items say of each other, compared. Nothing is mended here.

What the journal alone is held against holds at any time, since entries never change and the state is one item. The
rest is compared only where it was read while no entry was closed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalicelib.domain.accounts import ClosedPeriod, State, closed
from chalicelib.domain.credits import Lot, lots_left
from chalicelib.domain.findings import (
    COUNTERS_DIFFER,
    ENTRY_MISSING,
    HOLD_OVERDUE,
    HOLDS_DIFFER,
    LOTS_DIFFER,
    RESERVATION_OLD,
    STATE_DIFFERS,
    TOTALS_DIFFER,
    Finding,
)
from chalicelib.domain.fold import Fold
from chalicelib.domain.holds import OPEN, Hold
from chalicelib.domain.periods import HOUR, Instant

PERIODS = 4
"""Closed periods that are looked at, the newest ones."""


@dataclass(frozen=True)
class Items:
    """What lies beside an account's state: the newest closed periods, the queue of lots (None where it is another
    entry's), the holds that are listed as open, and the number of the newest entry.
    """

    periods: Sequence[ClosedPeriod]
    lots: Sequence[Lot] | None
    holds: Sequence[Hold]
    newest: int


def since(items: Items) -> Instant:
    """From when on usage has a known period; where fewer are there than were asked for, they are all."""
    starts = [each.period.start for each in items.periods]
    return min(starts) if len(starts) == PERIODS else 0


def of_journal(fold: Fold) -> list[Finding]:
    """What the journal contradicts itself in, and what the state contradicts it in."""
    return [*fold.findings, *_totals(fold), *_fields(fold)]


def of_items(fold: Fold, items: Items, now: Instant) -> list[Finding]:
    """What the items beside the state contradict it in, and what has been left undone."""
    state = fold.state
    return [
        *_surplus(state, items.newest),
        *_counters(fold, items.periods),
        *_lots(state, items.lots, fold.lots_balance),
        *_holds(state, items.holds),
        *_left_undone(state, items.holds, now),
    ]


def _totals(fold: Fold) -> Iterator[Finding]:
    state, opened = fold.state, sum(credits for _, credits in fold.state.open_sums.values())
    if fold.is_whole:
        sums = {"granted": fold.granted, "spent": fold.spent + opened, "expired": fold.expired}
    elif fold.newest_balance is not None:
        sums = {"balance": fold.newest_balance - opened}
    else:
        return
    for name, total in sums.items():
        if getattr(state, name) != total:
            yield Finding(TOTALS_DIFFER, f"{name}: the journal adds up to {total}, STATE says {getattr(state, name)}")


def _fields(fold: Fold) -> Iterator[Finding]:
    for name, value in fold.changed.items():
        if value != getattr(fold.state, name):
            yield Finding(STATE_DIFFERS, f"{name}: an entry set {value}, STATE says {getattr(fold.state, name)}")


def _surplus(state: State, newest: int) -> Iterator[Finding]:
    if newest >= state.entries:
        yield Finding(ENTRY_MISSING, f"there is an entry {newest}, STATE knows {state.entries} of them")


def _counters(fold: Fold, periods: Sequence[ClosedPeriod]) -> Iterator[Finding]:
    known = {each.period.start: each for each in (*periods, closed(fold.state))}
    for start in sorted(known.keys() | {start for start, _ in fold.sums}):
        if fold.knows(start):
            yield from _counter(fold, start, known.get(start))


def _counter(fold: Fold, start: Instant, period: ClosedPeriod | None) -> Iterator[Finding]:
    """Gauges are not added up."""
    folded = {meter: both for (begun, meter), both in fold.sums.items() if begun == start}
    used, credits = fold.named(period.used if period else {}), fold.named(period.credits_used if period else {})
    for meter in sorted((folded.keys() | used.keys() | credits.keys()) - fold.state.gauged_at.keys()):
        told, sums = (used.get(meter, 0), credits.get(meter, 0)), folded.get(meter, (0, 0))
        if told != sums:
            detail = f"{meter} of the period from {start}: the journal adds up to {sums[0]} for {sums[1]} credits"
            yield Finding(COUNTERS_DIFFER, f"{detail}, its counters say {told[0]} for {told[1]}")


def _lots(state: State, queue: Sequence[Lot] | None, balance: int | None) -> Iterator[Finding]:
    """Against the balance of now, and of when the queue was written."""
    if queue is None:
        yield Finding(LOTS_DIFFER, f"the queue of lots is not the one that entry {state.lots_version} wrote")
        return
    left = sum(lot.left for lot in lots_left(queue, state.balance))
    if left != max(0, state.balance):
        yield Finding(LOTS_DIFFER, f"{left} credits are left in lots, the balance is {state.balance}")
    queued = sum(lot.left for lot in queue)
    if balance is not None and queued != max(0, balance):
        yield Finding(LOTS_DIFFER, f"{queued} credits were left in lots when entry {state.lots_version} left {balance}")


def _holds(state: State, holds: Sequence[Hold]) -> Iterator[Finding]:
    opened = [hold for hold in holds if hold.state == OPEN]
    held = sum(hold.credits for hold in opened)
    if (held, len(opened)) != (state.held, state.holds):
        told = f"STATE says {state.held} in {state.holds}"
        yield Finding(HOLDS_DIFFER, f"{held} credits are held by {len(opened)} open holds, {told}")
    for hold in holds:
        if hold.state != OPEN:
            yield Finding(HOLDS_DIFFER, f"hold {hold.id} is listed as open and is {hold.state}")


def _left_undone(state: State, holds: Sequence[Hold], now: Instant) -> Iterator[Finding]:
    for hold in holds:
        if hold.state == OPEN and hold.expires_at + HOUR < now:
            yield Finding(HOLD_OVERDUE, f"hold {hold.id} expired at {hold.expires_at} and is still open")
    own = state.recharge
    if own is not None and own.in_flight and own.look_at is not None and own.look_at + HOUR < now:
        yield Finding(RESERVATION_OLD, f"recharge {own.count} was to be looked at at {own.look_at} and is {own.mode}")
