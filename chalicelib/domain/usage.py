"""Usage: when an event can be counted, and what it costs.

Recorded usage has happened: it is counted whatever the balance is. Only `consume` asks first (domain/entitlements.py).
"""

from dataclasses import dataclass

from chalicelib.domain.catalogue import Allowance, Catalogue, Meter
from chalicelib.domain.credits import part_beyond
from chalicelib.domain.periods import Instant

WINDOW = 35 * 86_400
"""Seconds back from now in which an event is counted exactly once; older ones are refused."""
AHEAD = 5 * 60
"""Seconds a backend's clock may be ahead of ours."""
LARGEST = 2**53 - 1
"""The largest integer that every JSON reader keeps."""
WITHIN = "must be within the last 35 days and the account's life, at most 5 minutes ahead"


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One push by a product backend: `quantity` adds to a counter, `value` sets a gauge."""

    id: str
    meter: str
    at: Instant
    quantity: int = 0
    value: int | None = None
    credits: int | None = None


def in_window(at: Instant, now: Instant) -> bool:
    """Whether an event of this instant can be counted exactly once."""
    return now - WINDOW <= at <= now + AHEAD


def allowance_of(catalogue: Catalogue, plan: str, meter: str) -> Allowance | None:
    """What the plan includes of a meter; None if the plan lacks the meter (or is not known)."""
    found = catalogue.plans.get(plan)
    return found.allowances.get(meter) if found else None


def cost(meter: Meter, allowance: Allowance | None, event: UsageEvent, used: int) -> int:
    """Credits that this event costs when the counter stands at `used`: its part beyond the allowance."""
    if allowance is None or allowance.policy != "credits" or allowance.included is None:
        return 0
    beyond = min(event.quantity, max(0, used + event.quantity - allowance.included))
    if beyond == 0:
        return 0
    full = event.credits if event.credits is not None else event.quantity * (meter.credits_per_unit or 0)
    return part_beyond(full, beyond, event.quantity)
