"""Corrections: usage that a backend takes back, and the credits that it had cost.

What usage costs is a function of the counter, so giving back is its inverse: the units taken off the counter are the
last ones, and those beyond the allowance had cost credits.
"""

from dataclasses import dataclass, replace

from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.counting import Tally, moved
from chalicelib.domain.credits import Lot
from chalicelib.domain.journal import Change, Line
from chalicelib.domain.periods import Instant
from chalicelib.domain.usage import UsageEvent, allowance_of, cost

RETURNED = "corrections"
"""The one lot of all that came back."""


@dataclass(frozen=True)
class Correction:
    """Units of a counter to be taken back, by the backend's own id; `credits` where the events had named their own."""

    id: str
    meter: str
    quantity: int
    at: Instant
    reason: str
    credits: int | None = None

    @property
    def cause(self) -> str:
        return f"correction:{self.id}"


def cost_of_last(tally: Tally, correction: Correction, catalogue: Catalogue) -> int:
    """Credits that come back; never more than the meter has cost in that period.

    That is what the counter says of its last units. Where more was paid than what stays is worth, since another plan
    was in force or a hold was captured, that comes back as well, up to the units' own price.
    """
    meter, used = catalogue.meters[correction.meter], tally.used.get(correction.meter, 0)
    event = UsageEvent(correction.id, meter.id, correction.at, correction.quantity, None, correction.credits)
    allowance, paid = allowance_of(catalogue, tally.plan, meter.id), tally.credits_used.get(meter.id, 0)
    left = used - correction.quantity
    worth = cost(meter, allowance, UsageEvent("", meter.id, correction.at, left), 0)
    price = event.credits if event.credits is not None else event.quantity * (meter.credits_per_unit or 0)
    return min(paid, max(cost(meter, allowance, event, left), min(price, paid - worth)))


def corrected(
    change: Change, identity: bytes, tally: Tally, correction: Correction, credits: int, queue: tuple[Lot, ...]
) -> Change:
    """The change with the correction in this tally, which has used that much, and with the credits that come back."""
    meter, spent = correction.meter, change.after.spent
    change = replace(change, ids=change.ids | {identity}, note=correction.reason)
    change = moved(change, tally, correction.at, meter, -correction.quantity, -credits)
    line = Line("usage", credits, correction.cause, None, correction.reason, meter, -correction.quantity)
    if credits == 0:
        return replace(change, lines=(*change.lines, line))
    # They come back as a lot, which takes them off what was spent.
    change = change.setting(spent=spent)
    return change.returning(Lot(RETURNED, "adjustment", credits, credits, change.now), queue, line)
