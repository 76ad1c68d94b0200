"""What will be billed, reckoned by the very code that bills it, and nothing kept.

The next renewal; what a change bills now (`always_invoice`, or a new anchor) or at the next renewal (else); the first
invoice of a subscription that is not made yet. A change that is named here is previewed as if the subscription's
schedule were gone, since it must be released before such a change; without one the schedule's next phase is followed.
"""

import copy

from infra.local.stripe import (
    customers,
    invoice_lines,
    item_changes,
    schedule_entry,
    subscription_bills,
    subscription_changes,
    subscription_items,
    subscription_life,
    subscription_updates,
    tax,
)
from infra.local.stripe.addresses import country_of
from infra.local.stripe.errors import invalid
from infra.local.stripe.parameters import missing
from infra.local.stripe.routing import Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State


def create_preview(state: State, params: Params) -> Object:
    """The upcoming invoice; refused where the subscription ends before it would be billed."""
    details = params.get("subscription_details", {})
    if "subscription" not in params:
        return _first(state, params, details)
    subscription = state.get("subscription", params["subscription"])
    if "customer" in params and params["customer"] != subscription["customer"]:
        raise invalid("The subscription does not belong to this customer.", "resource_missing", "subscription")
    if "proration_date" in details and "items" not in details:
        raise missing("subscription_details[items]")
    if subscription["status"] not in subscription_life.BILLED:
        raise _nothing_upcoming()
    future = _with_end(copy.deepcopy(subscription), details)
    if not subscription_changes.asked_for(details):
        return _renewal(state, schedule_entry.at_renewal(state, future))
    change = subscription_changes.reckon(state, future, details)
    if change.bills_now:
        return _upcoming(state, future, subscription_updates.lines_of(future, change))
    subscription_changes.show(future, change)
    return _renewal(state, future)


def _with_end(subscription: Object, details: Params) -> Object:
    if "cancel_at_period_end" in details:
        at_end = details["cancel_at_period_end"]
        subscription["cancel_at"] = subscription_items.first_end(subscription) if at_end else None
    if "cancel_at" in details:
        subscription["cancel_at"] = details["cancel_at"] or None
    return subscription


def _renewal(state: State, subscription: Object) -> Object:
    start = min(item["current_period_start"] for item in subscription["items"]["data"])
    items = subscription_life.renewed_items(subscription)
    lines = subscription_bills.take_pending(subscription)
    if not items and not lines:
        raise _nothing_upcoming()
    lines += [invoice_lines.subscription_line(state, subscription, item) for item in items]
    end = subscription_items.first_end(subscription)
    return _upcoming(state, subscription, lines, period_start=start, period_end=end)


def _first(state: State, params: Params, details: Params) -> Object:
    """What a new subscription to these items would be billed first."""
    for name, given in (("customer", params), ("items", details)):
        if name not in given:
            raise missing("subscription" if name == "customer" else "subscription_details[items]")
    customer = customers.existing(state, params["customer"])
    is_taxed = params.get("automatic_tax", {}).get("enabled", False)
    if is_taxed and not country_of(customer):
        raise tax.location_needed()
    subscription = blank(
        "subscription",
        automatic_tax={"enabled": is_taxed},
        billing_cycle_anchor=state.now(),
        currency=item_changes.sellable_price(state, details["items"][0], "subscription_details[items][0]")["currency"],
        customer=customer["id"],
        items=subscription_items.listing("", []),
    )
    items = item_changes.read(state, subscription, details["items"])
    for item in items:
        subscription_items.begin_period(subscription, item, state.now())
    lines = [invoice_lines.subscription_line(state, subscription, item) for item in items]
    return _upcoming(state, subscription, lines)


def _upcoming(state: State, subscription: Object, lines: list[Object], **fields: int) -> Object:
    invoice = subscription_bills.quoted(state, subscription, lines, billing_reason="upcoming", **fields)
    invoice["id"] = f"upcoming_{invoice['id']}"
    return invoice


def _nothing_upcoming() -> Exception:
    return invalid("No upcoming invoices for this subscription.", "invoice_upcoming_none")


ROUTES: Routes = {
    "POST /v1/invoices/create_preview": Route(
        create_preview,
        "subscription customer automatic_tax.enabled subscription_details.items.id subscription_details.items.price "
        "subscription_details.items.quantity subscription_details.items.deleted "
        "subscription_details.proration_behavior subscription_details.proration_date "
        "subscription_details.billing_cycle_anchor.type subscription_details.cancel_at_period_end "
        "subscription_details.cancel_at",
    )
}
