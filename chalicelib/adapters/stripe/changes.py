"""Changes of a running subscription: previewed, charged now, or scheduled for the period's end.

An item is always named with its id, its price and its quantity: without the id Stripe adds a second item, and a price
alone sets the quantity back to 1. Source: https://docs.stripe.com/api/subscriptions/update
"""

from collections.abc import Callable
from typing import Any

from chalicelib.adapters.stripe.calls import Calls
from chalicelib.adapters.stripe.schedules import item_change
from chalicelib.domain.invoices import Bill, InvoiceLine
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Item
from chalicelib.domain.periods import Instant
from chalicelib.domain.subscriptions import Bought, Subscription
from chalicelib.errors import AddressNeeded, StripeRefused


def preview(
    calls: Calls, subscription: Subscription, price: str, item: Item, at: Instant, line: Callable[[Any], InvoiceLine]
) -> Bill:
    """What charging the change would cost, from the very parameters that it will be charged with."""
    params: Any = {
        "customer": subscription.stripe_customer_id,
        "subscription": subscription.stripe_subscription_id,
        "subscription_details": _changed(subscription, price, item, at),
    }
    found = calls.ask(lambda client: client.v1.invoices.create_preview(params)).to_dict()
    if (found.get("automatic_tax") or {}).get("status") == "requires_location_inputs":
        # Stripe previews without the tax what it then refuses to bill.
        raise AddressNeeded("Stripe does not know where the customer is")
    return Bill(
        Money(found["amount_due"], found["currency"]),
        sum(each["amount"] for each in found.get("total_taxes") or []),
        tuple(line(each) for each in found["lines"]["data"]),
        found["starting_balance"] + found["total"] - found["amount_due"],
    )


def preview_renewal(calls: Calls, subscription: Subscription, price: str, item: Item, balance: int | None) -> Money:
    """What the next period costs with the item, and with the balance that the customer has then, or else has now.

    Of another interval, and of one that is to end, Stripe is asked for a period that begins now and credits nothing: a
    renewal by another interval has no preview, and an end has no renewal. Discounts and tax are the subscription's.
    """
    details: Any = {"items": [item_change(subscription, price, item)], "proration_behavior": "none"}
    if item.new_interval or subscription.ends_at is not None:
        details |= {"billing_cycle_anchor": {"type": "now"}} | _without_end(subscription)
    params: Any = {
        "customer": subscription.stripe_customer_id,
        "subscription": subscription.stripe_subscription_id,
        "subscription_details": details,
    }
    found = calls.ask(lambda client: client.v1.invoices.create_preview(params))
    return Money(found.amount_due if balance is None else max(0, found.total + balance), found.currency)


def charge(calls: Calls, subscription: Subscription, price: str, item: Item, at: Instant, key: str) -> None:
    """The change, in force once its proration is paid."""
    changed = subscription.stripe_subscription_id
    params: Any = _changed(subscription, price, item, at) | {"payment_behavior": "pending_if_incomplete"}
    calls.make(
        key,
        lambda client, options: client.v1.subscriptions.update(changed, params, options),
        look=lambda: _done(calls, subscription, price, item),
    )


def _without_end(subscription: Subscription) -> dict[str, Any]:
    """What takes a scheduled end out of a preview: Stripe bills an item until then only. A schedule's has no such."""
    if subscription.ends_at is None or subscription.scheduled is not None:
        return {}
    return {"cancel_at_period_end": False} if subscription.cancel_at_period_end else {"cancel_at": ""}


def put_back(calls: Calls, subscription: Subscription, bought: Bought, for_sale: Callable[[], str], key: str) -> None:
    """The item as it was bought, without proration."""

    def put(price: str, key: str) -> None:
        item = {"id": subscription.stripe_item_id, "price": price, "quantity": bought.quantity}
        params: Any = {"items": [item], "proration_behavior": "none"}
        changed = subscription.stripe_subscription_id
        calls.make(key, lambda client, options: client.v1.subscriptions.update(changed, params, options))

    try:
        put(bought.stripe_price_id, key)
    except StripeRefused:
        # Stripe sells an archived price to nobody, not even again to who had it.
        put(for_sale(), f"{key}:for_sale")


def _done(calls: Calls, subscription: Subscription, price: str, item: Item) -> Any:
    """The subscription if the change is in it, in force or pending: what a kept failure may have left behind."""
    found = calls.ask(lambda client: client.v1.subscriptions.retrieve(subscription.stripe_subscription_id)).to_dict()
    items = found["items"]["data"] + ((found.get("pending_update") or {}).get("subscription_items") or [])
    reached = any(each["price"]["id"] == price and each.get("quantity") == item.quantity for each in items)
    return found if reached else None


def _changed(subscription: Subscription, price: str, item: Item, at: Instant) -> dict[str, Any]:
    anchor = {"billing_cycle_anchor": {"type": "now"}} if item.new_interval else {}
    return {
        "items": [item_change(subscription, price, item)],
        "proration_behavior": "always_invoice",
        "proration_date": at,
        **anchor,
    }
