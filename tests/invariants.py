"""What must hold of an account's items at any time, read from the items alone: the journal folds to the state."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from chalicelib.adapters.dynamo.hold_records import hold_from
from chalicelib.adapters.dynamo.journal_records import lots_from, period_from
from chalicelib.adapters.dynamo.records import adjustment_from, purchase_from
from chalicelib.domain.accounts import State
from chalicelib.domain.audit import Items, of_items, of_journal
from chalicelib.domain.audit_lots import of_lots
from chalicelib.domain.fold import Fold
from chalicelib.domain.history import lines_of, open_lines
from chalicelib.domain.journal import JOURNALED, Entry
from chalicelib.domain.periods import day_of
from tests.bench.capacity import item_size
from tests.stores import Database

WRITE_UNIT = 1024


def assert_sound(database: Database, account: str) -> State:
    """Everything that can be told from one account's items; returns its state."""
    items = database.items(account)
    state, entries = database.state(account), database.entries(account)
    assert item_size(items["S"]) <= WRITE_UNIT, f"STATE has {item_size(items['S'])} bytes"
    assert_numbered(state, entries)
    assert_ids_once(state, entries)
    assert_credits(state, entries)
    assert_history(state, entries)
    assert_audited(database, items, entries)
    assert_fields(state, entries)
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
    """The totals added up line by line: what the audit adds up may be wrong itself."""
    granted = spent = expired = 0
    for entry in entries:
        spent += sum(credits for _, credits in entry.sums.values())
        for line in entry.lines:
            if line.kind == "expiry":
                expired -= line.credits
            elif line.kind != "usage":
                granted += line.credits
            elif line.meter is None:
                spent -= line.credits
        assert entry.balance == granted - spent - expired, f"balance of entry {entry.number}"
    spent += sum(credits for _, credits in state.open_sums.values())
    assert (state.granted, state.spent, state.expired) == (granted, spent, expired)


def assert_history(state: State, entries: list[Entry]) -> None:
    """What customers read adds up to what they have."""
    lines = [line for entry in entries for line in reversed(lines_of(entry))] + open_lines(state, 0)[::-1]
    balance = 0
    for line in lines:
        balance += line.credits
        assert line.balance_after == balance, f"history line {line.id}"
    assert state.balance == balance


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


def assert_audited(database: Database, items: Mapping[str, dict[str, Any]], entries: list[Entry]) -> None:
    """Nothing that the service's own audit would find, but for what time and Stripe say."""
    state, catalogue = database.state(entries[0].account), database.catalogue
    fold = Fold(state, catalogue)
    for entry in reversed(entries):
        fold.take(entry)
    fold.end(is_cut=False)
    version, queue = lots_from(items["L"]) if "L" in items else (None, ())
    beside = Items(
        periods=[period_from(item, catalogue) for sk, item in items.items() if sk.startswith("P#")],
        lots=queue if version == state.lots_version else None,
        holds=[hold_from(items[f"H#{sk.split('#', 2)[2]}"], catalogue) for sk in items if sk.startswith("X#")],
        newest=entries[-1].number,
    )
    given = [adjustment_from(item) for sk, item in items.items() if sk.startswith("J#")]
    ordered = {each.id: each.at for each in (purchase_from(i) for sk, i in items.items() if sk.startswith("B#"))}
    expiries = {each.id: each.expires_at for each in given if each.expires_at}
    assert of_journal(fold) + of_items(fold, beside, now=0) == []
    assert list(of_lots(fold, queue, expiries, ordered)) == []
