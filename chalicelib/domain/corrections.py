"""Corrections: usage that a backend takes back, and the credits that it had cost.

What usage costs is a function of the counter, so giving back is its inverse: the units taken off the counter are the
last ones, and those beyond the allowance had cost credits.
"""

from dataclasses import dataclass, replace

from chalicelib.domain.accounts import ClosedPeriod, closed
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.credits import Lot
from chalicelib.domain.journal import Change, Line
from chalicelib.domain.periods import Instant, day_of
from chalicelib.domain.usage import UsageEvent, allowance_of, cost


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


def tally_at(change: Change, at: Instant) -> ClosedPeriod:
    """The counters of the period that holds the instant: one of the change's closed ones, or the current."""
    late = next((each for each in change.periods.values() if each.period.holds(at)), None)
    return late or closed(change.after)


def given_back(tally: ClosedPeriod, correction: Correction, catalogue: Catalogue) -> int:
    """Credits that come back; never more than the meter has cost in that period."""
    meter, used = catalogue.meters[correction.meter], tally.used.get(correction.meter, 0)
    event = UsageEvent(correction.id, meter.id, correction.at, correction.quantity, None, correction.credits)
    last = cost(meter, allowance_of(catalogue, tally.plan, meter.id), event, used - correction.quantity)
    return min(last, tally.credits_used.get(meter.id, 0))


def corrected(
    change: Change, identity: bytes, correction: Correction, queue: tuple[Lot, ...], catalogue: Catalogue
) -> Change:
    """The change with the correction in it; its period must have used that much."""
    tally, meter = tally_at(change, correction.at), correction.meter
    credits = given_back(tally, correction, catalogue)
    tally = replace(
        tally,
        used={**tally.used, meter: tally.used[meter] - correction.quantity},
        credits_used={**tally.credits_used, meter: tally.credits_used.get(meter, 0) - credits},
    )
    key = (tally.period.start, day_of(correction.at), meter)
    quantity, spent = change.sums.get(key, (0, 0))
    sums = {**change.sums, key: (quantity - correction.quantity, spent - credits)}
    change = _with_tally(replace(change, ids=change.ids | {identity}, sums=sums), tally).because(correction.cause)
    line = Line("usage", credits, correction.cause, None, correction.reason, meter, -correction.quantity)
    if credits == 0:
        return change
    return change.returning(Lot(correction.cause, "adjustment", credits, credits, change.now), queue, line)


def _with_tally(change: Change, tally: ClosedPeriod) -> Change:
    if tally.period.start in change.periods:
        return replace(change, periods={**change.periods, tally.period.start: tally})
    return change.setting(used=tally.used, credits_used=tally.credits_used)
