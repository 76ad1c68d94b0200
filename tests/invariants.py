"""What must hold of an account's items at any time, read from the items alone: the journal folds to the state."""

from collections import Counter
from typing import Any

from chalicelib.adapters.dynamo.journal_records import lots_from, period_from
from chalicelib.adapters.dynamo.state import meters_by_code
from chalicelib.domain.accounts import ClosedPeriod, State
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.credits import lots_left
from chalicelib.domain.journal import JOURNALED, Entry
from chalicelib.domain.periods import Instant, day_of
from tests.bench.capacity import item_size
from tests.stores import Database

WRITE_UNIT = 1024

Totals = Counter[tuple[Instant, str]]
"""By start of the period and meter."""


def assert_sound(database: Database, account: str) -> State:
    """Everything that can be told from one account's items; returns its state."""
    items = database.items(account)
    state, entries = database.state(account), database.entries(account)
    assert item_size(items["S"]) <= WRITE_UNIT, f"STATE has {item_size(items['S'])} bytes"
    assert_numbered(state, entries)
    assert_ids_once(state, entries)
    assert_credits(state, entries)
    closed = [period_from(item, database.catalogue) for sk, item in items.items() if sk.startswith("P#")]
    assert_counters(state, entries, closed, database.catalogue)
    assert_fields(state, entries)
    assert_lots(state, items.get("L"))
    return state


def assert_numbered(state: State, entries: list[Entry]) -> None:
    """Without gaps, each knowing the day of the one before."""
    assert [entry.number for entry in entries] == list(range(state.entries))
    assert [entry.day for entry in entries] == sorted(entry.day for entry in entries)
    assert [entry.day_before for entry in entries[1:]] == [entry.day for entry in entries[:-1]]
    assert entries[-1].day == state.day


def assert_ids_once(state: State, entries: list[Entry]) -> None:
    counted = Counter(identity for entry in entries for identity in entry.ids) + Counter(state.open_ids)
    assert all(times == 1 for times in counted.values()), "an id counted twice"


def assert_credits(state: State, entries: list[Entry]) -> None:
    """The running balance of the entries, and of the open one at their end."""
    balance = 0
    for entry in entries:
        held = [line for line in entry.lines if line.kind == "usage" and line.meter is None]
        assert entry.spent == sum(credits for _, credits in entry.sums.values()) - sum(line.credits for line in held)
        assert entry.granted == sum(line.credits for line in entry.lines if line.kind != "usage")
        balance += entry.granted - entry.spent
        assert entry.balance == balance, f"balance of entry {entry.number}"
    opened = sum(credits for _, credits in state.open_sums.values())
    assert state.balance == balance - opened
    assert state.granted == sum(entry.granted for entry in entries)
    assert state.spent == sum(entry.spent for entry in entries) + opened


def assert_counters(state: State, entries: list[Entry], closed: list[ClosedPeriod], catalogue: Catalogue) -> None:
    """What the entries and the open sums add up to is what each period says it used."""
    used, credits = Totals(), Totals()
    # A process that does not know a meter writes its letter; one that does may read it.
    known = {f"?{code}": meter for code, meter in meters_by_code(catalogue).items()}
    for entry in entries:
        for (start, _, meter), (quantity, spent) in entry.sums.items():
            used[start, known.get(meter, meter)] += quantity
            credits[start, known.get(meter, meter)] += spent
    for (_, meter), (quantity, spent) in state.open_sums.items():
        if meter not in state.gauged_at:
            used[state.period.start, meter] += quantity
            credits[state.period.start, meter] += spent
    told_used, told_credits = Totals(), Totals()
    for period in (*closed, ClosedPeriod(state.period, state.plan, state.used, state.credits_used)):
        counters = {known.get(m, m): n for m, n in period.used.items() if known.get(m, m) not in state.gauged_at}
        told_used.update({(period.period.start, m): n for m, n in counters.items()})
        told_credits.update({(period.period.start, known.get(m, m)): n for m, n in period.credits_used.items()})
    assert +used == +told_used
    assert +credits == +told_credits


def assert_fields(state: State, entries: list[Entry]) -> None:
    """Plan, standing, seats and periods are what the entries set last; gauges as far as entries know them."""
    folded: dict[str, Any] = {}
    for entry in entries:
        folded |= entry.changed
    assert folded == {name: getattr(state, name) for name in JOURNALED}
    readings = {key: value for entry in entries for key, value in entry.gauges.items()}
    readings |= {(meter, day): value for (day, meter), (value, _) in state.open_sums.items()}
    for meter, at in state.gauged_at.items():
        assert state.used[meter] == readings.get((meter, day_of(at)), 0)


def assert_lots(state: State, item: dict[str, Any] | None) -> None:
    version, queue = lots_from(item) if item else (None, ())
    assert version == state.lots_version
    left = lots_left(queue, state.granted, state.spent)
    assert sum(lot.left for lot in left) == max(0, state.balance)
