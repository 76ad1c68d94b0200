"""The ordinary usage write: one conditional UpdateItem that commutes with every other such write.

It never looks at the version. `n = :n` guards period, plan, limits and grants, since everything that is not ordinary
usage closes the open entry; ids must be absent; counters must stay short of the next level and credits of the bound,
where another branch would be right. A change that does not fit here is committed as a closing instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from chalicelib.adapters.dynamo.fences import NOT_FENCED
from chalicelib.adapters.dynamo.sizes import item_size
from chalicelib.adapters.dynamo.state import (
    IDENTITY,
    Item,
    codes_by_meter,
    number,
    state_item,
    state_key,
    sum_key,
    sums_map,
)
from chalicelib.adapters.dynamo.wire import Request
from chalicelib.domain.accounts import State
from chalicelib.domain.catalogue import Allowance, Catalogue, Meter
from chalicelib.domain.journal import Change
from chalicelib.domain.levels import next_level
from chalicelib.domain.periods import Instant
from chalicelib.domain.recharge import Recharge, decided
from chalicelib.domain.usage import allowance_of

ROOM = 925
"""Bytes that STATE may have; the ids it leaves fit, with what a grant adds, into one write unit of the closing entry.

Counters that grow by others' hands meanwhile stay far from STATE's own second unit. It also keeps the expressions far
below DynamoDB's 4 KB: 54 events are the most that were seen in one, 1.5 KB of condition and 2.3 KB of update.
"""
BESIDE = frozenset({"e", "la", "lu", "r", "rt", "rp", "rl", "rs", "rr", "rc", "ra", "rb", "rk"})
"""What no closing entry of usage repeats: STATE may grow by as much, up to MORE, and its ids still fit the entry."""
MORE = 70
IDS = 90
"""Ids in one condition: three operators each, of DynamoDB's 300."""


@dataclass
class Update:
    """An update's clauses while they are collected."""

    adds: list[str] = field(default_factory=list)
    sets: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    values: Item = field(default_factory=dict)

    def add(self, attribute: str, amount: int) -> None:
        if amount:
            self.adds.append(f"{attribute} :{attribute}")
            self.values[f":{attribute}"] = number(amount)

    def request(self, table: str, account: str) -> Request:
        clauses = "ADD " + ", ".join(self.adds) + (" SET " + ", ".join(self.sets) if self.sets else "")
        request: Request = {
            "TableName": table,
            "Key": state_key(account),
            "UpdateExpression": clauses,
            "ConditionExpression": " AND ".join(self.terms),
            "ExpressionAttributeValues": self.values,
        }
        return request | ({"ExpressionAttributeNames": self.names} if self.names else {})


def usage_request(change: Change, table: str, catalogue: Catalogue, *, asked: bool, room: int = ROOM) -> Request | None:
    """The write for this change, or None where it must close the entry: a roll, a level, a late event, no room left."""
    before = change.before
    fresh = sorted(change.ids - before.open_ids)
    if len(fresh) > IDS or not is_ordinary(change, catalogue):
        return None
    after = replace(change.after, version=before.version + 1, open_ids=change.ids, open_sums=_open_sums(change))
    spare = _spare(state_item(after, catalogue), room)
    if spare < 0:
        return None
    update = Update()
    _count(update, change, catalogue)
    _remember(update, before, fresh, room=len(before.open_ids) + spare // (IDENTITY + 1))
    _sum_up(update, change, after, catalogue)
    _stay_short(update, change, catalogue, asked=asked)
    update.terms.append(NOT_FENCED)
    update.values[":now"] = number(change.now)
    return update.request(table, before.account)


def _spare(item: Item, room: int) -> int:
    """Bytes that are left for ids; below zero it is too big."""
    beside = item_size({name: value for name, value in item.items() if name in BESIDE})
    return room + min(beside, MORE) - item_size(item)


def is_ordinary(change: Change, catalogue: Catalogue) -> bool:
    """Whether nothing but counters moved, none of them past a level."""
    before, after = change.before, change.after
    if change.periods or change.lines or change.notices or before.period != after.period or before.lapses(change.now):
        return False
    if after.recharge is not None and decided(after.recharge, after.available, change.now) != after.recharge:
        return False
    own = before.recharge
    if own is not None and after.available < own.threshold and _heeds(own, before.available, change.now):
        return False
    if any(meter not in before.used for meter in after.used) or before.gauged_at.keys() != after.gauged_at.keys():
        return False
    return all(
        next_level(catalogue.meters[m], allowance_of(catalogue, before.plan, m), before.used[m])
        == next_level(catalogue.meters[m], allowance_of(catalogue, before.plan, m), used)
        for m, used in after.used.items()
        if used != before.used[m] and m in catalogue.meters
    )


def _open_sums(change: Change) -> dict[tuple[int, str], tuple[int, int]]:
    sums = {(day, meter): both for (_, day, meter), both in change.sums.items()}
    return sums | {(day, meter): (value, 0) for (meter, day), value in change.gauges.items()}


def _count(update: Update, change: Change, catalogue: Catalogue) -> None:
    before, after = change.before, change.after
    update.add("v", 1)
    update.add("s", after.spent - before.spent)
    for name, meter in catalogue.meters.items():
        if meter.kind == "gauge":
            _set_gauge(update, name, meter.code, before, after)
            continue
        update.add(f"u{meter.code}", after.used.get(name, 0) - before.used.get(name, 0))
        update.add(f"c{meter.code}", after.credits_used.get(name, 0) - before.credits_used.get(name, 0))


def _set_gauge(update: Update, name: str, code: str, before: State, after: State) -> None:
    """The newest value stands, if nobody set the gauge since it was read: else another day's last may be wrong.

    No other ordinary write can have moved it past a level, so any value may go.
    """
    at, used = after.gauged_at.get(name), after.used.get(name, 0)
    if at is None or (at, used) == (before.gauged_at.get(name), before.used.get(name, 0)):
        return
    update.sets += [f"u{code} = :u{code}", f"t{code} = :t{code}"]
    update.terms += [f"t{code} = :w{code}", f"u{code} = :x{code}"]
    values = {"u": used, "t": at, "w": before.gauged_at[name], "x": before.used[name]}
    update.values |= {f":{letter}{code}": number(value) for letter, value in values.items()}


def _remember(update: Update, before: State, fresh: list[bytes], room: int) -> None:
    update.adds.append("o :o")
    update.values |= {":o": {"BS": fresh}, ":n": number(before.entries), ":room": number(room)}
    update.terms.append("n = :n")
    for position, identity in enumerate(fresh):
        update.values[f":i{position}"] = {"B": identity}
        update.terms.append(f"NOT contains(o, :i{position})")
    update.terms.append("(attribute_not_exists(o) OR size(o) <= :room)")


def _sum_up(update: Update, change: Change, after: State, catalogue: Catalogue) -> None:
    """Sums by day: ADD cannot reach into a map, so each is set from what is there. Of a gauge the day's last stands."""
    before = change.before
    seen = sums_map(before, catalogue)
    update.terms.append("size(d) <= :sums")
    update.values[":sums"] = number(len(seen))
    for position, (key, more, is_sum) in enumerate(_more(before, after, catalogue)):
        update.names[f"#d{position}"] = key
        update.values[f":d{position}"] = number(more)
        if is_sum:
            update.values[":zero"] = number(0)
        was = f"if_not_exists(d.#d{position}, :zero) + " if is_sum else ""
        update.sets.append(f"d.#d{position} = {was}:d{position}")


def _more(before: State, after: State, catalogue: Catalogue) -> Iterator[tuple[str, int, bool]]:
    """What is to be put under which key, and whether it is added to what is there."""
    codes = codes_by_meter(catalogue)
    for (day, meter), (quantity, credits) in after.open_sums.items():
        was = before.open_sums.get((day, meter))
        key = sum_key(before, day, codes[meter])
        if meter in after.gauged_at:
            if was is None or was[0] != quantity:
                yield key, quantity, False
            continue
        quantity_was, credits_was = was or (0, 0)
        if quantity != quantity_was:
            yield key, quantity - quantity_was, True
        if credits != credits_was:
            yield key.upper(), credits - credits_was, True


def _stay_short(update: Update, change: Change, catalogue: Catalogue, *, asked: bool) -> None:
    """Short of its bound for each counter that moves; credits at or above the threshold that a recharge waits for.

    With `asked` they stay at or above zero, too.
    """
    before, after = change.before, change.after
    for name, meter in catalogue.meters.items():
        moved = after.used.get(name, 0) - before.used.get(name, 0)
        if not moved or meter.kind != "counter":
            continue
        bound = _bound(meter, allowance_of(catalogue, before.plan, name), before.used.get(name, 0), asked=asked)
        if bound is not None:
            update.terms.append(f"u{meter.code} < :l{meter.code}")
            update.values[f":l{meter.code}"] = number(bound - moved)
    least = _least(before, change.now, asked=asked)
    if after.spent != before.spent and least is not None:
        update.terms.append("s <= :bound")
        update.values[":bound"] = number(before.spent + after.available - least)


def _heeds(own: Recharge, available: int, now: Instant) -> bool:
    """Whether something follows from credits that fall below its threshold: it begins, the limit is told, or a new
    period is waited for, which `due` must say. A limit that no pack fits, ever, and that was told, means nothing more.
    """
    return own.waits(available, now) and (own.price <= own.limit or decided(own, own.threshold - 1, now) != own)


def _least(before: State, now: Instant, *, asked: bool) -> int | None:
    """The available credits below which this branch is not right any more; None if there are none such."""
    bounds, own = [0] if asked else [], before.recharge
    if own is not None and _heeds(own, before.available, now):
        bounds.append(own.threshold)
    return max(bounds, default=None)


def _bound(meter: Meter, allowance: Allowance | None, used: int, *, asked: bool) -> int | None:
    """The use that usage must not reach in this branch: the next level, and past the last one what may not be asked."""
    ahead = next_level(meter, allowance, used)
    if ahead is None and asked and allowance is not None and allowance.up_to is not None:
        return allowance.up_to + 1
    return ahead
