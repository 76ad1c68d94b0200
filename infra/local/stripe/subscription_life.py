"""A subscription's life: opened, renewed from period to period, ended.

In the pinned version periods belong to the items; the subscription has none of its own.
"""

from typing import Any

from infra.local.stripe import customers, invoice_life, invoice_lines
from infra.local.stripe.events import emit, updating
from infra.local.stripe.periods import period_after
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, State, shown

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
    subscription["items"] = _items(state, subscription["id"], sold)
    for item in subscription["items"]["data"]:
        _begin_period(subscription, item, now)
    subscription["latest_invoice"] = invoice_id = state.ids.make("in")
    emit(state, "customer.subscription.created", state.add(subscription))
    _bill(state, subscription, subscription["items"]["data"], id=invoice_id, billing_reason="subscription_create")
    return subscription


def first_end(subscription: Object) -> int:
    """The next instant at which a period of the subscription ends."""
    return min(item["current_period_end"] for item in subscription["items"]["data"])


def turn(state: State, subscription: Object) -> None:
    """What is due for a billed subscription: its end, if one was asked for, else its renewal."""
    cancels = subscription["cancel_at"]
    if cancels is not None and cancels <= state.now():
        end(state, subscription)
    else:
        _renew(state, subscription)


def next_turn(subscription: Object) -> int:
    cancels = subscription["cancel_at"]
    return first_end(subscription) if cancels is None else min(cancels, first_end(subscription))


def end(state: State, subscription: Object, reason: str | None = None) -> None:
    """Cancel for good. Finalised invoices stay as they are, and are not collected any more."""
    now = state.now()
    subscription.update(status="canceled", ended_at=now, canceled_at=subscription["canceled_at"] or now)
    if reason:
        subscription["cancellation_details"]["reason"] = reason
    # Stripe never deletes a subscription; "deleted" is the move to "canceled".
    emit(state, "customer.subscription.deleted", subscription)
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
        _begin_period(subscription, item, at)
    return due


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


def _renew(state: State, subscription: Object) -> None:
    old_period = {"period_start": 0, "period_end": first_end(subscription)}
    due = [item for item in subscription["items"]["data"] if item["current_period_end"] <= state.now()]
    old_period["period_start"] = min(item["current_period_start"] for item in due)
    invoice_id = state.ids.make("in")
    with updating(state, subscription, UPDATED):
        for item in due:
            _begin_period(subscription, item, item["current_period_end"])
        subscription["latest_invoice"] = invoice_id
    _bill(state, subscription, due, id=invoice_id, billing_reason="subscription_cycle", **old_period)


def _bill(state: State, subscription: Object, items: list[Object], **fields: Any) -> Object:
    # An unpaid subscription piles up drafts that nobody collects.
    collects = subscription["status"] != "unpaid"
    return invoice_life.draft(
        state,
        state.get("customer", subscription["customer"]),
        [invoice_lines.subscription_line(state, subscription, item) for item in items],
        subscription["automatic_tax"]["enabled"],
        currency=subscription["currency"],
        auto_advance=collects,
        parent=parent_of_invoice(subscription),
        **fields,
    )


def _items(state: State, subscription_id: str, sold: Sold) -> Object:
    items = [
        state.add(
            blank(
                "subscription_item",
                id=state.ids.make("si"),
                created=state.now(),
                plan=_plan(price),
                price=shown(price),
                quantity=quantity,
                subscription=subscription_id,
            )
        )
        for price, quantity in sold
    ]
    url = f"/v1/subscription_items?subscription={subscription_id}"
    return {"object": "list", "data": items, "has_more": False, "url": url}


def _begin_period(subscription: Object, item: Object, start: int) -> None:
    recurring = item["price"]["recurring"]
    anchor = subscription["billing_cycle_anchor"]
    item["current_period_start"] = start
    item["current_period_end"] = period_after(anchor, start, recurring["interval"], recurring["interval_count"])


def _invoices(state: State, subscription: Object) -> list[Object]:
    return [each for each in state.every("invoice") if invoice_life.subscription_id(each) == subscription["id"]]


def _automatic_tax(enabled: bool) -> Object:
    return {"disabled_reason": None, "enabled": enabled, "liability": {"type": "self"} if enabled else None}


def _plan(price: Object) -> Object:
    """The legacy twin of a recurring price."""
    same = ("id", "active", "billing_scheme", "created", "currency", "livemode", "metadata", "nickname", "product")
    return {
        **{name: price[name] for name in same},
        "object": "plan",
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "meter": None,
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
