"""The journal folded once more, newest entry first, to be compared with the state that every write has kept.

What is remembered are sums of the periods that are asked about, the purchases granted, and of each entry by which
credits came or went no more than that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.domain.accounts import State
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.credits import BY_HAND, BY_RULE
from chalicelib.domain.findings import BALANCE_BREAKS, ENTRY_MISSING, GRANTED_TWICE, Finding
from chalicelib.domain.journal import JOURNALED, Entry
from chalicelib.domain.periods import Instant
from chalicelib.domain.usage import AHEAD, LARGEST

GRANTS = frozenset({BY_HAND, BY_RULE})

Sums = dict[tuple[Instant, str], tuple[int, int]]
"""By start of the period and meter: quantity and credits."""


@dataclass
class Fold:
    """What the entries below the state come to, of usage what fell into periods from `since` on.

    Sums are right back to `reached` and end at the first gap; `is_whole` once they go back to the account's first day.
    `balance` is what the entry before the last one taken must have come to, `lots_balance` what the one left that wrote
    the queue of lots; None where that is not known. `grants` are the causes of purchases and their instants, `settled`
    what the reasons of adjustments name: a hand saw to that. `moved` are the entries that moved credits, newest first.
    """

    state: State
    catalogue: Catalogue
    since: Instant = 0
    number: int = -1
    reached: Instant = LARGEST
    balance: int | None = None
    newest_balance: int | None = None
    lots_balance: int | None = None
    granted: int = 0
    spent: int = 0
    expired: int = 0
    is_whole: bool = True
    changed: dict[str, Any] = field(default_factory=dict[str, Any])
    sums: Sums = field(default_factory=Sums)
    settled: set[str] = field(default_factory=set[str])
    grants: dict[str, Instant] = field(default_factory=dict[str, Instant])
    moved: list[Entry] = field(default_factory=list[Entry])
    findings: list[Finding] = field(default_factory=list[Finding])

    def __post_init__(self) -> None:
        self.number = self.state.entries
        self._meters = {f"?{meter.code}": meter.id for meter in self.catalogue.meters.values()}
        state = self.state
        open_usage = [(meter, both) for (_, meter), both in state.open_sums.items() if meter not in state.gauged_at]
        for meter, both in open_usage:
            self._add(state.period.start, meter, both)

    def take(self, entry: Entry) -> None:
        """The next older entry; those that were closed after the state was read are left out."""
        if entry.number >= self.state.entries:
            return
        self._number(entry)
        self._balance(entry)
        self._grants(entry)
        if entry.spent or entry.lines:
            self.moved.append(replace(entry, ids=frozenset(), sums={}, gauges={}, changed={}, notices=()))
        if self.is_whole:
            self._sum(entry)

    def end(self, *, is_cut: bool) -> None:
        """No older entry is there, or none was asked for where the reading was cut short."""
        if self.number and not is_cut:
            self._miss(f"entries 0 to {self.number - 1} are not there")
        elif not self.number and self.balance:
            self._break(f"entry 0 begins with {self.balance} credits")
        self.is_whole = self.is_whole and self.number == 0

    def knows(self, at: Instant) -> bool:
        """Whether every entry since then was taken, by whosever clock it was closed."""
        return self.is_whole or self.reached < at - AHEAD

    def named(self, counters: Mapping[str, int]) -> dict[str, int]:
        """By meters' names; one that the writer did not know is told by its letter."""
        return {self._meters.get(meter, meter): count for meter, count in counters.items()}

    def _number(self, entry: Entry) -> None:
        expected, self.number = self.number - 1, entry.number
        if entry.number > expected:
            self._miss(f"entry {entry.number} stands where entry {expected} should")
        elif entry.number < expected:
            self._miss(f"entries {entry.number + 1} to {expected} are not there")

    def _balance(self, entry: Entry) -> None:
        if self.newest_balance is None:
            self.newest_balance = entry.balance
        if entry.number == self.state.lots_version:
            self.lots_balance = entry.balance
        if self.balance is not None and self.balance != entry.balance:
            found = f"entry {entry.number + 1} had found {self.balance}"
            self._break(f"entry {entry.number} leaves {entry.balance} credits, {found}")
        self.balance = entry.balance - entry.granted + entry.spent + expired_in(entry)
        if (entry.granted, entry.spent) != (granted_in(entry), spent_in(entry)):
            told = f"{granted_in(entry)} granted and {spent_in(entry)} spent"
            self._break(f"the lines of entry {entry.number} say {told}, itself {entry.granted} and {entry.spent}")

    def _grants(self, entry: Entry) -> None:
        for line in entry.lines:
            if line.kind == "adjustment":
                self.settled |= set((line.note or "").split())
            if line.kind not in GRANTS:
                continue
            if line.cause in self.grants and line.cause not in self.settled:
                self.findings.append(Finding(GRANTED_TWICE, f"{line.cause} is granted in entry {entry.number}, too"))
            self.grants.setdefault(line.cause, entry.at)

    def _sum(self, entry: Entry) -> None:
        self.reached = entry.at
        self.granted += entry.granted
        self.spent += entry.spent
        self.expired += expired_in(entry)
        self.changed = {name: entry.changed[name] for name in JOURNALED if name in entry.changed} | self.changed
        for (start, _, meter), both in entry.sums.items():
            self._add(start, meter, both)

    def _add(self, start: Instant, meter: str, both: tuple[int, int]) -> None:
        if start >= self.since:
            key = start, self._meters.get(meter, meter)
            before = self.sums.get(key, (0, 0))
            self.sums[key] = before[0] + both[0], before[1] + both[1]

    def _miss(self, detail: str) -> None:
        self.is_whole, self.balance = False, None
        self.findings.append(Finding(ENTRY_MISSING, detail))

    def _break(self, detail: str) -> None:
        self.findings.append(Finding(BALANCE_BREAKS, detail))


def expired_in(entry: Entry) -> int:
    """Credits that the entry booked as expired."""
    return -sum(line.credits for line in entry.lines if line.kind == "expiry")


def granted_in(entry: Entry) -> int:
    """Credits that its lines brought, less what they took back."""
    return sum(line.credits for line in entry.lines if line.kind not in ("usage", "expiry"))


def spent_in(entry: Entry) -> int:
    """Credits that its usage cost: lines of usage that name a meter are in its sums, too."""
    unnamed = sum(line.credits for line in entry.lines if line.kind == "usage" and line.meter is None)
    return sum(credits for _, credits in entry.sums.values()) - unnamed
