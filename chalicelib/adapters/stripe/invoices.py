"""A customer's invoices: pages without drafts, one by its id, and all of its lines.

An invoice carries the first few of its lines only, and its own `subtotal` holds the tax of inclusive prices. Source:
https://docs.stripe.com/api/invoices/object
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from chalicelib.adapters.stripe.calls import Calls
from chalicelib.adapters.stripe.failures import GONE
from chalicelib.adapters.stripe.objects import Raw, id_of, plan_named
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.invoices import DRAFT, Invoice, InvoiceLine
from chalicelib.domain.periods import Period
from chalicelib.errors import StripeRefused

PAGE = 100


def page(calls: Calls, stripe_customer_id: str, after: str | None, limit: int) -> tuple[list[Invoice], bool]:
    """At most `limit` invoices below `after`, newest first, and whether there are more.

    A customer, or an `after`, that Stripe does not know has none.
    """
    params: Any = {"customer": stripe_customer_id, "limit": min(limit + 1, PAGE)}
    if after is not None:
        params["starting_after"] = after
    try:
        found = list(islice(_finalised(calls, params), limit + 1))
    except StripeRefused as error:
        if error.stripe_code not in GONE:
            raise
        return [], False
    return [invoice(each) for each in found[:limit]], len(found) > limit


def one(calls: Calls, stripe_invoice_id: str) -> Invoice:
    """The invoice, whoever it belongs to; raises StripeGone."""
    found = calls.ask(lambda client: client.v1.invoices.retrieve(stripe_invoice_id))
    return invoice(found.to_dict())


def lines(calls: Calls, stripe_invoice_id: str, catalogue: Catalogue) -> list[InvoiceLine]:
    """All of them, in the invoice's order."""
    params: Any = {"limit": PAGE, "expand": ["data.pricing.price_details.price"]}
    found = calls.ask(
        lambda client: [
            each.to_dict() for each in client.v1.invoices.line_items.list(stripe_invoice_id, params).auto_paging_iter()
        ]
    )
    return [line(each, catalogue) for each in found]


def _finalised(calls: Calls, params: Any) -> Iterator[Raw]:
    found = calls.ask(lambda client: client.v1.invoices.list(params))
    while found.data:
        yield from (each.to_dict() for each in found.data if each.status != DRAFT)
        if not found.has_more:
            return
        further: Any = params | {"starting_after": found.data[-1].id}
        found = calls.ask(lambda client, further=further: client.v1.invoices.list(further))


def invoice(raw: Raw) -> Invoice:
    """The invoice; tax is what Stripe added up, whether inside its prices or on top."""
    tax = sum(each["amount"] for each in raw.get("total_taxes") or [])
    return Invoice(
        stripe_invoice_id=raw["id"],
        stripe_customer_id=id_of(raw.get("customer")),
        number=raw.get("number"),
        date=raw.get("effective_at") or raw["created"],
        status=raw.get("status") or "",
        currency=raw["currency"],
        subtotal=raw["total"] - tax,
        tax=tax,
        total=raw["total"],
        amount_due=raw["amount_due"],
        amount_paid=raw["amount_paid"],
        billing_reason=raw.get("billing_reason"),
        hosted_url=raw.get("hosted_invoice_url"),
        pdf_url=raw.get("invoice_pdf"),
    )


def line(raw: Raw, catalogue: Catalogue) -> InvoiceLine:
    """The line; its plan is known only where its price is expanded."""
    parent = raw.get("parent") or {}
    details = parent.get(parent.get("type")) or {}
    return InvoiceLine(
        description=raw.get("description"),
        plan=_plan(raw, catalogue),
        quantity=raw.get("quantity"),
        amount=_net(raw),
        period=Period(raw["period"]["start"], raw["period"]["end"]),
        proration=bool(details.get("proration")),
    )


def _plan(raw: Raw, catalogue: Catalogue) -> str | None:
    """By the line's price; what people sold says it in the subscription's metadata, which its lines repeat."""
    price = ((raw.get("pricing") or {}).get("price_details") or {}).get("price")
    named = (raw.get("metadata") or {}).get("plan")
    of_price = plan_named(price, catalogue) if isinstance(price, Mapping) else None
    return of_price or (named if named in catalogue.plans else None)


def _net(raw: Raw) -> int:
    discounted = sum(each["amount"] for each in raw.get("discount_amounts") or [])
    inside = sum(each["amount"] for each in raw.get("taxes") or [] if each["tax_behavior"] == "inclusive")
    return raw["amount"] - discounted - inside
