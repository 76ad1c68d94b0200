"""Subscriptions: Stripe's word for each status, what it lets an account do, and what a wish for a plan leads to.

STANDING is the only place that reads a status. Stripe never deletes a subscription: an ended one is `canceled`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.catalogue import Catalogue, Plan
from chalicelib.domain.money import Money
from chalicelib.domain.periods import Instant, Period

DAY = 86_400

STANDING: Mapping[str, str] = {
    "trialing": "good",
    "active": "good",
    "past_due": "grace",
    "incomplete": "none",
    "incomplete_expired": "none",
    "unpaid": "none",
    "paused": "none",
    "canceled": "none",
}
ENDED = frozenset({"incomplete_expired", "canceled"})
OWING = frozenset({"past_due", "unpaid"})
"""A renewal is not paid: Stripe still collects, or has given that up."""


@dataclass(frozen=True)
class Invoice:
    """An invoice as far as a subscription's life needs it; amounts are what the customer pays, tax included."""

    stripe_invoice_id: str
    status: str
    reason: str | None
    amount_due: Money
    created: Instant
    hosted_url: str | None


@dataclass(frozen=True)
class Subscription:
    """Our copy of one Stripe subscription, true at `as_of` (noted before it was fetched).

    `price` is the catalogue's lookup key, or Stripe's price id where the catalogue does not know it. `latest_invoice`
    of one that owes is the oldest that is open: it is what the customer must pay first.
    """

    stripe_subscription_id: str
    stripe_customer_id: str
    stripe_item_id: str
    account: str | None
    status: str
    price: str
    seats: int
    anchor: Instant
    period: Period
    as_of: Instant
    cancel_at_period_end: bool = False
    cancel_at: Instant | None = None
    ended_at: Instant | None = None
    latest_invoice: Invoice | None = None
    next_charge: Money | None = None
    stripe_payment_method_id: str | None = None

    @property
    def live(self) -> bool:
        """Whether it can still be paid, changed or cancelled."""
        return self.status not in ENDED

    @property
    def ends_at(self) -> Instant | None:
        """When it ends: both of Stripe's forms of a scheduled cancellation, or the end it had."""
        if self.ended_at is not None:
            return self.ended_at
        if self.cancel_at is not None:
            return self.cancel_at
        return self.period.end if self.cancel_at_period_end else None


@dataclass(frozen=True)
class PaymentMethod:
    """What will be charged next; `exp_month` and `exp_year` for cards only."""

    stripe_payment_method_id: str
    type: str
    brand: str | None = None
    last4: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None


@dataclass(frozen=True)
class PaymentRequired:
    """A payment that waits for the customer."""

    url: str
    amount: Money
    expires_at: Instant | None = None


@dataclass(frozen=True)
class InForce:
    """What a subscription (or none) gives an account."""

    plan: str
    interval: str | None
    standing: str
    grace_until: Instant | None
    seats: int


def in_force(subscription: Subscription | None, catalogue: Catalogue) -> InForce:
    """The plan, standing and seats that this subscription gives; after its end those of the plan it ends to.

    A subscription that never became good (`incomplete`) gives what the free plan gives. Grace runs for the catalogue's
    days from the start of the period whose payment failed.
    """
    found = catalogue.price_of(subscription.price) if subscription else None
    if subscription is None or found is None or subscription.status in ("incomplete", "incomplete_expired"):
        return ended(None, catalogue)
    plan, price = found
    if subscription.status == "canceled":
        return ended(plan, catalogue)
    standing = STANDING.get(subscription.status, "none")
    until = subscription.period.start + catalogue.grace_days * DAY if standing == "grace" else None
    seats = subscription.seats if plan.per_seat else plan.seats_max
    return InForce(plan.id, price.interval, standing, until, seats)


def ended(plan: Plan | None, catalogue: Catalogue) -> InForce:
    """What is left when `plan` has ended: the free plan, or log in and export only."""
    free = catalogue.free
    standing = "none" if plan is not None and plan.ends_to == "restricted" else "good"
    return InForce(free.id, None, standing, None, free.seats_max)


@dataclass(frozen=True)
class Wish:
    """What somebody wants the subscription to be; None stays as it is."""

    plan: str | None = None
    interval: str | None = None
    seats: int | None = None
