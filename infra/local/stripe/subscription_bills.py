"""What a subscription is billed: its invoices, as they will be made and as they would be."""

from typing import Any

from infra.local.stripe import discounts, invoice_life, invoice_lines, sent_invoices
from infra.local.stripe.events import updating
from infra.local.stripe.state import Object, State


def draft(state: State, subscription: Object, lines: list[Object], **fields: Any) -> Object:
    """A new draft of these lines. One that pays for whole periods uses up the discounts that apply once."""
    # An unpaid subscription piles up drafts that nobody collects.
    collects = subscription["status"] != "unpaid"
    invoice = invoice_life.draft(
        state,
        state.get("customer", subscription["customer"]),
        lines,
        subscription["automatic_tax"]["enabled"],
        **{"auto_advance": collects, **_from(state, subscription), **fields},
    )
    if any(line["discountable"] for line in lines):
        _use_up(state, subscription)
    return invoice


def _use_up(state: State, subscription: Object) -> None:
    before = subscription["discounts"]
    with updating(state, subscription, "customer.subscription.updated"):
        subscription["discounts"] = discounts.lasting(state, before)
    discounts.tell(state, before, subscription["discounts"])


def quoted(state: State, subscription: Object, lines: list[Object], **fields: Any) -> Object:
    """The invoice that these lines would make; nothing is kept."""
    customer = state.get("customer", subscription["customer"])
    invoice = invoice_life.blank_invoice(state, customer, subscription["automatic_tax"]["enabled"])
    invoice.update(_from(state, subscription), **fields)
    invoice_lines.put(invoice, [{**line, "invoice": invoice["id"]} for line in lines])
    invoice_lines.add_up(state, invoice)
    return invoice


def take_pending(subscription: Object) -> list[Object]:
    """The prorations that waited for an invoice, which is now."""
    return subscription.pop("_pending_lines", [])


def _from(state: State, subscription: Object) -> Object:
    return {
        "currency": subscription["currency"],
        "discounts": list(subscription["discounts"]),
        "parent": parent_of_invoice(subscription),
        **sent_invoices.terms(subscription, state.now()),
    }


def parent_of_invoice(subscription: Object) -> Object:
    return {
        "quote_details": None,
        "subscription_details": {
            "metadata": dict(subscription["metadata"]),
            "subscription": subscription["id"],
            "subscription_proration_date": None,
        },
        "type": "subscription_details",
    }
