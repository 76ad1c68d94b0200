"""The overview: all that an account's billing page shows, put together from its state and profile.

It is true for the instant it is made for: a period or a grace that has run out since the last write is taken as over.
"""

from dataclasses import dataclass

from chalicelib.domain.accounts import Profile, State, as_of
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.entitlements import Bar, bar
from chalicelib.domain.money import Money
from chalicelib.domain.periods import Instant, Period
from chalicelib.domain.recharge_views import RechargeView
from chalicelib.domain.subscriptions import STANDING, Bought, PaymentMethod, PaymentRequired, Subscription
from chalicelib.domain.wishes import scheduled_of


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
class ScheduledChange:
    """What the subscription becomes at `at`."""

    plan: str
    interval: str | None
    seats: int
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
    scheduled_change: ScheduledChange | None
    payment_required: PaymentRequired | None
    payment_method: PaymentMethod | None
    drift: str | None
    usage: tuple[Bar, ...]
    balance: int
    held: int
    available: int
    recharge: RechargeView | None = None


def overview_of(state: State, profile: Profile, catalogue: Catalogue, now: Instant, *, invited: int = 0) -> Overview:
    """The overview at `now`, while so many are `invited`; bars for every meter of the catalogue, in its order."""
    state = as_of(state, now, catalogue)
    live = profile.subscription if profile.subscription and profile.subscription.live else None
    sold = _sold(live)
    plan = catalogue.plans.get(state.plan)
    return Overview(
        id=state.account,
        name=profile.name,
        email=profile.email,
        created_at=profile.created,
        stripe_customer_id=profile.stripe_customer_id,
        plan=state.plan,
        plan_name=plan.name if plan else state.plan,
        interval=sold.interval if sold and live and live.plan else None,
        standing=state.standing_at(now),
        status=live.status if live else "free",
        period=sold.period if sold else state.period,
        usage_period=state.period,
        renews_at=_renews_at(live),
        ends_at=live.ends_at if live else None,
        next_charge=next_charge_of(live),
        seats=_seats(state, invited),
        scheduled_change=_scheduled_change(live, catalogue),
        payment_required=profile.payment_required,
        payment_method=profile.payment_method,
        drift=profile.drift,
        usage=tuple(bar(state.used.get(name, 0), name, state.plan, catalogue) for name in catalogue.meters),
        balance=state.balance,
        held=state.held,
        available=state.available,
    )


def _seats(state: State, invited: int) -> Seats:
    free = max(0, state.seats_bought - state.seats_active)
    return Seats(state.seats_bought, state.seats_active, invited, free, state.seats_over)


def _sold(live: Subscription | None) -> Subscription | Bought | None:
    """What is paid for: nothing while a first debit is on its way, and what was before while that of a change is."""
    if live is None or live.never_paid:
        return None
    is_begun_anew = live.awaits_payment and live.bought and live.bought.interval != live.interval
    return live.bought if is_begun_anew else live


def _renews_at(live: Subscription | None) -> Instant | None:
    """Only what Stripe still charges for renews; whether a period that is not paid yet ever will is not known."""
    if live is None or _sold(live) != live or live.ends_at is not None:
        return None
    return live.period.end if STANDING.get(live.status, "none") != "none" else None


def _scheduled_change(live: Subscription | None, catalogue: Catalogue) -> ScheduledChange | None:
    """What is scheduled; an end is not, it is `ends_at`."""
    scheduled = scheduled_of(live, catalogue) if live and live.ends_at is None else None
    if live is None or scheduled is None:
        return None
    at = live.scheduled.at if live.scheduled and live.scheduled.at else live.period.end
    return ScheduledChange(scheduled.plan, scheduled.interval, scheduled.seats, at)


def next_charge_of(live: Subscription | None) -> NextCharge | None:
    """What the card will pay next; None where nothing renews."""
    at = _renews_at(live)
    if live is None or live.next_charge is None or at is None:
        return None
    return NextCharge(live.next_charge, at)
