"""An account as it should be, kept the plain way: every lot, every period and every event id by itself.

It never looks at the store. It is told which events a write counted, which grants and plans came, and when.
"""

from dataclasses import dataclass, field

from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.corrections import Correction
from chalicelib.domain.holds import Hold
from chalicelib.domain.periods import Period, day_of, period_at
from chalicelib.domain.usage import UsageEvent
from tests.simulation.ledger import Move
from tests.simulation.lots import Lots, Own

Days = dict[tuple[int, str], tuple[int, int]]
"""Usage by (day, meter): (quantity, credits)."""
Crossings = list[tuple[str, str]]
"""What is to be told, as (meter, kind)."""


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
    lots: Lots = field(default_factory=Lots)
    accepted: set[str] = field(default_factory=set)
    granted: dict[str, int] = field(default_factory=dict)
    anchor: int = 0
    gauges: dict[str, tuple[int, int]] = field(default_factory=dict)
    days: Days = field(default_factory=dict)
    """Never changed in place, so that whoever keeps one keeps the past."""
    holds: dict[str, Hold] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    """What the last write did to the credits."""

    def __post_init__(self) -> None:
        self.anchor = self.created
        self.tallies.append(Tally(period_at(self.created, self.created), "free", {}, {}))

    @property
    def current(self) -> Tally:
        return self.tallies[-1]

    @property
    def balance(self) -> int:
        return self.lots.balance

    def advance(self, now: int) -> None:
        """Opens every period up to the one that holds now."""
        while now >= self.current.period.end:
            gauges = {m: n for m, n in self.current.used.items() if self.catalogue.meters[m].kind == "gauge"}
            self.tallies.append(Tally(period_at(self.anchor, self.current.period.end), self.current.plan, gauges, {}))

    def at(self, instant: int) -> Tally | None:
        return next((t for t in reversed(self.tallies) if t.period.holds(instant)), None)

    def price(self, tally: Tally, event: UsageEvent | Correction, used: int) -> int:
        """Unit by unit from `used` on: what lies beyond the allowance, its share rounded up."""
        allowance = self.catalogue.plans[tally.plan].allowances.get(event.meter)
        if allowance is None or allowance.policy != "credits" or allowance.included is None:
            return 0
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
        credits = self.price(tally, event, tally.used.get(event.meter, 0))
        self._move(tally, min(event.at, now), event.meter, event.quantity, credits)
        self.spend(Move(None, -credits, event.meter, event.quantity))

    def correct(self, correction: Correction, now: int) -> None:
        """The last units of a period back, and what they had cost."""
        assert correction.id not in self.accepted, f"{correction.id} corrected twice"
        self.accepted.add(correction.id)
        at = min(correction.at, now)
        tally = self.at(at)
        assert tally is not None, f"{correction.id} corrected in no period"
        left = tally.used.get(correction.meter, 0) - correction.quantity
        assert left >= 0, f"{correction.id} took back more than there was"
        credits = self._returned(tally, correction, left)
        self._move(tally, at, correction.meter, -correction.quantity, -credits)
        if credits:
            # Before all that never expires; to what comes later it is as old as it is.
            is_new = "corrections" not in self.lots.left()
            self.lots.come(Own("corrections", credits, -1))
            if is_new:
                self.lots.came_back("corrections", now)
            self.moves.append(Move(correction.cause, credits, correction.meter, -correction.quantity))

    def _returned(self, tally: Tally, correction: Correction, left: int) -> int:
        """What the last units cost by the counter, or what was paid beyond the worth of what stays."""
        meter, paid = correction.meter, tally.credits.get(correction.meter, 0)
        rest = UsageEvent("", meter, correction.at, left)
        own = correction.credits
        if own is None:
            own = correction.quantity * (self.catalogue.meters[meter].credits_per_unit or 0)
        return min(paid, max(self.price(tally, correction, left), min(own, paid - self.price(tally, rest, 0))))

    def _move(self, tally: Tally, at: int, meter: str, quantity: int, credits: int) -> None:
        """A counter, and its day."""
        tally.used[meter] = tally.used.get(meter, 0) + quantity
        tally.credits[meter] = tally.credits.get(meter, 0) + credits
        key = (day_of(at), meter)
        before = self.days.get(key, (0, 0))
        self.days = {**self.days, key: (before[0] + quantity, before[1] + credits)}

    def _gauge(self, event: UsageEvent, now: int) -> None:
        """The newest is what it is now, and what it was when the period ended that it is of."""
        value, at = event.value or 0, min(event.at, now)
        if event.at >= self.gauges.get(event.meter, (0, 0))[1]:
            self.gauges[event.meter] = (value, event.at)
            for tally in (self.current, self.at(at) or self.current):
                tally.used[event.meter] = value
            self.days = {**self.days, (day_of(at), event.meter): (value, 0)}

    @property
    def open_holds(self) -> list[Hold]:
        return [hold for hold in self.holds.values() if hold.state == "open"]

    def free(self, now: int) -> int:
        """Credits that nothing holds; what has expired holds nothing."""
        return (
            self.balance
            - self.lots.lapsed(now)
            - sum(hold.credits for hold in self.open_holds if hold.expires_at > now)
        )

    def hold(self, hold: Hold, now: int) -> None:
        """A hold as it was written: it may open once and close once, and what was captured of it is spent."""
        was = self.holds.get(hold.id)
        self.holds[hold.id] = hold
        if was is None:
            assert hold.state == "open", f"{hold.id} closed before it was placed"
            return
        assert was.state == "open", f"{hold.id} was {was.state} and is {hold.state}"
        assert (was.credits, was.expires_at) == (hold.credits, hold.expires_at), "another hold"
        assert (hold.state == "expired") <= (hold.expires_at <= now), f"{hold.id} expired too soon"
        taken = hold.captured
        if taken is None:
            assert hold.state in ("released", "expired")
            return
        assert now < hold.expires_at, f"{hold.id} captured too late"
        assert taken.credits <= hold.credits, f"more captured than {hold.id} held"
        if taken.meter is not None:
            self._move(self.current, now, taken.meter, taken.quantity or 0, taken.credits)
        if taken.credits:
            self.spend(Move(hold.cause, -taken.credits, taken.meter, taken.quantity))

    def spend(self, move: Move) -> None:
        """Credits gone, from the first lots on."""
        self.moves.append(move)
        self.lots.spend(-move.credits)

    def once(self, cause: str, credits: int) -> None:
        """What comes, or is taken by hand, does so once for its cause."""
        assert cause not in self.granted, f"{cause} granted twice"
        self.granted[cause] = credits

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

    def crossed(self, before: tuple[Period, str, dict[str, int]]) -> Crossings:
        """What is to be told of the levels between an earlier (period, plan, use) and now."""
        period, plan, used = before
        found: Crossings = []
        for meter in self.catalogue.meters.values():
            anew = meter.kind == "counter" and period.start != self.current.period.start
            was = 0 if anew else self._rank(plan, meter.id, used.get(meter.id, 0))
            rank = self._rank(self.current.plan, meter.id, self.current.used.get(meter.id, 0))
            if rank != was:
                told = ("", "usage_warning", "limit_reached")[rank] if rank > was else "usage_recovered"
                found.append((meter.id, told))
        return found

    def _rank(self, plan: str, meter: str, used: int) -> int:
        """0 for nothing to tell, 1 near the limit, 2 at it or beyond."""
        allowance = self.catalogue.plans[plan].allowances.get(meter)
        if not used or allowance is None or allowance.included is None:
            return 0
        near = used * 100 >= allowance.included * self.catalogue.meters[meter].warning_percent
        return 2 if used >= allowance.included else int(near)
