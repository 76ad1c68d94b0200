"""Adjustments: credits given or taken by hand, with the hand's name and its reason."""

from dataclasses import dataclass, replace

from chalicelib.domain.credits import Lot
from chalicelib.domain.journal import Change, Line
from chalicelib.domain.periods import Instant, months_after

LONGEST_MONTHS = 120
"""Months that credits given by hand may last, where they expire."""


@dataclass(frozen=True)
class Adjustment:
    """Credits given, or taken where they are below zero; `balance` and `available` are what was there afterwards.

    Those that expire are promotional: they are spent first.
    """

    id: str
    credits: int
    reason: str
    expires_at: Instant | None
    at: Instant
    actor: str
    balance: int = 0
    available: int = 0

    @property
    def cause(self) -> str:
        return f"adjustment:{self.id}"


def expiry_mistake(adjustment: Adjustment) -> str | None:
    """What is wrong with `expires_at`; None if nothing."""
    ends, at = adjustment.expires_at, adjustment.at
    if ends is None:
        return None
    if adjustment.credits < 0:
        return "goes with credits that are given, not with those that are taken"
    return None if at < ends <= months_after(at, LONGEST_MONTHS) else "must lie ahead, by 10 years at most"


def adjusted(change: Change, adjustment: Adjustment, queue: tuple[Lot, ...]) -> Change:
    """The change with these credits come in as a lot of their own, or taken in the order in which they are spent."""
    line = Line("adjustment", adjustment.credits, adjustment.cause, note=adjustment.reason)
    if adjustment.credits < 0:
        change = change.taking(adjustment.id, -adjustment.credits, queue, line)
    else:
        kind = "adjustment" if adjustment.expires_at is None else "promotion"
        credits = adjustment.credits
        lot = Lot(adjustment.id, kind, credits, credits, change.now, adjustment.expires_at)
        change = change.granting(lot, queue, line)
    return replace(change, note=adjustment.reason).because(adjustment.cause, adjustment.actor)
