"""Invoices that are sent instead of charged: the customer pays them himself, until their due date or after it.

Nothing is tried by itself. Stripe tells `invoice.overdue` where an automation of its account says so; here one does.
Source: https://docs.stripe.com/billing/collection-method
"""

from infra.local.stripe import subscription_status
from infra.local.stripe.errors import invalid
from infra.local.stripe.events import emit
from infra.local.stripe.parameters import missing
from infra.local.stripe.state import Object, Params, State

SENT = "send_invoice"
DAY = 86_400


def read(params: Params) -> Params:
    """How a new subscription is to be collected; raises Refusal unless the two parameters go together."""
    method = params.get("collection_method", "charge_automatically")
    days = params.get("days_until_due")
    if method == SENT and days is None:
        raise missing("days_until_due")
    if method != SENT and days is not None:
        raise invalid("`days_until_due` is for `collection_method` `send_invoice` only.", param="days_until_due")
    if days is not None and days < 0:
        raise invalid("`days_until_due` must not be below zero.", param="days_until_due")
    return {"collection_method": method, "days_until_due": days}


def is_sent(collected: Object) -> bool:
    """Of an invoice, or of a subscription."""
    return collected["collection_method"] == SENT


def terms(subscription: Object, now: int) -> Params:
    """How an invoice made now is collected, and until when."""
    days = subscription["days_until_due"]
    due_date = None if days is None else now + days * DAY
    return {"collection_method": subscription["collection_method"], "due_date": due_date}


def overdue_at(invoice: Object) -> int | None:
    """When an open invoice will be overdue, if it is not yet."""
    return invoice["due_date"] if invoice["status"] == "open" and not invoice.get("_overdue") else None


def overdue(state: State, invoice: Object) -> None:
    """The due date is over: the invoice stays open, and its subscription is past due."""
    invoice["_overdue"] = True
    emit(state, "invoice.overdue", invoice)
    subscription_status.failed(state, invoice)
