"""Subscriptions: Stripe's word for each status, what it lets an account do, and what a wish for a plan leads to.

STANDING is the only place that reads a status. Stripe never deletes a subscription: an ended one is `canceled`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.catalogue import Catalogue, Plan
from chalicelib.domain.money import Money
from chalicelib.domain.periods import Instant, Period

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
NEVER_BEGUN = frozenset({"incomplete", "incomplete_expired"})
OWING = frozenset({"past_due", "unpaid"})
"""A renewal is not paid: Stripe still collects, or has given that up."""
SETTLED = frozenset({"paid", "uncollectible"})
"""An invoice is paid, or its money was waived."""
UNSETTLED = frozenset({"draft", "open"})


@dataclass(frozen=True)
class LatestInvoice:
    """An invoice as far as a subscription's life needs it; amounts are what the customer pays, tax included.

    `due_at` is until when a customer pays who pays by invoice; None where Stripe charges by itself.
    """

    stripe_invoice_id: str
    status: str
    reason: str | None
    amount_due: Money
    created: Instant
    hosted_url: str | None
    due_at: Instant | None = None


@dataclass(frozen=True)
class Scheduled:
    """What Stripe's schedule will make of the subscription at `at`; no plan where it cannot be told.

    `seats` are Stripe's quantity.
    """

    stripe_schedule_id: str
    plan: str | None = None
    interval: str | None = None
    seats: int = 0
    at: Instant | None = None


@dataclass(frozen=True)
class Pending:
    """A change that Stripe applies once the latest invoice is paid, and forgets at `expires_at`."""

    plan: str | None
    interval: str | None
    seats: int
    expires_at: Instant


@dataclass(frozen=True)
class Subscription:
    """Our copy of one Stripe subscription, true at `as_of` (noted before it was fetched).

    `price` is the catalogue's lookup key, or Stripe's price id where the catalogue does not know it; `plan` is the plan
    that the price, or the subscription's own metadata, names. `latest_invoice` of one that owes is the oldest that is
    open: it is what the customer must pay first. `seats` are Stripe's quantity. `kind` says what this service wrote on
    it when it was made, `beside` to which subscription it was found to be the second. One `by_invoice` is sent its
    invoices, and gives what it says before they are paid: people sold it to somebody whom they trust.
    """

    stripe_subscription_id: str
    stripe_customer_id: str
    stripe_item_id: str
    account: str | None
    status: str
    price: str
    seats: int
    period: Period
    as_of: Instant
    cancel_at_period_end: bool = False
    cancel_at: Instant | None = None
    ended_at: Instant | None = None
    latest_invoice: LatestInvoice | None = None
    next_charge: Money | None = None
    stripe_payment_method_id: str | None = None
    stripe_price_id: str = ""
    plan: str | None = None
    interval: str | None = None
    created: Instant = 0
    kind: str | None = None
    beside: str | None = None
    other_items: int = 0
    scheduled: Scheduled | None = None
    pending: Pending | None = None
    by_invoice: bool = False

    @property
    def live(self) -> bool:
        """Whether it can still be paid, changed or cancelled."""
        return self.status not in ENDED

    @property
    def owes(self) -> bool:
        """Whether its latest invoice may still be paid; one by invoice was given what it bills, whatever ends since."""
        invoice = self.latest_invoice
        return invoice is not None and invoice.status in UNSETTLED and not self.by_invoice

    @property
    def never_paid(self) -> bool:
        """Whether not even its first invoice is paid; Stripe says `active` while a debit for it is on its way."""
        first = self._paying_first("subscription_create")
        return self.status in NEVER_BEGUN or (first is not None and first.status not in SETTLED)

    @property
    def is_unpayable(self) -> bool:
        """Whether its first debit came to nothing: Stripe voids the invoice, and lets the subscription go on."""
        first = self._paying_first("subscription_create")
        return first is not None and first.status == "void"

    @property
    def awaits_payment(self) -> bool:
        """Whether it is changed already, but the change not paid; one that is pending has not changed it yet."""
        change = self._paying_first("subscription_update")
        return change is not None and change.status in UNSETTLED and self.pending is None

    @property
    def owes_period(self) -> bool:
        """Whether a period is not paid for; a change that its debit could not pay is past due at Stripe as well.

        What was sent by invoice is people's to settle: nothing is collected at the period's end that an end now saves.
        """
        if self.by_invoice:
            return False
        return self.status == "unpaid" or (self.status in OWING and not self.awaits_payment)

    @property
    def ends_at(self) -> Instant | None:
        """When it ends: both of Stripe's forms of a scheduled cancellation, or the end it had."""
        if self.ended_at is not None:
            return self.ended_at
        if self.cancel_at is not None:
            return self.cancel_at
        return self.period.end if self.cancel_at_period_end else None

    def _paying_first(self, reason: str) -> LatestInvoice | None:
        """The latest invoice, if it is for this and nothing is given before it is paid."""
        invoice = self.latest_invoice
        return invoice if invoice is not None and invoice.reason == reason and not self.by_invoice else None


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


def plan_of(subscription: Subscription, catalogue: Catalogue) -> Plan | None:
    """The plan that the subscription pays for; None for one that the catalogue does not have."""
    return catalogue.plans.get(subscription.plan) if subscription.plan else None
