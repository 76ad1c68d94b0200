"""The overview: all that an account's billing page shows, put together from its state and profile.

It is true for the instant it is made for: a period or a grace that has run out since the last write is taken as over.
"""

from dataclasses import dataclass

from chalicelib.domain.accounts import Profile, State, as_of
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.entitlements import Bar, bar
from chalicelib.domain.money import Money
from chalicelib.domain.periods import Instant, Period
from chalicelib.domain.subscriptions import STANDING, PaymentMethod, PaymentRequired, Subscription


@dataclass(frozen=True)
class Seats:
    """Seats bought and held; `over` is how many members hold one that is not bought any more."""

    bought: int
    active: int
    invited: int
    free: int
    over: int


@dataclass(frozen=True)
class NextCharge:
    """What the card will pay next, tax included, and when."""

    money: Money
    at: Instant


@dataclass(frozen=True)
class Overview:
    """An account as its owner sees it. `period` is what is paid for, `usage_period` what counters count in."""

    id: str
    name: str
    email: str
    created_at: Instant
    stripe_customer_id: str | None
    plan: str
    plan_name: str
    interval: str | None
    standing: str
    status: str
    period: Period
    usage_period: Period
    renews_at: Instant | None
    ends_at: Instant | None
    next_charge: NextCharge | None
    seats: Seats
    payment_required: PaymentRequired | None
    payment_method: PaymentMethod | None
    drift: str | None
    usage: tuple[Bar, ...]
    balance: int
    held: int
    available: int


def overview_of(state: State, profile: Profile, catalogue: Catalogue, now: Instant) -> Overview:
    """The overview at `now`; bars for every meter of the catalogue, in its order."""
    state = as_of(state, now, catalogue)
    live = profile.subscription if profile.subscription and profile.subscription.live else None
    plan, found = catalogue.plans.get(state.plan), catalogue.price_of(live.price) if live else None
    return Overview(
        id=state.account,
        name=profile.name,
        email=profile.email,
        created_at=profile.created,
        stripe_customer_id=profile.stripe_customer_id,
        plan=state.plan,
        plan_name=plan.name if plan else state.plan,
        interval=found[1].interval if found else None,
        standing=state.standing_at(now),
        status=live.status if live else "free",
        period=live.period if live else state.period,
        usage_period=state.period,
        renews_at=_renews_at(live),
        ends_at=live.ends_at if live else None,
        next_charge=_next_charge(live),
        seats=_seats(state),
        payment_required=profile.payment_required,
        payment_method=profile.payment_method,
        drift=profile.drift,
        usage=tuple(bar(state.used.get(name, 0), name, state.plan, catalogue) for name in catalogue.meters),
        balance=state.balance,
        held=0,
        available=state.available,
    )


def _seats(state: State) -> Seats:
    free = max(0, state.seats_bought - state.seats_active)
    return Seats(state.seats_bought, state.seats_active, 0, free, state.seats_over)


def _renews_at(live: Subscription | None) -> Instant | None:
    """Only what Stripe still charges for renews."""
    if live is None or live.ends_at is not None or STANDING.get(live.status, "none") == "none":
        return None
    return live.period.end


def _next_charge(live: Subscription | None) -> NextCharge | None:
    at = _renews_at(live)
    if live is None or live.next_charge is None or at is None:
        return None
    return NextCharge(live.next_charge, at)
