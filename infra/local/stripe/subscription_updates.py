"""An update of what a subscription sells, carried out: billed by its proration, paid by its payment behaviour.

`allow_incomplete` makes the change and is past due where the card fails; `error_if_incomplete` refuses; with
`pending_if_incomplete` the change waits for its payment, and takes no pending invoice items along. An invoice that is
sent waits for nobody: the change is made.
"""

from infra.local.stripe import (
    dunning,
    invoice_life,
    invoice_payments,
    payment_intents,
    pending_updates,
    sent_invoices,
    subscription_bills,
    subscription_changes,
    subscription_limits,
    subscription_status,
    tax,
)
from infra.local.stripe.cards import declined
from infra.local.stripe.errors import invalid
from infra.local.stripe.events import updating
from infra.local.stripe.state import Object, State
from infra.local.stripe.subscription_changes import Change

UPDATED = "customer.subscription.updated"


def check(state: State, subscription: Object, change: Change, behavior: str) -> None:
    """Raise Refusal for a change that cannot be carried out."""
    subscription_limits.count_quantities(state, subscription, change.items)
    if change.bills_now:
        subscription_limits.check_invoices(state, subscription)
        _check_payable(state, subscription, change, behavior)


def carry_out(state: State, subscription: Object, change: Change, behavior: str) -> None:
    """Make a change that was checked, bill it and have it paid. It takes the place of one that waits."""
    _replace_pending(state, subscription)
    if not change.bills_now:
        with updating(state, subscription, UPDATED):
            subscription_changes.make(state, subscription, change)
    elif behavior == "pending_if_incomplete":
        _pay_first(state, subscription, change)
    else:
        _pay_after(state, subscription, change, behavior)


def expire(state: State, subscription: Object) -> None:
    """Give up a pending update whose time is over: its invoice is voided."""
    _replace_pending(state, subscription)


def lines_of(subscription: Object, change: Change, is_pending: bool = False) -> list[Object]:
    """What the change's own invoice bills: pending prorations go along, except where the change may stay pending."""
    return [*([] if is_pending else subscription.get("_pending_lines", [])), *change.lines]


def _pay_first(state: State, subscription: Object, change: Change) -> None:
    invoice_id = state.ids.make("in")
    with updating(state, subscription, UPDATED):
        subscription["latest_invoice"] = invoice_id
        # Not collected by itself, and of no account for the status, unless the change is made.
        fields = {"id": invoice_id, "auto_advance": False, "_pending_update": True}
        invoice = _bill(state, subscription, change, change.lines, **fields)
        method = invoice_life.payment_method_of(state, invoice)
        if invoice["status"] == "open" and method:
            invoice_life.collect(state, invoice, method)
        if _is_paid_for(state, invoice):
            invoice.update(_pending_update=False, auto_advance=invoice["status"] == "open")
            subscription_changes.make(state, subscription, change, invoice)
        else:
            pending_updates.wait(state, subscription, change, invoice)


def _pay_after(state: State, subscription: Object, change: Change, behavior: str) -> None:
    invoice_id, billed_before = state.ids.make("in"), subscription.get("_billed", {})
    lines = lines_of(subscription, change)
    with updating(state, subscription, UPDATED):
        subscription_bills.take_pending(subscription)
        subscription_changes.make(state, subscription, change)
        subscription["latest_invoice"] = invoice_id
    invoice = _bill(state, subscription, change, lines, id=invoice_id)
    subscription_changes.note_billed(subscription, billed_before, invoice)
    if invoice["status"] != "open" or sent_invoices.is_sent(invoice):
        return
    if behavior == "default_incomplete":
        subscription_status.failed(state, invoice)
    else:
        dunning.attempt(state, invoice)


def _bill(state: State, subscription: Object, change: Change, lines: list[Object], **fields: object) -> Object:
    invoice = subscription_bills.draft(state, subscription, lines, billing_reason="subscription_update", **fields)
    invoice["parent"]["subscription_details"]["subscription_proration_date"] = change.at
    # An unpaid subscription piles up drafts, but what a change waits for must be there to be paid.
    if subscription["status"] != "unpaid" or invoice.get("_pending_update"):
        invoice_life.finalize(state, invoice)
    return invoice


def _is_paid_for(state: State, invoice: Object) -> bool:
    """Paid, or a bank is on its way to pay it."""
    if invoice["status"] == "paid":
        return True
    return invoice["status"] == "open" and invoice_payments.default_intent(state, invoice)["status"] == "processing"


def _check_payable(state: State, subscription: Object, change: Change, behavior: str) -> None:
    """What would stop the invoice is refused before there is one."""
    lines = lines_of(subscription, change, is_pending=behavior == "pending_if_incomplete")
    invoice = subscription_bills.quoted(state, subscription, lines)
    if invoice["automatic_tax"]["status"] == "requires_location_inputs":
        raise tax.location_needed()
    if behavior != "error_if_incomplete" or sent_invoices.is_sent(invoice) or not invoice["amount_due"]:
        return
    method = invoice_life.payment_method_of(state, invoice)
    if method is None:
        raise invalid(
            "This customer has no attached payment source or default payment method. Please consider adding a default "
            "payment method.",
            "resource_missing",
        )
    reason = payment_intents.obstacle(method, authenticated=False)
    if reason:
        raise declined(reason)


def _replace_pending(state: State, subscription: Object) -> None:
    waiting = pending_updates.invoice_of(state, subscription)
    if waiting:
        invoice_life.void(state, waiting)
