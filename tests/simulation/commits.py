"""What must hold after every write of an account, told from the items alone and from the oracle beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.adapters.dynamo.journal_records import entry_from, lots_from, period_from
from chalicelib.adapters.dynamo.records import profile_from
from chalicelib.adapters.dynamo.sizes import item_size
from chalicelib.adapters.dynamo.state import state_from
from chalicelib.domain.accounts import State, next_due
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.credits import lots_left
from chalicelib.domain.journal import Entry
from chalicelib.domain.usage import UsageEvent, allowance_of, next_level
from tests.simulation.oracle import Account
from tests.simulation.table import Change

GROWTH = 24
"""Bytes by which counters grow through others' hands while a write is on its way."""
Items = Mapping[str, Any]


@dataclass
class Journal:
    """The fold of an account's entries so far."""

    entries: int = 0
    day: int = 0
    balance: int = 0
    ids: set[bytes] = field(default_factory=set)
    totals: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)

    def fold(self, entry: Entry) -> None:
        """Takes in the next entry; it must be the next."""
        assert entry.number == self.entries, f"entry {entry.number} after {self.entries - 1}"
        assert entry.day >= self.day == entry.day_before, "the day went back"
        assert not entry.ids & self.ids, "an id in two entries"
        self.entries, self.day = entry.number + 1, entry.day
        self.ids |= entry.ids
        self.balance += entry.granted - entry.spent
        assert entry.balance == self.balance, "running balance"
        assert entry.spent == sum(credits for _, credits in entry.sums.values()), "credits of the sums"
        for (start, _, meter), (quantity, credits) in entry.sums.items():
            total = self.totals.setdefault((start, meter), [0, 0])
            total[0] += quantity
            total[1] += credits
        self.told += [notice.id for notice in entry.notices]
        self.fields |= entry.changed


def never_back(change: Change) -> None:
    """What only ever goes forward, whatever order the writes come in."""
    old, new, sk = change.old or {}, change.new or {}, change.keys.get("sk", {}).get("S", "")
    if change.table == "ephemeral":
        assert not old.get("done", {}).get("BOOL") or new["done"]["BOOL"], "a done event is open again"
    if sk == "PROFILE" and old:
        was, now = profile_from(old), profile_from(new)
        assert now.version == was.version + 1, "a profile written over another"
    if sk.startswith("B#") and old:
        assert old["state"]["S"] == "open", "a settled purchase moved"


class Watch:
    """One account under watch: its journal, and the oracle it is held against."""

    def __init__(self, catalogue: Catalogue, created: int, events: Mapping[bytes, UsageEvent]):
        self.catalogue, self.events = catalogue, events
        self.oracle, self.journal = Account(catalogue, created), Journal()
        self.plain, self.closings = 0, 0

    def opened(self, state: State, entry: Entry) -> None:
        self.journal.day = state.day
        self.journal.fold(entry)

    def committed(
        self, old: Items, new: Items, others: Mapping[str, Items], items: Mapping[str, Items], clock: int, room: int
    ) -> None:
        """One write of STATE with the other items that were written with it; `items` are all of the account now."""
        before, after = state_from(old, self.catalogue), state_from(new, self.catalogue)
        assert item_size(new) <= room + GROWTH or not after.open_ids, f"STATE of {item_size(new)} bytes"
        rows = [entry_from(row, self.catalogue) for sk, row in others.items() if sk.startswith("E#")]
        if not rows and before.open_ids == after.open_ids:
            return
        entry = rows[0] if rows else None
        assert not self.fenced(before, entry, clock), "usage went through a fence"
        self.apply(before, after, entry)
        self.compare(before, after, entry, items)

    def fenced(self, before: State, entry: Entry | None, clock: int) -> bool:
        """Whether usage went through; an ordinary write does not tell when its process thought it was."""
        now = clock + 10 if entry is None else entry.at if entry.cause == "usage" else None
        return now is not None and before.fence is not None and before.fence > now

    def apply(self, before: State, after: State, entry: Entry | None) -> None:
        """The oracle does the same."""
        fresh = ((entry.ids if entry else frozenset()) | after.open_ids) - before.open_ids
        now = entry.at if entry else after.period.end - 1
        if entry:
            self.closings += 1
            self.oracle.advance(entry.at)
        else:
            self.plain += 1
        for identity in sorted(fresh, key=lambda each: self.events[each].at):
            self.oracle.count(self.events[identity], now)
        asked = [identity for identity in fresh if self.events[identity].id.startswith("ask")]
        assert not asked or after.spent == before.spent or after.available >= 0, "consume went below zero"
        for line in entry.lines if entry else ():
            self.oracle.grant(line.cause, line.credits)
        if entry and "anchor" in entry.changed:
            self.oracle.anchored(entry.changed["anchor"], entry.at)
        if entry and "plan" in entry.changed:
            self.oracle.current.plan = entry.changed["plan"]

    def compare(self, before: State, after: State, entry: Entry | None, items: Mapping[str, Items]) -> None:
        """Everything that can be compared."""
        tally = self.oracle.current
        if entry:
            self.journal.fold(entry)
            assert after.due == next_due(after, self.catalogue), "due"
        else:
            assert all(self.level(before, m) == self.level(after, m) for m in after.used), "a level crossed in silence"
        assert (after.period, after.plan) == (tally.period, tally.plan), f"period {after.period}, not {tally.period}"
        assert {m: n for m, n in after.used.items() if n} == {m: n for m, n in tally.used.items() if n}, (
            f"counters {after.used}, not {tally.used}"
        )
        assert {m: n for m, n in after.credits_used.items() if n} == {m: n for m, n in tally.credits.items() if n}
        assert after.balance == self.oracle.balance, f"balance {after.balance}, not {self.oracle.balance}"
        assert after.entries == self.journal.entries
        opened = sum(credits for _, credits in after.open_sums.values())
        assert self.journal.balance - opened == after.balance, "the journal does not fold to the state"
        for meter in after.credits_used:
            folded = self.journal.totals.get((after.period.start, meter), [0, 0])[0]
            folded += sum(both[0] for (_, name), both in after.open_sums.items() if name == meter)
            assert folded == after.used[meter], f"the journal's sums of {meter} do not fold to the counter"
        told = [notice for notice in self.journal.told if ":disk:" not in notice]
        assert len(set(told)) == len(told), "told twice"
        assert not self.journal.ids & after.open_ids, "an id twice"
        counted = {self.events[identity].id for identity in self.journal.ids | after.open_ids}
        assert counted == self.oracle.accepted, "ids"
        assert all(getattr(after, name) == value for name, value in self.journal.fields.items() if name != "period")
        self.compare_rows(after, items)

    def compare_rows(self, after: State, items: Mapping[str, Items]) -> None:
        """The lots and the closed periods; periods of nothing but zeros need not be there."""
        version, queue = lots_from(items["L"]) if "L" in items else (None, ())
        assert version == after.lots_version, "LOTS of another write"
        left = {lot.id: lot.left for lot in lots_left(queue, after.granted, after.spent)}
        assert left == {str(lot[0]).removeprefix("purchase:"): lot[1] for lot in self.oracle.lots if lot[1]}, "lots"
        rows = [period_from(item, self.catalogue) for sk, item in items.items() if sk.startswith("P#")]
        kept = {row.period.start: row for row in rows}
        for tally in self.oracle.tallies[:-1]:
            row = kept.get(tally.period.start)
            if row is None:
                assert not any(tally.credits.values()), "a closed period is missing"
                continue
            assert (row.period, row.plan) == (tally.period, tally.plan), "closed period"
            assert {m: n for m, n in row.used.items() if n} == {m: n for m, n in tally.used.items() if n}, "late events"

    def level(self, state: State, meter: str) -> int | None:
        allowance = allowance_of(self.catalogue, state.plan, meter)
        return next_level(self.catalogue.meters[meter], allowance, state.used[meter])
