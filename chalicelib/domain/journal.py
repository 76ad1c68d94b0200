"""The journal: an account's numbered, immutable entries, and the change that writes the next one.

Every write but ordinary usage closes the open entry. A Change is built on the state as read and holds everything that
one atomic write must contain; whether that state still stands is the store's condition, not decided here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.domain.accounts import ClosedPeriod, State, closed, in_period, next_due
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.credits import Lot, lapsed, lots_left, with_lot, with_more, without
from chalicelib.domain.levels import crossings
from chalicelib.domain.money import Money
from chalicelib.domain.notices import Notice
from chalicelib.domain.periods import Instant, Period, day_of, period_at
from chalicelib.domain.recharge import Recharge, decided, told

Readings = Mapping[tuple[str, int], int]
"""Gauges by (meter, day): the last value of that day."""
PeriodSums = dict[tuple[Instant, int, str], tuple[int, int]]
"""Usage by (start of the period, day, meter): (quantity, credits)."""


SERVICE = "service"
"""The actor of what nobody asked for: what Stripe tells, and what time brings."""
ENTRIES = 10**8
"""More entries than an account can have."""


@dataclass(frozen=True)
class Line:
    """One line of the credit history of its own; `credits` is signed.

    A line of usage names what it moved of a meter, which is in the entry's sums, too.
    """

    kind: str
    credits: int
    cause: str
    money: Money | None = None
    note: str | None = None
    meter: str | None = None
    quantity: int | None = None


@dataclass(frozen=True)
class Touch:
    """One thing that an entry changed, for the audit log: before and after, None where it was not there.

    Both hold plain values and no personal data: entries are never erased.
    """

    what: str
    id: str | None
    before: Any
    after: Any


@dataclass(frozen=True)
class Entry:
    """One closed entry: the usage since the entry before it, then what closed it.

    `balance` is the credit balance after it, `granted` and `spent` what it added to the totals, `changed` the state's
    other fields that it set, `note` why, in the words of whoever asked for it.
    """

    account: str
    number: int
    day: int
    day_before: int
    at: Instant
    balance: int
    granted: int
    spent: int
    ids: frozenset[bytes]
    sums: PeriodSums
    gauges: Readings
    changed: Mapping[str, Any]
    lines: tuple[Line, ...] = ()
    notices: tuple[Notice, ...] = ()
    cause: str = "usage"
    actor: str = SERVICE
    note: str | None = None
    touched: tuple[Touch, ...] = ()

    @property
    def position(self) -> int:
        """Where the entry stands among the account's: it is found by its day, too."""
        return self.day * ENTRIES + self.number

    @property
    def is_logged(self) -> bool:
        """Whether the audit log shows it: nothing that is only usage."""
        return bool(self.touched or self.lines)


@dataclass(frozen=True)
class Change:
    """What one closing write does: the state before and after, and what goes into the entry and beside it."""

    before: State
    after: State
    now: Instant
    sums: PeriodSums
    ids: frozenset[bytes]
    gauges: Readings = field(default_factory=dict[tuple[str, int], int])
    lines: tuple[Line, ...] = ()
    notices: tuple[Notice, ...] = ()
    periods: Mapping[Instant, ClosedPeriod] = field(default_factory=dict[Instant, ClosedPeriod])
    lots: tuple[Lot, ...] | None = None
    cause: str = "usage"
    actor: str = SERVICE
    note: str | None = None
    touched: tuple[Touch, ...] = ()

    def because(self, cause: str, actor: str = SERVICE) -> "Change":
        """The same change with its cause and who asked for it."""
        return replace(self, cause=cause, actor=actor)

    def setting(self, **fields: Any) -> "Change":
        """The state's fields set to new values."""
        return replace(self, after=replace(self.after, **fields))

    def noticing(self, *notices: Notice) -> "Change":
        return replace(self, notices=(*self.notices, *notices))

    def touching(self, *touched: Touch) -> "Change":
        return replace(self, touched=(*self.touched, *touched))

    def granting(self, lot: Lot, queue: Iterable[Lot], line: Line) -> "Change":
        """Credits come in as a lot of their own; a debt is paid from them first."""
        lots = with_lot(self._lots_left(queue), lot, self.after.balance)
        return self.setting(granted=self.after.granted + lot.credits)._queued(lots, line)

    def returning(self, lot: Lot, queue: Iterable[Lot], line: Line) -> "Change":
        """Credits that were spent come back, to be spent next: nobody remembers the lots that are used up."""
        lots = with_lot(self._lots_left(queue), lot, self.after.balance, first=True)
        return self.setting(spent=self.after.spent - lot.credits)._queued(lots, line)

    def taking(self, lot_id: str, credits: int, queue: Iterable[Lot], line: Line) -> "Change":
        """Credits go that had come in with this lot; where they are spent already that is debt."""
        lots = without(self._lots_left(queue), lot_id, credits)
        return self.setting(granted=self.after.granted - credits)._queued(lots, line)

    def giving_back(self, lot: Lot, queue: Iterable[Lot], line: Line) -> "Change":
        """What had been taken of this lot comes back to it; a debt is paid from that first."""
        lots = with_more(self._lots_left(queue), lot, self.after.balance)
        return self.setting(granted=self.after.granted + lot.left)._queued(lots, line)

    def expiring(self, queue: Iterable[Lot]) -> "Change":
        """What has expired by now goes, a line for each lot."""
        left = self._lots_left(queue)
        over = lapsed(left, self.now)
        lines = tuple(Line("expiry", -lot.left, f"expiry:{lot.id}") for lot in over)
        change = self.setting(expired=self.after.expired + sum(lot.left for lot in over))
        return change._queued(left[len(over) :], *lines)

    def _lots_left(self, queue: Iterable[Lot]) -> tuple[Lot, ...]:
        return lots_left(tuple(queue), self.after.balance)

    def _queued(self, lots: tuple[Lot, ...], *lines: Line) -> "Change":
        """With this queue; the state knows of its head when it expires and where it ends."""
        state, head = self.after, lots[0] if lots else None
        ends = head.expires_at if head else None
        upto = state.spent + state.expired + head.left if head and ends is not None else 0
        change = self.setting(lots_version=self.before.entries, lapses_at=ends, lapses_upto=upto)
        return replace(change, lots=lots, lines=(*self.lines, *lines))

    def anchored(self, at: Instant, catalogue: Catalogue) -> "Change":
        """A first subscription ends the usage period where it starts, and every later period counts from there.

        Of one that started before this period we hear late: then the last of its months to begin ends this period,
        and if none began in it only its end moves.
        """
        start = self.after.period.start
        month = period_at(at, max(start, self.now))
        begins = at if at >= start else month.start
        if begins < start or (begins == start and (at < start or not self._counted())):
            return self.setting(anchor=at, period=Period(start, month.end))
        # What was used in the very second of its start is closed with that second.
        cut = max(begins, start + 1)
        ended = replace(closed(self.after), period=Period(start, cut))
        first = Period(cut, period_at(at, begins).end)
        after = replace(in_period(self.after, first, catalogue), anchor=at, recharge=self._recharge_since(start))
        change = replace(self, after=after, periods={**self.periods, start: ended})
        return rolled(change, catalogue) if self.now >= first.end else change

    def _recharge_since(self, start: Instant) -> Recharge | None:
        """What was charged in a period cut short still counts against the spending limit."""
        own = self.after.recharge
        return own and replace(own, since=start if own.since is None else own.since)

    def _counted(self) -> bool:
        """Whether this period's counters have moved."""
        return any(self.after.used[meter] for meter in self.after.credits_used)

    def finished(self, catalogue: Catalogue) -> tuple[State, Entry]:
        """The state as it will stand and the entry that says how it came to."""
        before, day = self.before, max(self.before.day, day_of(self.now))
        after = replace(
            self.after,
            version=before.version + 1,
            entries=before.entries + 1,
            day=day,
            fence=None,
            open_ids=frozenset(),
            open_sums={},
        )
        after, recharging = self._recharging(after, catalogue.currency)
        after = replace(after, due=next_due(after, catalogue))
        notices = (*self.notices, *crossings(before, after, catalogue), *recharging)
        # Whoever has erased an account is told nothing about it any more.
        notices = notices if after.erased is None else ()
        touched = (*self.touched, *_touched(before, after))
        already = sum(credits for _, credits in before.open_sums.values())
        return after, Entry(
            account=before.account,
            number=before.entries,
            day=day,
            day_before=before.day,
            at=self.now,
            balance=after.balance,
            granted=after.granted - before.granted,
            spent=after.spent - before.spent + already,
            ids=self.ids,
            sums=self.sums,
            gauges=self.gauges,
            changed=changed_fields(before, after),
            lines=self.lines,
            notices=notices,
            cause=self.cause,
            actor=self.actor,
            note=self.note,
            touched=touched,
        )

    def _recharging(self, after: State, currency: str) -> tuple[State, tuple[Notice, ...]]:
        """The state with its recharge begun where the credits that are left call for one."""
        if after.recharge is None:
            return after, ()
        recharge = decided(after.recharge, after.available, self.now)
        notices = told(after.recharge, recharge, after.account, after.period.start, currency)
        return replace(after, recharge=recharge), notices


JOURNALED = (
    "plan", "standing", "grace_until", "seats_bought", "seats_active", "anchor", "period", "held", "holds", "expired",
    "recharge", "erased",
)  # fmt: skip


def changed_fields(before: State, after: State) -> dict[str, Any]:
    """The fields that only entries change, where they differ."""
    return {name: getattr(after, name) for name in JOURNALED if getattr(before, name) != getattr(after, name)}


LOGGED = ("plan", "standing", "grace_until", "seats_bought", "seats_active")
"""Those of them whose changes the audit log tells: the others follow from time, credits or their own records."""


def _touched(before: State, after: State) -> Iterator[Touch]:
    for name in LOGGED:
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield Touch(name, None, was, now)


def begin(state: State, now: Instant, catalogue: Catalogue) -> Change:
    """A change on this state at `now`; a period that has ended is closed first."""
    start = state.period.start
    counters = {key: both for key, both in state.open_sums.items() if key[1] not in state.gauged_at}
    sums = {(start, day, meter): both for (day, meter), both in counters.items()}
    gauges = {(meter, day): value for (day, meter), (value, _) in state.open_sums.items() if meter in state.gauged_at}
    change = Change(state, state, now, sums, state.open_ids, gauges)
    return rolled(change, catalogue) if now >= state.period.end else change


def rolled(change: Change, catalogue: Catalogue) -> Change:
    """The ended period closed, the one that holds now opened; of the empty months between, the last two are kept.

    Events are taken 35 days back, so no event can fall into an older one.
    """
    state, periods = change.after, {change.after.period.start: closed(change.after)}
    current = period_at(state.anchor, change.now)
    between = [period_at(state.anchor, current.start - 1)]
    between.append(period_at(state.anchor, between[0].start - 1))
    for period in between:
        if period.start >= state.period.end:
            periods[period.start] = closed(in_period(state, period, catalogue))
    return replace(change, after=in_period(state, current, catalogue), periods={**change.periods, **periods})
