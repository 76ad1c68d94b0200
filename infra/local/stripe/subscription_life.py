"""A subscription's life: opened, renewed from period to period, ended."""

from typing import Any

from infra.local.stripe import (
    collection_pauses,
    customers,
    discounts,
    invoice_life,
    invoice_lines,
    pending_updates,
    prorations,
    schedule_status,
    subscription_bills,
    subscription_items,
)
from infra.local.stripe.events import emit, updating
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, State
from infra.local.stripe.subscription_items import first_end

UPDATED = "customer.subscription.updated"
INCOMPLETE_FOR = 23 * 3_600
# A subscription in these states is billed period after period.
BILLED = ("active", "past_due", "unpaid")
ENDED = ("canceled", "incomplete_expired")

Sold = list[tuple[Object, int]]


def opened(state: State, customer: Object, sold: Sold, automatic_tax: bool, **fields: Any) -> Object:
    """A new subscription to these prices and quantities, its first period begun and its first invoice in draft."""
    now = state.now()
    customers.hold_to_currency(customer, sold[0][0]["currency"])
    subscription = blank(
        "subscription",
        id=state.ids.make("sub"),
        automatic_tax=_automatic_tax(automatic_tax),
        billing_cycle_anchor=now,
        created=now,
        currency=sold[0][0]["currency"],
        customer=customer["id"],
        start_date=now,
        **fields,
    )
    subscription["items"] = subscription_items.listing(
        subscription["id"],
        [subscription_items.make(state, subscription["id"], price, quantity) for price, quantity in sold],
    )
    for item in subscription["items"]["data"]:
        subscription_items.begin_period(subscription, item, now)
    subscription["latest_invoice"] = invoice_id = state.ids.make("in")
    emit(state, "customer.subscription.created", state.add(subscription))
    discounts.begin(state, subscription)
    _bill(state, subscription, subscription["items"]["data"], id=invoice_id, billing_reason="subscription_create")
    return subscription


def turn(state: State, subscription: Object) -> None:
    """What is due for a billed subscription: its end, if one was asked for, else its renewal."""
    cancels = subscription["cancel_at"]
    if cancels is not None and cancels <= state.now():
        # Prorations that waited for the renewal are collected at the end; a cancellation at once drops them.
        lines = subscription_bills.take_pending(subscription)
        end(state, subscription)
        if lines:
            subscription_bills.draft(state, subscription, lines, billing_reason="subscription_update")
    else:
        _renew(state, subscription)


def next_turn(subscription: Object) -> int:
    cancels = subscription["cancel_at"]
    return first_end(subscription) if cancels is None else min(cancels, first_end(subscription))


def end(state: State, subscription: Object, reason: str | None = None) -> None:
    """Cancel for good. Finalised invoices stay as they are, and are not collected any more."""
    now, waiting = state.now(), pending_updates.invoice_of(state, subscription)
    subscription_bills.take_pending(subscription)
    if waiting:
        # Paid later, it would pay for nothing.
        invoice_life.void(state, waiting)
    subscription.update(status="canceled", ended_at=now, canceled_at=subscription["canceled_at"] or now)
    if reason:
        subscription["cancellation_details"]["reason"] = reason
    # Stripe never deletes a subscription; "deleted" is the move to "canceled".
    emit(state, "customer.subscription.deleted", subscription)
    schedule_status.subscription_ended(state, subscription, reason)
    for invoice in _invoices(state, subscription):
        if invoice["status"] in ("draft", "open"):
            invoice_life.stop_collecting(state, invoice)


def expire(state: State, subscription: Object) -> None:
    """Give up a subscription whose first payment never came."""
    with updating(state, subscription, UPDATED):
        subscription.update(status="incomplete_expired", ended_at=state.now())
    for invoice in _invoices(state, subscription):
        if invoice["status"] == "open":
            invoice_life.void(state, invoice)


def renewed_items(subscription: Object) -> list[Object]:
    """The items that the next renewal bills, as they will be then; none where it ends before or is not billed."""
    at, cancels = first_end(subscription), subscription["cancel_at"]
    if subscription["status"] not in BILLED or (cancels is not None and cancels <= at):
        return []
    due = [dict(item) for item in subscription["items"]["data"] if item["current_period_end"] == at]
    for item in due:
        subscription_items.begin_period(subscription, item, at)
    return due


def _renew(state: State, subscription: Object) -> None:
    old_period = {"period_start": 0, "period_end": first_end(subscription)}
    due = [item for item in subscription["items"]["data"] if item["current_period_end"] <= state.now()]
    old_period["period_start"] = min(item["current_period_start"] for item in due)
    invoice_id = state.ids.make("in")
    with updating(state, subscription, UPDATED):
        for item in due:
            subscription_items.begin_period(subscription, item, item["current_period_end"])
        subscription["latest_invoice"] = invoice_id
    invoice = _bill(state, subscription, due, id=invoice_id, billing_reason="subscription_cycle", **old_period)
    collection_pauses.treat(state, subscription, invoice)


def _bill(state: State, subscription: Object, items: list[Object], **fields: Any) -> Object:
    subscription["_billed"] = {
        **subscription.get("_billed", {}),
        **prorations.whole_periods(state, subscription, items),
    }
    lines = subscription_bills.take_pending(subscription)
    lines += [invoice_lines.subscription_line(state, subscription, item) for item in items]
    return subscription_bills.draft(state, subscription, lines, **fields)


def _invoices(state: State, subscription: Object) -> list[Object]:
    return [each for each in state.every("invoice") if invoice_life.subscription_id(each) == subscription["id"]]


def _automatic_tax(enabled: bool) -> Object:
    return {"disabled_reason": None, "enabled": enabled, "liability": {"type": "self"} if enabled else None}
