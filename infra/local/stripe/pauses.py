"""Pausing a subscription, and resuming it: no service and no invoices in between.

A paused subscription has no period left: its items' end where the pause began. What was paid and not used is credited
unless asked otherwise. Only a new period from now on is built for resuming.
Source: https://docs.stripe.com/billing/subscriptions/pause
"""

from infra.local.stripe import (
    dunning,
    invoice_life,
    invoice_lines,
    pause_life,
    resumptions,
    schedule_status,
    sent_invoices,
    subscription_bills,
    subscription_life,
    tax,
)
from infra.local.stripe.addresses import country_of
from infra.local.stripe.errors import invalid, not_built
from infra.local.stripe.events import updating
from infra.local.stripe.routing import Route, Routes
from infra.local.stripe.state import Object, Params, State


def pause(state: State, params: Params, subscription_id: str) -> Object:
    subscription = state.get("subscription", subscription_id)
    _check_pausable(state, subscription)
    if sent_invoices.is_sent(subscription):
        raise not_built("pausing a subscription whose invoices are sent")
    if params.get("invoicing_behavior") == "invoice":
        raise not_built("pausing with an invoice")
    unused_from = params.get("bill_for", {}).get("unused_time_from", {}).get("type", "now")
    pause_life.begin(state, subscription, "pause_requested", unused_from)
    return subscription


def resume(state: State, params: Params, subscription_id: str) -> Object:
    subscription = state.get("subscription", subscription_id)
    _check_resumable(state, subscription, params)
    waits = params.get("payment_behavior") == "resume_on_payment_success"
    invoice = _invoice(state, subscription, waits)
    if invoice["status"] == "open" and waits:
        dunning.attempt(state, invoice)
    return subscription


def give_up(state: State, subscription: Object) -> None:
    """Nobody tried to pay for the resumption: void its invoice."""
    waiting = resumptions.invoice_of(state, subscription)
    if waiting:
        invoice_life.void(state, waiting)


def _invoice(state: State, subscription: Object, waits: bool) -> Object:
    """The new period's invoice, finalised; one that comes to nothing is paid, and resumes the subscription at once."""
    invoice_id = state.ids.make("in")
    items = resumptions.begin(subscription, invoice_id, state.now(), waits)
    with updating(state, subscription, subscription_life.UPDATED):
        subscription["latest_invoice"] = invoice_id
    lines = subscription_bills.take_pending(subscription)
    lines += [invoice_lines.subscription_line(state, subscription, item) for item in items]
    fields = {"id": invoice_id, "billing_reason": "subscription_cycle", "auto_advance": waits}
    invoice = subscription_bills.draft(state, subscription, lines, **fields)
    invoice_life.finalize(state, invoice)
    return invoice


def _check_pausable(state: State, subscription: Object) -> None:
    if schedule_status.of(state, subscription):
        raise invalid("Cannot pause subscriptions with attached schedules.")
    if subscription["status"] != "active":
        raise invalid(f"You cannot pause a subscription that is in the `{subscription['status']}` status.")
    if subscription["cancel_at"] is not None:
        raise invalid("You cannot pause a subscription that is set to cancel.")
    if subscription["pending_update"]:
        raise invalid("You cannot pause a subscription that has a pending update.")


def _check_resumable(state: State, subscription: Object, params: Params) -> None:
    if subscription["status"] != "paused":
        raise invalid("You can only resume a subscription that is in the `paused` status.")
    if params.get("billing_cycle_anchor", {}).get("type") == "unchanged":
        raise not_built("resuming inside the old billing period")
    if resumptions.invoice_of(state, subscription):
        raise invalid("This subscription is being resumed already: its invoice is still to be paid.")
    customer = state.get("customer", subscription["customer"])
    if subscription["automatic_tax"]["enabled"] and not country_of(customer):
        raise tax.location_needed()


ROUTES: Routes = {
    "POST /v1/subscriptions/{}/pause": Route(
        pause, "bill_for.unused_time_from.type bill_for.outstanding_usage_through.type invoicing_behavior type"
    ),
    # No proration comes of a new period from now on, whatever is asked.
    "POST /v1/subscriptions/{}/resume": Route(resume, "billing_cycle_anchor.type payment_behavior proration_behavior"),
}
