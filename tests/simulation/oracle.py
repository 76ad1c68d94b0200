"""An account as it should be, kept the plain way: every lot, every period and every event id by itself.

It never looks at the store. It is told which events a write counted, which grants and plans came, and when.
"""

from dataclasses import dataclass, field

from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.periods import Period, period_at
from chalicelib.domain.usage import UsageEvent


@dataclass
class Tally:
    """One usage period."""

    period: Period
    plan: str
    used: dict[str, int]
    credits: dict[str, int]


@dataclass
class Account:
    """What an account should be."""

    catalogue: Catalogue
    created: int
    tallies: list[Tally] = field(default_factory=list)
    lots: list[list[object]] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)
    granted: dict[str, int] = field(default_factory=dict)
    debt: int = 0
    anchor: int = 0
    gauges: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.anchor = self.created
        self.tallies.append(Tally(period_at(self.created, self.created), "free", {}, {}))

    @property
    def current(self) -> Tally:
        return self.tallies[-1]

    @property
    def balance(self) -> int:
        return sum(int(left) for _, left in self.lots) - self.debt  # type: ignore[call-overload]

    def advance(self, now: int) -> None:
        """Opens every period up to the one that holds now."""
        while now >= self.current.period.end:
            gauges = {m: n for m, n in self.current.used.items() if self.catalogue.meters[m].kind == "gauge"}
            self.tallies.append(Tally(period_at(self.anchor, self.current.period.end), self.current.plan, gauges, {}))

    def at(self, instant: int) -> Tally | None:
        return next((t for t in reversed(self.tallies) if t.period.holds(instant)), None)

    def price(self, tally: Tally, event: UsageEvent) -> int:
        """Unit by unit: what lies beyond the allowance, its share rounded up."""
        allowance = self.catalogue.plans[tally.plan].allowances.get(event.meter)
        if allowance is None or allowance.policy != "credits" or allowance.included is None:
            return 0
        used = tally.used.get(event.meter, 0)
        beyond = sum(unit >= allowance.included for unit in range(used, used + event.quantity))
        rate = self.catalogue.meters[event.meter].credits_per_unit or 0
        return rate * beyond if event.credits is None else -(-event.credits * beyond // event.quantity)

    def count(self, event: UsageEvent, now: int) -> None:
        """One event, in the period that holds it."""
        assert event.id not in self.accepted, f"{event.id} counted twice"
        self.accepted.add(event.id)
        if event.value is not None:
            self._gauge(event, now)
            return
        tally = self.at(min(event.at, now))
        assert tally is not None, f"{event.id} counted in no period"
        credits = self.price(tally, event)
        tally.used[event.meter] = tally.used.get(event.meter, 0) + event.quantity
        tally.credits[event.meter] = tally.credits.get(event.meter, 0) + credits
        self.spend(credits)

    def _gauge(self, event: UsageEvent, now: int) -> None:
        at = min(event.at, now)
        if at >= self.gauges.get(event.meter, (0, 0))[1]:
            self.gauges[event.meter] = (event.value or 0, at)
            self.current.used[event.meter] = event.value or 0

    def spend(self, credits: int) -> None:
        for lot in self.lots:
            took = min(credits, int(lot[1]))  # type: ignore[call-overload]
            lot[1] = int(lot[1]) - took  # type: ignore[call-overload]
            credits -= took
        self.debt += credits

    def grant(self, cause: str, credits: int) -> None:
        assert cause not in self.granted, f"{cause} granted twice"
        self.granted[cause] = credits
        paid = min(credits, self.debt)
        self.debt -= paid
        self.lots.append([cause, credits - paid])

    def anchored(self, at: int, now: int) -> None:
        """A first subscription ends the period where it starts, or where the last month of an older one does."""
        self.anchor, start = at, self.current.period.start
        gauges = {m: n for m, n in self.current.used.items() if self.catalogue.meters[m].kind == "gauge"}
        month = period_at(at, max(start, now))
        begins = at if at >= start else month.start
        is_unused = at == start and not any(n for m, n in self.current.used.items() if m not in gauges)
        if begins < start or is_unused or (at < begins == start):
            self.current.period = Period(start, month.end)
            return
        self.current.period = Period(start, max(begins, start + 1))
        self.tallies.append(
            Tally(Period(max(begins, start + 1), period_at(at, begins).end), self.current.plan, gauges, {})
        )
        self.advance(now)
