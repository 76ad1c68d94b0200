"""An account's overview."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from chalicelib.web.shapes.common import Amount, At, Bar, Span, Standing
from chalicelib.web.shapes.credits import RechargeNow


class PlanInForce(Struct):
    id: str
    name: str
    interval: Literal["month", "year"] | None


class Charge(Amount):
    at: At


class Seats(Struct):
    """`over` is how many members hold a seat that is not bought any more."""

    bought: int
    active: int
    invited: int
    free: int
    over: int


class ScheduledChange(Struct):
    plan: str
    interval: Literal["month", "year"] | None
    seats: int
    at: At


class PaymentRequired(Amount):
    """Where a change that waits, or a failed renewal, is paid."""

    url: str
    expires_at: At | None


class PaymentMethod(Struct):
    type: str
    brand: str | None
    last4: str | None
    exp_month: int | None
    exp_year: int | None


class Drift(Struct):
    """What Stripe has and this service cannot follow."""

    detail: str


class CreditsNow(Struct):
    balance: int
    held: int
    available: int
    recharge: RechargeNow


class Account(Struct):
    """`status` is Stripe's word for the subscription, or `free`; `stripe_customer_id` is not for acting members."""

    id: str
    name: str
    email: str
    created_at: At
    plan: PlanInForce
    standing: Standing
    status: str
    period: Span
    usage_period: Span
    renews_at: At | None
    ends_at: At | None
    next_charge: Charge | None
    seats: Seats
    scheduled_change: ScheduledChange | None
    payment_required: PaymentRequired | None
    payment_method: PaymentMethod | None
    drift: Drift | None
    usage: list[Bar]
    credits: CreditsNow
    stripe_customer_id: str | UnsetType | None = UNSET
