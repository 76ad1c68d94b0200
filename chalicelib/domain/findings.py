"""Findings: what a self-audit can come upon, one code for each kind. README says of each what to do.

A finding names items by their ids, never people, and nothing follows from it by itself.
"""

from dataclasses import dataclass

ENTRY_MISSING = "entry_missing"
BALANCE_BREAKS = "balance_breaks"
TOTALS_DIFFER = "totals_differ"
STATE_DIFFERS = "state_differs"
COUNTERS_DIFFER = "counters_differ"
LOTS_DIFFER = "lots_differ"
HOLDS_DIFFER = "holds_differ"
HOLD_OVERDUE = "hold_overdue"
RESERVATION_OLD = "reservation_old"
RECHARGE_STRANDED = "recharge_stranded"
SPENT_DIFFERS = "spent_differs"
GRANTED_TWICE = "granted_twice"
GRANTED_UNPAID = "granted_unpaid"
PAID_NOT_GRANTED = "paid_not_granted"
SEATS_DIFFER = "seats_differ"
OWNERS_DIFFER = "owners_differ"
CODES = frozenset(
    {
        ENTRY_MISSING, BALANCE_BREAKS, TOTALS_DIFFER, STATE_DIFFERS, COUNTERS_DIFFER, LOTS_DIFFER, HOLDS_DIFFER,
        HOLD_OVERDUE, RESERVATION_OLD, RECHARGE_STRANDED, SPENT_DIFFERS, GRANTED_TWICE, GRANTED_UNPAID,
        PAID_NOT_GRANTED, SEATS_DIFFER, OWNERS_DIFFER,
    }
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be."""

    code: str
    detail: str
