"""Reading an account's invoices, always from Stripe: their links run out, and their status changes there.

An invoice that is somebody else's, a draft, and one that is not there are told alike.
"""

from chalicelib.actions.change_account import read
from chalicelib.deps import Deps
from chalicelib.domain.invoices import DRAFT, Invoice, InvoiceLine
from chalicelib.errors import StripeGone, UnknownInvoice

PREFIX = "in_"


def read_invoices(deps: Deps, account: str, after: str | None, limit: int) -> tuple[list[Invoice], str | None]:
    """At most `limit` invoices, newest first, and the id to go on after; raises UnknownAccount."""
    _, profile = read(deps, account)
    if profile.stripe_customer_id is None:
        return [], None
    found, more = deps.stripe.invoices(profile.stripe_customer_id, after=after, limit=limit)
    return found, found[-1].stripe_invoice_id if more else None


def read_invoice(deps: Deps, account: str, invoice_id: str) -> tuple[Invoice, list[InvoiceLine]]:
    """The invoice with all its lines; raises UnknownAccount or UnknownInvoice."""
    found = _own(deps, account, invoice_id)
    return found, deps.stripe.invoice_lines(found.stripe_invoice_id)


def read_pdf_url(deps: Deps, account: str, invoice_id: str) -> str:
    """A fresh link to the invoice's PDF; raises UnknownAccount or UnknownInvoice."""
    url = _own(deps, account, invoice_id).pdf_url
    if url is None:
        raise _unknown(invoice_id)
    return url


def _own(deps: Deps, account: str, invoice_id: str) -> Invoice:
    _, profile = read(deps, account)
    # Stripe has other things at some paths beside invoices, such as their search.
    if profile.stripe_customer_id is None or not invoice_id.startswith(PREFIX):
        raise _unknown(invoice_id)
    try:
        found = deps.stripe.invoice(invoice_id)
    except StripeGone as error:
        raise _unknown(invoice_id) from error
    if found.stripe_customer_id != profile.stripe_customer_id or found.status == DRAFT:
        raise _unknown(invoice_id)
    return found


def _unknown(invoice_id: str) -> UnknownInvoice:
    return UnknownInvoice(f"The account has no invoice {invoice_id}.")
