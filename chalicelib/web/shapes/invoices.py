"""Invoices, as Stripe has them."""

from msgspec import Struct

from chalicelib.web.shapes.common import At, NextCursor, Span


class Invoice(Struct):
    """Amounts in minor units of `currency`, tax included but for `subtotal`."""

    id: str
    number: str | None
    date: At
    status: str
    currency: str
    subtotal: int
    tax: int
    total: int
    amount_due: int
    amount_paid: int
    billing_reason: str | None
    hosted_url: str | None


class Invoices(Struct):
    data: list[Invoice]
    next_cursor: NextCursor


class InvoiceLine(Struct):
    """Net."""

    description: str | None
    plan: str | None
    quantity: int | None
    amount: int
    period: Span
    proration: bool


class WholeInvoice(Invoice):
    lines: list[InvoiceLine]
