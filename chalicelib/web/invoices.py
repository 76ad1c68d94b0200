"""Invoices: the list, one with all of its lines, and the way to its PDF."""

from typing import Any

from chalicelib.actions.read_invoices import read_invoice, read_invoices, read_pdf_url
from chalicelib.domain.invoices import Invoice, InvoiceLine
from chalicelib.web import pages, render
from chalicelib.web.auth import BILLING
from chalicelib.web.call import Answer, Call
from chalicelib.web.contract import STRIPE, Says
from chalicelib.web.pages import PageQuery
from chalicelib.web.routes import Routes
from chalicelib.web.shapes import invoices as shapes
from chalicelib.web.shapes.common import Address

routes = Routes(__name__)

LIST = "invoices"


@routes.on(
    "GET",
    "/v1/accounts/{account}/invoices",
    scopes={"read"},
    person=BILLING,
    answers=shapes.Invoices,
    refuses=STRIPE,
)
def listed(call: Call, account: str, query: PageQuery) -> Answer:
    """One page of the invoices, newest first."""
    after = pages.place_of(call, LIST, account, query.cursor)
    found, on = read_invoices(call.deps, account, after, query.limit)
    cursor = pages.cursor_of(call, LIST, account, on)
    return Answer({"data": [_invoice(each) for each in found], "next_cursor": cursor})


@routes.on(
    "GET",
    "/v1/accounts/{account}/invoices/{invoice}",
    scopes={"read"},
    person=BILLING,
    answers=shapes.WholeInvoice,
    refuses=STRIPE,
)
def one(call: Call, account: str, invoice: str) -> Answer:
    """The invoice with its lines."""
    found, lines = read_invoice(call.deps, account, invoice)
    return Answer(_invoice(found) | {"lines": [_line(each) for each in lines]})


@routes.on(
    "GET",
    "/v1/accounts/{account}/invoices/{invoice}/pdf",
    scopes={"read"},
    person=BILLING,
    answers={302: Says(Address, headers=("Location",))},
    refuses=STRIPE,
)
def pdf(call: Call, account: str, invoice: str) -> Answer:
    """The way to the PDF."""
    url = read_pdf_url(call.deps, account, invoice)
    return Answer({"url": url}, 302, {"Location": url})


def _invoice(value: Invoice) -> dict[str, Any]:
    return {
        "id": value.stripe_invoice_id,
        "number": value.number,
        "date": render.time(value.date),
        "status": value.status,
        "currency": value.currency,
        "subtotal": value.subtotal,
        "tax": value.tax,
        "total": value.total,
        "amount_due": value.amount_due,
        "amount_paid": value.amount_paid,
        "billing_reason": value.billing_reason,
        "hosted_url": value.hosted_url,
    }


def _line(value: InvoiceLine) -> dict[str, Any]:
    return {
        "description": value.description,
        "plan": value.plan,
        "quantity": value.quantity,
        "amount": value.amount,
        "period": render.period(value.period),
        "proration": value.proration,
    }
