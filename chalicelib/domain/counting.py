"""Counting: usage put into a change, in the period that holds its instant; holds and corrections count here, too.

What an event costs follows from the counter at that moment, so the order of the events decides which of them pays.
"""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.domain.accounts import ClosedPeriod, State
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.journal import Change
from chalicelib.domain.periods import Instant, day_of
from chalicelib.domain.usage import UsageEvent, allowance_of, cost

Tally = ClosedPeriod | State
"""Plan and counters of one usage period: a closed one's, or the current one's as the state has them."""


def counting(change: Change, events: Mapping[bytes, UsageEvent], catalogue: Catalogue) -> Change:
    """The change with these events counted in order, each in the period that holds it."""
    for identity, event in events.items():
        change = counted(change, identity, event, catalogue)
    return change


def counted(change: Change, identity: bytes, event: UsageEvent, catalogue: Catalogue) -> Change:
    """The change with one event more; raises LookupError where no period that it knows holds the event."""
    ids, meter = change.ids | {identity}, catalogue.meters[event.meter]
    if meter.kind == "gauge":
        return replace(gauged(change, event), ids=ids)
    tally = tally_at(change, event.at)
    if tally is None:
        raise LookupError(f"no period holds {event.at}")
    credits = cost(meter, allowance_of(catalogue, tally.plan, meter.id), event, tally.used.get(meter.id, 0))
    return replace(moved(change, tally, event.at, meter.id, event.quantity, credits), ids=ids)


def tally_at(change: Change, at: Instant) -> Tally | None:
    """The counters of the period that holds the instant; None if the change knows none that does."""
    if at >= change.after.period.start:
        return change.after
    return next((each for each in change.periods.values() if each.period.holds(at)), None)


def moved(change: Change, tally: Tally, at: Instant, meter: str, quantity: int, credits: int) -> Change:
    """The change with so many units more or less in the period of this tally, and the credits that they cost spent."""
    used = {**tally.used, meter: tally.used.get(meter, 0) + quantity}
    credits_used = {**tally.credits_used, meter: tally.credits_used.get(meter, 0) + credits}
    key = (tally.period.start, day_of(at), meter)
    units, cost_so_far = change.sums.get(key, (0, 0))
    sums = {**change.sums, key: (units + quantity, cost_so_far + credits)}
    spent = change.after.spent + credits
    if isinstance(tally, State):
        return replace(change, sums=sums, after=replace(tally, spent=spent, used=used, credits_used=credits_used))
    late = replace(tally, used=used, credits_used=credits_used)
    periods = {**change.periods, tally.period.start: late}
    return replace(change, sums=sums, after=replace(change.after, spent=spent), periods=periods)


def gauged(change: Change, event: UsageEvent) -> Change:
    """A gauge takes the newest value; of two with the same instant the later write.

    A late one is what its closed period shows, too. A backend's clock that is ahead of ours tells which value is the
    newest, but no day that has not come.
    """
    if event.at < change.after.gauged_at.get(event.meter, event.at):
        return change
    value, day = event.value or 0, day_of(min(event.at, change.now))
    after = replace(
        change.after,
        used={**change.after.used, event.meter: value},
        gauged_at={**change.after.gauged_at, event.meter: event.at},
    )
    periods = {
        start: replace(closed, used={**closed.used, event.meter: value}) if closed.period.holds(event.at) else closed
        for start, closed in change.periods.items()
    }
    return replace(change, after=after, periods=periods, gauges={**change.gauges, (event.meter, day): value})
