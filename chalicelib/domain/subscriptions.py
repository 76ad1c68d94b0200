"""Subscriptions: Stripe's word for each status, what it lets an account do, and what a wish for a plan leads to.

STANDING alone says what a status lets an account do. Stripe never deletes a subscription: an ended one is `canceled`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.domain.catalogue import Catalogue, Plan
from chalicelib.domain.money import Money
from chalicelib.domain.periods import DAY, Instant, Period

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
CREATION, RENEWAL, CHANGE = "subscription_create", "subscription_cycle", "subscription_update"
"""Why there is an invoice."""
OF_PERIODS = frozenset({CREATION, RENEWAL})
"""Why an invoice asks money for a period."""
DEBITED_WITHIN = 21 * DAY
"""A bank's answer to a debit takes 14 business days at most: https://docs.stripe.com/payments/sepa-debit"""


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
class Bought:
    """What was paid for: the price by both its names, the quantity, how often it is paid, and for which period."""

    price: str
    stripe_price_id: str
    quantity: int
    interval: str | None
    period: Period


@dataclass(frozen=True)
class Subscription:
    """Our copy of one Stripe subscription, true at `as_of` (noted before it was fetched).

    `price` is the catalogue's lookup key, or Stripe's price id where the catalogue does not know it; `plan` is the plan
    that the price, or the subscription's own metadata, names. `latest_invoice` of one that owes is the oldest that is
    open: it is what the customer must pay first. `seats` are Stripe's quantity. `kind` says what this service wrote on
    it when it was made, `beside` to which subscription it was found to be the second. One `by_invoice` is sent its
    invoices, and gives what it says before they are paid: people sold it to somebody whom they trust.

    `change` is the invoice of a change that Stripe made before it was paid, `bought` what was paid for before that:
    Stripe does not remember it, so we do (domain/unpaid_changes.py).
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
    change: LatestInvoice | None = None
    bought: Bought | None = None

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
        first = self._first_invoice
        return self.status in NEVER_BEGUN or (first is not None and first.status not in SETTLED)

    @property
    def is_unpayable(self) -> bool:
        """Whether its first debit came to nothing: Stripe voids the invoice, and lets the subscription go on."""
        first = self._first_invoice
        return first is not None and first.status == "void"

    @property
    def awaits_payment(self) -> bool:
        """Whether it is changed already, but the change not paid; a period paid since at its new price has paid it."""
        return self.change is not None and not self._is_renewed_since(self.change.created)

    @property
    def owes_change_alone(self) -> bool:
        """Whether nothing but a change is not paid: no period is."""
        latest, change = self.latest_invoice, self.change
        if change is None or not self.awaits_payment:
            return False
        return latest is None or latest.status not in UNSETTLED or latest.stripe_invoice_id == change.stripe_invoice_id

    @property
    def owes_period(self) -> bool:
        """Whether a period is not paid for; a change that its debit could not pay is past due at Stripe as well.

        What was sent by invoice is people's to settle: nothing is collected at the period's end that an end now saves.
        """
        if self.by_invoice:
            return False
        return self.status == "unpaid" or (self.status in OWING and not self.owes_change_alone)

    @property
    def ends_at(self) -> Instant | None:
        """When it ends: both of Stripe's forms of a scheduled cancellation, or the end it had."""
        if self.ended_at is not None:
            return self.ended_at
        if self.cancel_at is not None:
            return self.cancel_at
        return self.period.end if self.cancel_at_period_end else None

    def _is_renewed_since(self, instant: Instant) -> bool:
        invoice = self.latest_invoice
        if invoice is None or invoice.reason != RENEWAL:
            return False
        return invoice.status in SETTLED and invoice.created > instant

    @property
    def _first_invoice(self) -> LatestInvoice | None:
        """The first invoice, if there is no later one and nothing is given before it is paid."""
        invoice = self.latest_invoice
        return invoice if invoice is not None and invoice.reason == CREATION and not self.by_invoice else None


def may_hide_change(subscription: Subscription) -> bool:
    """Whether its latest invoice is a renewal so young that a debit for a change before it may still be on its way."""
    latest = subscription.latest_invoice
    if latest is None or not subscription.live or subscription.by_invoice or subscription.pending is not None:
        return False
    return latest.reason == RENEWAL and subscription.as_of < latest.created + DEBITED_WITHIN


def with_open(subscription: Subscription, invoices: Sequence[LatestInvoice]) -> Subscription:
    """The subscription with what of its open invoices, the oldest first, it owes and awaits the payment of.

    A change that was not paid is not in force; a period that was not paid is what dunning is about. By invoice both are
    in force, and the oldest is due first.
    """
    of_periods = [each for each in invoices if subscription.by_invoice or each.reason in OF_PERIODS]
    changes = [each for each in invoices if each.reason == CHANGE]
    if changes and not subscription.by_invoice and subscription.pending is None:
        subscription = replace(subscription, change=changes[-1])
    if not invoices or subscription.status not in OWING:
        return subscription
    return replace(subscription, latest_invoice=(of_periods or invoices)[0])


@dataclass(frozen=True)
class PaymentMethod:
    """What will be charged next; `exp_month` and `exp_year` for cards only.

    The same card has the same `fingerprint`, however often it is given.
    """

    stripe_payment_method_id: str
    type: str
    brand: str | None = None
    last4: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None
    fingerprint: str | None = None


@dataclass(frozen=True)
class PaymentRequired:
    """A payment that waits for the customer."""

    url: str
    amount: Money
    expires_at: Instant | None = None


def plan_of(subscription: Subscription, catalogue: Catalogue) -> Plan | None:
    """The plan that the subscription pays for; None for one that the catalogue does not have."""
    return catalogue.plans.get(subscription.plan) if subscription.plan else None
