"""Checkout and invoices as the service sees them: what was paid, for what, by whom."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256

from chalicelib.domain.money import Money
from chalicelib.domain.periods import Instant, Period

DRAFT = "draft"
"""The status of an invoice that Stripe may still change: no customer has seen it."""


@dataclass(frozen=True)
class PlanOrder:
    """A plan to be sold by Checkout; `seats` are chosen, least and most, None where the plan comes with its own."""

    account: str
    lookup_key: str
    seats: tuple[int, int, int] | None
    success_url: str
    cancel_url: str

    @property
    def wish(self) -> str:
        """By which the same order is known again, whoever asks."""
        return sha256(json.dumps(asdict(self)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Checkout:
    """One Stripe Checkout session; `prices` are its lines' lookup keys and quantities.

    `subtotal` is what the prices add up to, `total` what the customer pays, tax included.
    """

    stripe_session_id: str
    mode: str
    status: str
    payment_status: str
    url: str | None
    account: str | None
    purchase: str | None
    stripe_customer_id: str | None
    subtotal: Money
    total: Money
    prices: tuple[tuple[str, int], ...] = ()
    stripe_subscription_id: str | None = None
    stripe_invoice_id: str | None = None
    stripe_payment_intent_id: str | None = None
    metadata: Mapping[str, str] | None = None

    @property
    def paid(self) -> bool:
        """Whether the money is there; a delayed payment method is complete before it is paid."""
        return self.status == "complete" and self.payment_status in ("paid", "no_payment_required")


@dataclass(frozen=True)
class Invoice:
    """One invoice as Stripe has it now; amounts are minor units of `currency`, and `subtotal` and `tax` are `total`.

    `date` is the day of issue that the PDF shows. The two URLs run out: they are for whoever asked, never to be stored.
    """

    stripe_invoice_id: str
    stripe_customer_id: str | None
    number: str | None
    date: Instant
    status: str
    currency: str
    subtotal: int
    tax: int
    total: int
    amount_due: int
    amount_paid: int
    billing_reason: str | None
    hosted_url: str | None
    pdf_url: str | None


@dataclass(frozen=True)
class Bill:
    """What a change would charge at once: `due` is what the card pays, tax included; lines are net.

    `tax` is None where nobody can tell it before Checkout. `balance` is what it leaves the customer's balance at, which
    the next charge takes in: below zero is credit.
    """

    due: Money
    tax: int | None
    lines: tuple["InvoiceLine", ...]
    balance: int = 0


@dataclass(frozen=True)
class InvoiceLine:
    """One line of an invoice; `amount` is net, so the lines add up to the invoice's subtotal.

    `quantity` is the seats where the plan is sold by the seat. `period` is the service that is paid for: a moment where
    something was sold once.
    """

    description: str | None
    plan: str | None
    quantity: int | None
    amount: int
    period: Period
    proration: bool
