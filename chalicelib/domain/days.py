"""Usage by day: the journal's sums, read from projections that follow it.

A projection says how many entries are in it. Whoever reads adds what the entries after them and the open entry hold,
so an answer is exact however far the projection lags behind.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.journal import Entry

DaySums = Mapping[tuple[int, str], tuple[int, int]]
"""Usage by (day, meter): (quantity, credits); of a gauge the day's last value and 0."""

MOST, KEPT = 8, 4
"""Days between the first and the last of the recent ones before all but so many are moved to the past."""


@dataclass(frozen=True)
class Days:
    """The recent days as the first `entries` entries of an account tell them; the days before lie elsewhere."""

    account: str
    entries: int = 0
    recent: DaySums = field(default_factory=dict[tuple[int, str], tuple[int, int]])


def folded(days: Days, entries: Iterable[Entry], catalogue: Catalogue) -> tuple[Days, DaySums]:
    """The days with the entries that follow them, and what of them is to be added to the past."""
    recent, number = days.recent, days.entries
    for entry in entries:
        recent, number = merged(recent, sums_of(entry), catalogue), entry.number + 1
    found = {day for day, _ in recent}
    if not found or max(found) - min(found) <= MOST:
        return replace(days, entries=number, recent=recent), {}
    first = max(found) - KEPT
    past = {key: both for key, both in recent.items() if key[0] < first}
    return replace(days, entries=number, recent={k: both for k, both in recent.items() if k not in past}), past


def sums_of(entry: Entry) -> DaySums:
    """What one entry holds of each day."""
    sums: dict[tuple[int, str], tuple[int, int]] = {}
    for (_, day, meter), (quantity, credits) in entry.sums.items():
        before = sums.get((day, meter), (0, 0))
        sums[day, meter] = before[0] + quantity, before[1] + credits
    return sums | {(day, meter): (value, 0) for (meter, day), value in entry.gauges.items()}


def merged(sums: DaySums, newer: DaySums, catalogue: Catalogue) -> DaySums:
    """Both together: counters add up, of a gauge the newer value stands."""
    both = dict(sums)
    for (day, meter), (quantity, credits) in newer.items():
        known = catalogue.meters.get(meter)
        before = (0, 0) if known and known.kind == "gauge" else both.get((day, meter), (0, 0))
        both[day, meter] = before[0] + quantity, before[1] + credits
    return both
