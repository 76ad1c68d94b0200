"""Collecting by itself: drafts finalised in time, failed payments retried on a schedule, and what happens at its end.

The schedule and its end are the dashboard's billing settings (`/_local/settings`).
"""

from infra.local.stripe import (
    deliveries,
    invoice_life,
    pause_life,
    sent_invoices,
    subscription_life,
    subscription_status,
)
from infra.local.stripe.errors import Refusal
from infra.local.stripe.events import updating
from infra.local.stripe.state import Object, State

DAY = 86_400


def finalizes_at(state: State, invoice: Object) -> int | None:
    """When a draft will be finalised, if it is by itself.

    An hour after it was made, or after every endpoint has accepted invoice.created, but 72 hours at most.
    """
    if invoice["status"] != "draft" or not invoice["auto_advance"] or invoice["last_finalization_error"]:
        return None
    event = state.get("event", invoice["_created_event"])
    if deliveries.awaited(state, event["id"]):
        return invoice["created"] + invoice_life.HELD_AT_MOST
    return max(invoice["created"], event.get("_delivered_at", 0)) + invoice_life.FINALISED_AFTER


def finalize(state: State, invoice: Object) -> None:
    """Finalise a draft that is due, and charge it unless it is sent."""
    try:
        invoice_life.finalize(state, invoice)
    except Refusal:
        # Told as invoice.finalization_failed; the draft waits for somebody to mend it.
        return
    if invoice["status"] == "open" and not sent_invoices.is_sent(invoice):
        attempt(state, invoice)


def attempt(state: State, invoice: Object) -> None:
    """Charge an open invoice by itself; on failure arrange the next try, or end."""
    if not _pays(state, invoice):
        _fail(state, invoice)


def debit_failed(state: State, invoice: Object) -> None:
    """The bank refused a debit that was begun days ago.

    A first invoice is voided and its subscription stays as it is, active; every other is tried again like a card's. One
    that was sent just stays open.
    """
    if sent_invoices.is_sent(invoice):
        invoice_life.not_paid(state, invoice, {})
        return
    is_first = invoice["billing_reason"] == "subscription_create"
    again = invoice["auto_advance"] and not is_first
    retry_at = _retry_at(state, invoice["attempt_count"] - 1) if again else None
    invoice_life.not_paid(state, invoice, {"next_payment_attempt": retry_at})
    if is_first:
        invoice_life.void(state, invoice)
    elif invoice["status"] == "open":
        _fail(state, invoice)


def _pays(state: State, invoice: Object) -> bool:
    method = invoice_life.payment_method_of(state, invoice)
    retry_at = _retry_at(state, invoice["attempt_count"])
    if method:
        return invoice_life.collect_automatically(state, invoice, method, retry_at) is None
    tries = invoice["attempt_count"] + 1
    invoice_life.not_paid(state, invoice, {"next_payment_attempt": retry_at, "attempt_count": tries})
    return False


def _fail(state: State, invoice: Object) -> None:
    subscription_status.failed(state, invoice)
    if invoice["next_payment_attempt"] is None:
        _end(state, invoice)


def _retry_at(state: State, tries: int) -> int | None:
    """When to try again if the attempt after so many tries fails."""
    days = state.settings.dunning_days
    return state.now() + days[tries] * DAY if tries < len(days) else None


def _end(state: State, invoice: Object) -> None:
    subscription = state.find(invoice_life.subscription_id(invoice) or "")
    if not subscription or subscription["status"] != "past_due":
        return
    if state.settings.dunning_end == "cancel":
        subscription_life.end(state, subscription, "payment_failed")
    elif state.settings.dunning_end == "unpaid":
        with updating(state, subscription, subscription_life.UPDATED):
            subscription["status"] = "unpaid"
    elif state.settings.dunning_end == "pause":
        pause_life.unpaid(state, subscription)
