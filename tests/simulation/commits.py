"""What must hold after every write of an account, told from the items alone and from the oracle beside them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.adapters.dynamo.hold_records import hold_from
from chalicelib.adapters.dynamo.journal_records import entry_from, lots_from, period_from
from chalicelib.adapters.dynamo.records import profile_from
from chalicelib.adapters.dynamo.sizes import item_size
from chalicelib.adapters.dynamo.state import state_from
from chalicelib.adapters.dynamo.usage import BESIDE, MORE
from chalicelib.domain.accounts import State, next_due
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.corrections import Correction
from chalicelib.domain.credits import lots_left
from chalicelib.domain.holds import Hold
from chalicelib.domain.journal import Entry
from chalicelib.domain.usage import UsageEvent
from tests.simulation.coming import book
from tests.simulation.decoded import Decoded
from tests.simulation.ledger import Ledger
from tests.simulation.oracle import Account, Crossings, Days
from tests.simulation.table import Change

GROWTH = 24
"""Bytes by which counters grow through others' hands while a write is on its way."""
SLACK = 60
"""Seconds that a write may take from its look at the clock, at most."""
Items = Mapping[str, Any]
PAID = frozenset({"paid", "partially_refunded", "refunded", "disputed"})


@dataclass(frozen=True)
class When:
    """The world's clock at a write, and what the process that wrote took the time to be, if it said so."""

    clock: int
    said: int


@dataclass
class Journal:
    """The fold of an account's entries so far."""

    entries: int = 0
    day: int = 0
    balance: int = 0
    ids: set[bytes] = field(default_factory=set)
    totals: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    days: Days = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)

    def fold(self, entry: Entry) -> None:
        """Takes in the next entry; it must be the next."""
        assert entry.number == self.entries, f"entry {entry.number} after {self.entries - 1}"
        assert entry.day >= self.day == entry.day_before, "the day went back"
        assert not entry.ids & self.ids, "an id in two entries"
        self.entries, self.day = entry.number + 1, entry.day
        self.ids |= entry.ids
        over = sum(line.credits for line in entry.lines if line.kind == "expiry")
        self.balance += entry.granted - entry.spent + over
        assert entry.balance == self.balance, "running balance"
        summed = sum(credits for _, credits in entry.sums.values())
        lone = sum(line.credits for line in entry.lines if line.kind == "usage" and line.meter is None)
        assert entry.spent == summed - lone, "credits of the sums and of what was captured for no meter"
        for (start, day, meter), (quantity, credits) in entry.sums.items():
            total = self.totals.setdefault((start, meter), [0, 0])
            total[0] += quantity
            total[1] += credits
            added(self.days, (day, meter), (quantity, credits))
        self.days |= {(day, meter): (value, 0) for (meter, day), value in entry.gauges.items()}
        self.told += [notice.id for notice in entry.notices]
        self.fields |= entry.changed


def added(days: Days, key: tuple[int, str], more: tuple[int, int]) -> None:
    before = days.get(key, (0, 0))
    days[key] = before[0] + more[0], before[1] + more[1]


def something(days: Days) -> Days:
    """Without the days of nothing."""
    return {key: both for key, both in days.items() if both != (0, 0)}


def never_back(change: Change) -> None:
    """What only ever goes forward, whatever order the writes come in."""
    old, new, sk = change.old or {}, change.new or {}, change.keys.get("sk", {}).get("S", "")
    if change.table == "ephemeral":
        assert not old.get("done", {}).get("BOOL") or new["done"]["BOOL"], "a done event is open again"
    if sk == "PROFILE" and old:
        was, now = profile_from(old), profile_from(new)
        assert now.version == was.version + 1, "a profile written over another"
    if sk == "D" and old:
        assert int(new["n"]["N"]) > int(old["n"]["N"]), "a projection went back"
    if sk.startswith("B#") and old:
        was, now = old["state"]["S"], new["state"]["S"]
        assert was == "open" or now in PAID, f"a purchase that was {was} is {now}"
        assert was not in ("expired", "paid") or was != now, "settled twice"


class Watch:
    """One account under watch: its journal, and the oracle it is held against."""

    def __init__(
        self,
        catalogue: Catalogue,
        created: int,
        events: Mapping[bytes, UsageEvent],
        corrections: Mapping[bytes, Correction],
    ):
        self.catalogue, self.events, self.corrections = catalogue, events, corrections
        self.state = Decoded(lambda image: state_from(image, catalogue))
        self.entry = Decoded(lambda image: entry_from(image, catalogue))
        self.period = Decoded(lambda image: period_from(image, catalogue))
        self.hold = Decoded(lambda image: hold_from(image, catalogue))
        self.lots = Decoded(lots_from)
        self.oracle, self.journal, self.ledger = Account(catalogue, created), Journal(), Ledger()
        self.plain, self.closings = 0, 0
        self.pasts: list[Days] = [{}]
        """Usage by day after each write."""

    def opened(self, state: State, entry: Entry) -> None:
        self.journal.day = state.day
        self.journal.fold(entry)

    def committed(
        self, old: Items, new: Items, others: Mapping[str, Items], items: Mapping[str, Items], when: When, room: int
    ) -> None:
        """One write of STATE with the other items that were written with it; `items` are all of the account now."""
        before, after = self.state(old), self.state(new)
        beside = item_size({name: value for name, value in new.items() if name in BESIDE})
        assert item_size(new) <= room + min(beside, MORE) + GROWTH or not after.open_ids, (
            f"STATE of {item_size(new)} bytes"
        )
        rows = [self.entry(row) for sk, row in others.items() if sk.startswith("E#")]
        if not rows and before.open_ids == after.open_ids:
            return
        entry = rows[0] if rows else None
        assert not self.fenced(before, entry, when.clock), "usage went through a fence"
        now = when.said if entry is None else entry.at if entry.cause == "usage" else entry.at - SLACK
        is_expiry = entry is not None and entry.cause.startswith("expiry:")
        moved = after.spent != before.spent or entry is not None
        assert is_expiry or not moved or not self.oracle.lots.lapsed(now), "written over what had expired"
        holds = [self.hold(row) for sk, row in others.items() if sk.startswith("H#")]
        was = (self.oracle.current.period, self.oracle.current.plan, dict(self.oracle.current.used))
        self.oracle.moves = []
        self.apply(before, after, entry, holds)
        if entry:
            book(self.oracle, entry, others)
        self.ledger.take(self.oracle.moves, closes=entry is not None)
        self.pasts.append(something(self.oracle.days))
        self.compare(after, entry, items)
        self.compare_told(entry, self.oracle.crossed(was))
        self.compare_days(after)
        self.compare_holds(after, holds, items)

    def fenced(self, before: State, entry: Entry | None, clock: int) -> bool:
        """Whether usage went through; an ordinary write does not tell when its process thought it was."""
        now = clock + 10 if entry is None else entry.at if entry.cause == "usage" else None
        return now is not None and before.fence is not None and before.fence > now

    def apply(self, before: State, after: State, entry: Entry | None, holds: Iterable[Hold]) -> None:
        """The oracle does the same."""
        fresh = ((entry.ids if entry else frozenset()) | after.open_ids) - before.open_ids
        now = entry.at if entry else after.period.end - 1
        if entry:
            self.closings += 1
            self.oracle.advance(entry.at)
        else:
            self.plain += 1
        self.take(fresh, now, corrects=entry is not None and entry.cause.startswith("correction:"))
        asked = [identity for identity in fresh if identity in self.events and self.events[identity].id[:3] == "ask"]
        assert not asked or after.spent == before.spent or after.available >= 0, "consume went below zero"
        for hold in holds:
            self.oracle.hold(hold, now)
        if entry and "anchor" in entry.changed:
            self.oracle.anchored(entry.changed["anchor"], entry.at)
        if entry and "plan" in entry.changed:
            self.oracle.current.plan = entry.changed["plan"]

    def take(self, fresh: frozenset[bytes], now: int, *, corrects: bool) -> None:
        """What one write has counted, in the order in which it was sent."""
        if corrects:
            [identity] = fresh
            self.oracle.correct(self.corrections[identity], now)
            return
        for identity in fresh if len(fresh) < 2 else [each for each in self.events if each in fresh]:
            self.oracle.count(self.events[identity], now)

    def compare(self, after: State, entry: Entry | None, items: Mapping[str, Items]) -> None:
        """Everything that can be compared with what the account should be."""
        tally = self.oracle.current
        if entry:
            self.journal.fold(entry)
            assert after.due == next_due(after, self.catalogue), "due"
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
        assert not self.journal.ids & after.open_ids, "an id twice"
        assert len(self.journal.ids) + len(after.open_ids) == len(self.oracle.accepted), "ids"
        assert all(getattr(after, name) == value for name, value in self.journal.fields.items() if name != "period")
        self.compare_rows(after, items)

    def compare_rows(self, after: State, items: Mapping[str, Items]) -> None:
        """The lots and the closed periods; periods of nothing but zeros need not be there."""
        version, queue = self.lots(items["L"]) if "L" in items else (None, ())
        assert version == after.lots_version, "LOTS of another write"
        left = {lot.id: lot.left for lot in lots_left(queue, after.balance)}
        assert left == self.oracle.lots.left(), f"lots {left}, not {self.oracle.lots.all}"
        rows = [self.period(item) for sk, item in items.items() if sk.startswith("P#")]
        kept = {row.period.start: row for row in rows}
        for tally in self.oracle.tallies[:-1]:
            row = kept.get(tally.period.start)
            if row is None:
                assert not any(tally.credits.values()), "a closed period is missing"
                continue
            assert (row.period, row.plan) == (tally.period, tally.plan), "closed period"
            assert {m: n for m, n in row.used.items() if n} == {m: n for m, n in tally.used.items() if n}, "late events"

    def compare_told(self, entry: Entry | None, crossed: Crossings) -> None:
        """Every level that was crossed is told by this very write, under an id of its own."""
        notices = [notice for notice in entry.notices if notice.meter] if entry else []
        assert [(notice.meter, notice.kind) for notice in notices] == crossed, f"told {notices}, not {crossed}"
        assert len(set(self.journal.told)) == len(self.journal.told), "told twice"

    def compare_days(self, after: State) -> None:
        """The entries and the open sums tell each day."""
        days = dict(self.journal.days)
        for (day, meter), both in after.open_sums.items():
            if meter in after.gauged_at:
                days[day, meter] = both
            else:
                added(days, (day, meter), both)
        assert something(days) == self.pasts[-1], f"days {something(days)}, not {self.pasts[-1]}"

    def compare_holds(self, after: State, holds: Iterable[Hold], items: Mapping[str, Items]) -> None:
        """What is held is the sum of the open ones, each found by when it expires; no hold takes what is not there."""
        open_ones = self.oracle.open_holds
        assert (after.held, after.holds) == (sum(hold.credits for hold in open_ones), len(open_ones)), "held"
        until = after.holds_until
        assert (until is None) == (not open_ones), "a hold that nobody looks after"
        assert until is None or until <= min(hold.expires_at for hold in open_ones), "looked after too late"
        named = {sk.split("#", 2)[2] for sk in items if sk.startswith("X#")}
        assert named == {hold.id for hold in open_ones}, "open holds by their instant"
        assert all(hold.state != "open" or after.available >= 0 for hold in holds), "a hold below zero"
