"""An invoice's life: draft, finalised (numbered), tried, paid or void.

Source of the states: https://docs.stripe.com/invoicing/integration/workflow-transitions
"""

from typing import Any

from infra.local.stripe import (
    balances,
    customers,
    invoice_lines,
    invoice_payments,
    payment_intents,
    pending_updates,
    resumptions,
    sent_invoices,
    subscription_changes,
    subscription_status,
)
from infra.local.stripe.errors import Refusal, invalid
from infra.local.stripe.events import emit, updating
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, State

FINALISED_AFTER = 3_600
# Where an endpoint does not accept invoice.created, finalisation waits this long at most.
HELD_AT_MOST = 72 * 3_600


def draft(state: State, customer: Object, lines: list[Object], automatic_tax: bool, **fields: Any) -> Object:
    """A new draft, told as invoice.created. `fields` say what differs from a plain manual invoice."""
    invoice = blank_invoice(state, customer, automatic_tax)
    invoice.update(fields)
    invoice["lines"]["url"] = f"/v1/invoices/{invoice['id']}/lines"
    is_first = invoice["billing_reason"] == "subscription_create"
    if invoice["auto_advance"] and (sent_invoices.is_sent(invoice) or not is_first):
        invoice["automatically_finalizes_at"] = state.now() + FINALISED_AFTER
    add_lines(state, invoice, lines)
    customers.hold_to_currency(customer, invoice["currency"])
    created = emit(state, "invoice.created", state.add(invoice))
    invoice["_created_event"] = created["id"]
    return invoice


def add_lines(state: State, invoice: Object, lines: list[Object]) -> None:
    for line in lines:
        line["invoice"] = invoice["id"]
        state.add(line)
    invoice_lines.put(invoice, [*invoice_lines.all_of(invoice), *lines])
    invoice_lines.add_up(state, invoice)


def finalize(state: State, invoice: Object, intent: Object | None = None) -> None:
    """Number the draft and open it; one that comes to nothing is paid at once.

    `intent` is a payment that was made already. Raises Refusal, the draft kept, where tax cannot be calculated.
    """
    invoice_lines.add_up(state, invoice)
    if invoice["automatic_tax"]["status"] == "requires_location_inputs":
        raise _finalization_failed(state, invoice)
    _number(state, invoice)
    balances.settle(state, invoice, is_charged=intent is not None)
    emit(state, "invoice.finalized", invoice)
    if invoice["amount_due"] == 0:
        settled(state, invoice)
        return
    intent = intent or _intent(state, invoice)
    invoice_payments.make(state, invoice, intent)
    if intent["status"] == "succeeded":
        settled(state, invoice)
    elif intent["status"] == "processing":
        _on_its_way(state, invoice)
    elif invoice["auto_advance"] and sent_invoices.is_sent(invoice):
        emit(state, "invoice.sent", invoice)
    elif invoice["auto_advance"] and invoice["billing_reason"] == "manual":
        invoice["next_payment_attempt"] = state.now() + FINALISED_AFTER


def collect(state: State, invoice: Object, method: Object, authenticated: bool = False) -> str | None:
    """Somebody pays an open invoice now; None if it paid or a debit is on its way, else the decline code.

    Only the very first of such attempts counts as one.
    """
    payment_intents.check_idle(invoice_payments.default_intent(state, invoice))
    if not invoice["attempt_count"]:
        invoice["attempt_count"] = 1
    return _attempt(state, invoice, method, authenticated, {})


def collect_automatically(state: State, invoice: Object, method: Object, retry_at: int | None) -> str | None:
    """Stripe's own attempt, with the instant of the next one if this fails."""
    invoice["attempt_count"] += 1
    return _attempt(state, invoice, method, False, {"next_payment_attempt": retry_at})


def paid_outside(state: State, invoice: Object) -> None:
    """Somebody says that the money came outside of Stripe: nothing is charged, and no payment told of."""
    _call_off(state, invoice)
    settled(state, invoice, in_stripe=False)


def settled(state: State, invoice: Object, in_stripe: bool = True) -> None:
    """The invoice is paid: say so, and let its subscription be good again."""
    with updating(state, invoice):
        invoice.update(status="paid", attempted=True, amount_paid=invoice["amount_due"], amount_remaining=0)
        invoice.update(next_payment_attempt=None, auto_advance=False)
        invoice["status_transitions"]["paid_at"] = state.now()
    emit(state, "invoice.paid", invoice)
    if in_stripe:
        emit(state, "invoice.payment_succeeded", invoice)
    invoice_payments.paid(state, invoice)
    subscription_status.follow(state, invoice)
    resumptions.follow(state, invoice)
    pending_updates.paid(state, invoice)


def void(state: State, invoice: Object) -> None:
    if invoice["status"] not in ("open", "uncollectible"):
        raise invalid(f"You can only void open or uncollectible invoices. This invoice is {invoice['status']}.")
    intent = invoice_payments.open_intent(state, invoice)
    if intent:
        payment_intents.check_idle(intent)
    with updating(state, invoice):
        invoice.update(status="void", next_payment_attempt=None, auto_advance=False, amount_remaining=0)
        invoice["status_transitions"]["voided_at"] = state.now()
    emit(state, "invoice.voided", invoice)
    balances.give_back(state, invoice)
    subscription_changes.unbilled(state.find(subscription_id(invoice) or ""), invoice)
    if intent:
        payment_intents.cancel(state, intent)
        invoice_payments.canceled(state, invoice)
    subscription_status.follow(state, invoice)
    resumptions.follow(state, invoice)
    pending_updates.voided(state, invoice)


def mark_uncollectible(state: State, invoice: Object) -> None:
    """Give the money up; the invoice can still be paid."""
    if invoice["status"] != "open":
        raise invalid(f"You can only mark open invoices as uncollectible. This invoice is {invoice['status']}.")
    with updating(state, invoice):
        invoice.update(status="uncollectible", next_payment_attempt=None, auto_advance=False)
        invoice["status_transitions"]["marked_uncollectible_at"] = state.now()
        invoice["status_details"] = {"uncollectible": {"reason": "user_forgiven"}}
    emit(state, "invoice.marked_uncollectible", invoice)
    subscription_status.follow(state, invoice)
    resumptions.follow(state, invoice)


def set_auto_advance(state: State, invoice: Object, advances: bool) -> None:
    """Let Stripe go on with the invoice by itself, or not."""
    invoice["auto_advance"] = advances
    at = state.now() + FINALISED_AFTER if advances else None
    if invoice["status"] == "draft":
        invoice["automatically_finalizes_at"] = at
    elif invoice["status"] == "open" and not sent_invoices.is_sent(invoice):
        invoice["next_payment_attempt"] = at


def stop_collecting(state: State, invoice: Object) -> None:
    """Leave an invoice as it is, and try no more by itself."""
    with updating(state, invoice):
        invoice.update(next_payment_attempt=None, auto_advance=False, automatically_finalizes_at=None)


def payment_method_of(state: State, invoice: Object) -> Object | None:
    """The card to charge: the invoice's own, its subscription's, else the customer's."""
    subscription = state.find(subscription_id(invoice) or "") or {}
    customer = state.get("customer", invoice["customer"])
    candidates = (
        invoice["default_payment_method"],
        subscription.get("default_payment_method"),
        (customer.get("invoice_settings") or {}).get("default_payment_method"),
    )
    return next((state.get("payment_method", each) for each in candidates if each), None)


def subscription_id(invoice: Object) -> str | None:
    details = (invoice["parent"] or {}).get("subscription_details")
    return details["subscription"] if details else None


def _attempt(state: State, invoice: Object, method: Object, authenticated: bool, if_not_paid: Object) -> str | None:
    intent = invoice_payments.default_intent(state, invoice)
    reason = payment_intents.confirm(state, intent, method, authenticated)
    if reason:
        not_paid(state, invoice, if_not_paid)
    elif intent["status"] == "processing":
        _on_its_way(state, invoice)
    else:
        settled(state, invoice)
    if reason == "authentication_required":
        emit(state, "invoice.payment_action_required", invoice)
    return reason


def _call_off(state: State, invoice: Object) -> None:
    """The payment that was waited for will not come; raises Refusal for a debit on its way."""
    intent = invoice_payments.open_intent(state, invoice)
    if intent:
        payment_intents.check_idle(intent)
        payment_intents.cancel(state, intent)
        invoice_payments.canceled(state, invoice)


def _on_its_way(state: State, invoice: Object) -> None:
    """A debit was begun: the invoice stays open until the bank answers; what it pays for does not wait."""
    with updating(state, invoice):
        invoice.update(attempted=True, next_payment_attempt=None)
    subscription_status.begun(state, invoice)
    pending_updates.paid(state, invoice)


def not_paid(state: State, invoice: Object, changes: Object) -> None:
    """An attempt failed; `changes` are what it means for the next one."""
    with updating(state, invoice):
        invoice.update(changes, attempted=True)
    emit(state, "invoice.payment_failed", invoice)
    resumptions.follow(state, invoice)


def _number(state: State, invoice: Object) -> None:
    customer = state.get("customer", invoice["customer"])
    invoice.update(
        status="open",
        number=customers.next_invoice_number(customer),
        effective_at=state.now(),
        hosted_invoice_url=f"{state.url}/invoice/{invoice['id']}",
        invoice_pdf=f"{state.url}/invoice/{invoice['id']}/pdf",
        automatically_finalizes_at=None,
        last_finalization_error=None,
    )
    invoice["status_transitions"]["finalized_at"] = state.now()


def _intent(state: State, invoice: Object) -> Object:
    description = {"subscription_create": "Subscription creation", "subscription_cycle": "Subscription update"}
    return payment_intents.make(
        state,
        invoice["amount_due"],
        invoice["currency"],
        invoice["customer"],
        description=description.get(invoice["billing_reason"], "Payment for Invoice"),
        setup_future_usage="off_session" if subscription_id(invoice) else None,
    )


def _finalization_failed(state: State, invoice: Object) -> Refusal:
    refusal = invalid(
        "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate "
        "tax.",
        "customer_tax_location_invalid",
    )
    invoice["last_finalization_error"] = refusal.body()["error"]
    emit(state, "invoice.finalization_failed", invoice)
    return refusal


def blank_invoice(state: State, customer: Object, automatic_tax: bool) -> Object:
    """An invoice of nothing, not kept."""
    now, invoice_id = state.now(), state.ids.make("in")
    return blank(
        "invoice",
        id=invoice_id,
        automatic_tax={
            "disabled_reason": None,
            "enabled": automatic_tax,
            "liability": {"type": "self"} if automatic_tax else None,
            "provider": "stripe" if automatic_tax else None,
            "status": None,
        },
        created=now,
        currency=customer["currency"] or "eur",
        customer=customer["id"],
        customer_address=customer["address"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        customer_phone=customer["phone"],
        lines={"object": "list", "data": [], "has_more": False, "url": f"/v1/invoices/{invoice_id}/lines"},
        period_end=now,
        period_start=now,
        status_transitions=dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
    )
