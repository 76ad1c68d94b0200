"""Counting: usage events put into a change, each in the period that holds it.

What an event costs follows from the counter at that moment, so the order of the events decides which of them pays.
"""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.domain.accounts import closed
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.journal import Change
from chalicelib.domain.periods import day_of
from chalicelib.domain.usage import UsageEvent, allowance_of, cost


def counting(change: Change, events: Mapping[bytes, UsageEvent], catalogue: Catalogue) -> Change:
    """The change with these events counted in order, each in the period that holds it."""
    for identity, event in events.items():
        change = counted(change, identity, event, catalogue)
    return change


def counted(change: Change, identity: bytes, event: UsageEvent, catalogue: Catalogue) -> Change:
    """The change with one event more."""
    ids = change.ids | {identity}
    if catalogue.meters[event.meter].kind == "gauge":
        return replace(gauged(change, event), ids=ids)
    late = next((p for p in change.periods.values() if p.period.holds(event.at)), None)
    tally = late or closed(change.after)
    allowance = allowance_of(catalogue, tally.plan, event.meter)
    credits = cost(catalogue.meters[event.meter], allowance, event, tally.used.get(event.meter, 0))
    tally = replace(
        tally,
        used={**tally.used, event.meter: tally.used.get(event.meter, 0) + event.quantity},
        credits_used={**tally.credits_used, event.meter: tally.credits_used.get(event.meter, 0) + credits},
    )
    key = (tally.period.start, day_of(event.at), event.meter)
    quantity, cost_so_far = change.sums.get(key, (0, 0))
    sums = {**change.sums, key: (quantity + event.quantity, cost_so_far + credits)}
    spent = change.after.spent + credits
    if late:
        after, periods = replace(change.after, spent=spent), {**change.periods, late.period.start: tally}
        return replace(change, ids=ids, sums=sums, after=after, periods=periods)
    after = replace(change.after, spent=spent, used=tally.used, credits_used=tally.credits_used)
    return replace(change, ids=ids, sums=sums, after=after)


def gauged(change: Change, event: UsageEvent) -> Change:
    """A gauge takes the newest value; of two with the same instant the later write."""
    if event.at < change.after.gauged_at.get(event.meter, event.at):
        return change
    value = event.value or 0
    after = replace(
        change.after,
        used={**change.after.used, event.meter: value},
        gauged_at={**change.after.gauged_at, event.meter: event.at},
    )
    return replace(change, after=after, gauges={**change.gauges, (event.meter, day_of(event.at)): value})
