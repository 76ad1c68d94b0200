"""An account: its state (the fold of its journal), its profile, and what time alone does to it.

The state holds what a decision needs and nothing else. A state that was read is true for the instant of its last
write: ask `as_of` before judging by it, since a period may have ended since.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.orders import Order
from chalicelib.domain.periods import Instant, Period, period_at
from chalicelib.domain.recharge import Recharge, in_new_period, next_look
from chalicelib.domain.subscriptions import PaymentMethod, PaymentRequired, Subscription

Sums = Mapping[tuple[int, str], tuple[int, int]]
"""Usage by (day, meter): (quantity, credits)."""


@dataclass(frozen=True, slots=True)
class State:
    """What every question about an account is answered from.

    Credits are cumulative totals, so that usage only ever adds. `entries` counts the closed entries; usage since the
    last of them is the open entry: hashed event ids, sums, and each day's gauges among them. `held` is the sum of the
    `holds` that are open, and `holds_until` no later than the first of them expires. `lapses_at` is when the lot that
    is spent first expires, and `lapses_upto` what will have been spent or expired when it is used up. `fence` makes
    usage wait for a write that keeps losing, `wish` is when an order in the profile is looked after. Since `erased`
    nobody may change anything any more.
    """

    account: str
    version: int
    entries: int
    day: int
    created: Instant
    anchor: Instant
    period: Period
    plan: str
    standing: str
    grace_until: Instant | None
    seats_bought: int
    seats_active: int
    used: Mapping[str, int]
    credits_used: Mapping[str, int]
    gauged_at: Mapping[str, Instant]
    granted: int
    spent: int
    lots_version: int | None
    salt: bytes
    due: Instant | None = None
    wish: Instant | None = None
    held: int = 0
    holds: int = 0
    holds_until: Instant | None = None
    expired: int = 0
    lapses_at: Instant | None = None
    lapses_upto: int = 0
    recharge: Recharge | None = None
    fence: Instant | None = None
    erased: Instant | None = None
    open_ids: frozenset[bytes] = frozenset()
    open_sums: Sums = field(default_factory=dict[tuple[int, str], tuple[int, int]])

    @property
    def balance(self) -> int:
        """Credits that came in and were neither spent nor expired; below zero is debt."""
        return self.granted - self.spent - self.expired

    @property
    def available(self) -> int:
        """Credits that new work may spend: those that nothing holds. Not clamped: below zero is debt."""
        return self.balance - self.held

    def lapses(self, now: Instant) -> bool:
        """Whether credits have expired that nobody has booked yet."""
        return self.lapses_at is not None and self.lapses_at <= now

    def standing_at(self, now: Instant) -> str:
        """Good, grace or none; a grace that has run out is none without anybody writing it down."""
        if self.standing == "grace" and self.grace_until is not None and now >= self.grace_until:
            return "none"
        return self.standing

    @property
    def seats_over(self) -> int:
        """How many members hold a seat that is not bought any more."""
        return max(0, self.seats_active - self.seats_bought)


@dataclass(frozen=True)
class Profile:
    """Names, addresses and Stripe ids: what a decision does not need. There is always one among the `owners`.

    `card_told` is the notice that was last told of a card's end, `beside` the Stripe ids of subscriptions that live, or
    may still be paid, beside the account's own, `checkout_by` who opened the newest Checkout for a plan, as the journal
    names him, until that plan is in force, `erased` when nothing was left here that names a person.
    """

    account: str
    name: str
    email: str
    created: Instant
    owners: tuple[str, ...]
    stripe_customer_id: str | None = None
    subscription: Subscription | None = None
    payment_method: PaymentMethod | None = None
    payment_required: PaymentRequired | None = None
    drift: str | None = None
    beside: tuple[str, ...] = ()
    card_told: str | None = None
    order: Order | None = None
    checkout_by: str | None = None
    erased: Instant | None = None
    version: int = 0


@dataclass(frozen=True)
class Member:
    """A person in an account; active ones hold a seat."""

    id: str
    email: str
    name: str
    role: str


@dataclass(frozen=True)
class ClosedPeriod:
    """A usage period that has ended: what was used in it, under which plan; `version` names the entry that wrote it."""

    period: Period
    plan: str
    used: Mapping[str, int]
    credits_used: Mapping[str, int]
    version: int | None = None


def as_of(state: State, now: Instant, catalogue: Catalogue) -> State:
    """The state as it must be read at `now`: counters start again in a new period, gauges stay."""
    if now < state.period.end:
        return state
    return in_period(state, period_at(state.anchor, now), catalogue)


def in_period(state: State, period: Period, catalogue: Catalogue) -> State:
    """The state at the start of `period`."""
    gauges = {m.id for m in catalogue.meters.values() if m.kind == "gauge"} | state.gauged_at.keys()
    kept = {m: n for m, n in state.used.items() if m in gauges}
    used = dict.fromkeys(state.used, 0) | kept
    recharge = in_new_period(state.recharge) if state.recharge else None
    cleared = dict.fromkeys(state.credits_used, 0)
    return replace(state, period=period, used=used, credits_used=cleared, recharge=recharge)


def closed(state: State) -> ClosedPeriod:
    """The current period as it will be remembered."""
    return ClosedPeriod(state.period, state.plan, dict(state.used), dict(state.credits_used))


def next_due(state: State, catalogue: Catalogue) -> Instant | None:
    """When somebody must write to this account though nobody asked; None for accounts that can wait for ever."""
    plan = catalogue.plans.get(state.plan)
    paid = plan is None or bool(plan.prices) or plan.contact_sales
    instants = [state.period.end] if paid else []
    if state.standing == "grace" and state.grace_until is not None:
        instants.append(state.grace_until)
    look = next_look(state.recharge, state.available, state.period.end) if state.recharge else None
    instants += [each for each in (state.wish, state.holds_until, state.lapses_at, look) if each is not None]
    return min(instants, default=None)
