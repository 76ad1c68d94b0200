"""Changes of a subscription in the tests: asked for, previewed, and their lines read."""

from typing import Any

import stripe

from tests.local.stripe.shop import Shop

BAD = "4000000000000341"
ASKS = "4000002760003184"


def the_item(subscription: Any) -> Any:
    return subscription["items"].data[0]


def at_share(subscription: Any, numerator: int, denominator: int) -> int:
    """The instant at which this share of the period is over."""
    item = the_item(subscription)
    length = item.current_period_end - item.current_period_start
    assert length * numerator % denominator == 0
    return item.current_period_start + length * numerator // denominator


def wish(subscription: Any, **fields: Any) -> dict[str, Any]:
    """The item's new price or quantity, invoiced at once and prorated at the instant `at` if one is given."""
    names = {"price", "quantity"} & set(fields)
    item = {"id": the_item(subscription).id, **{name: fields.pop(name) for name in names}}
    at = fields.pop("at", None)
    moment = {"proration_date": at} if at is not None else {}
    return {"items": [item], "proration_behavior": "always_invoice", **moment, **fields}


def change(shop: Shop, subscription: Any, **fields: Any) -> Any:
    expanded = {"expand": ["latest_invoice"]}
    return shop.service.v1.subscriptions.update(subscription.id, {**wish(subscription, **fields), **expanded})


def preview(shop: Shop, subscription: Any, **fields: Any) -> Any:
    details = wish(subscription, **fields)
    return shop.service.v1.invoices.create_preview({"subscription": subscription.id, "subscription_details": details})


def lines_of(invoice: Any) -> list[tuple[str, int]]:
    return [(line.description, line.amount) for line in invoice.lines.data]


def amounts(invoice: Any) -> list[int]:
    return [line.amount for line in invoice.lines.data]


def a_monthly(shop: Shop, amount: int, quantity: int = 1, **fields: Any) -> stripe.Subscription:
    """A subscription made in the dashboard, on a good card."""
    customer = fields.pop("customer", None) or shop.a_customer(card="4242424242424242")
    price = fields.pop("price", None) or shop.a_price(amount)
    items = [{"price": price.id, "quantity": quantity}]
    return shop.operator.v1.subscriptions.create({"customer": customer.id, "items": items, **fields})


def with_card(shop: Shop, card: str) -> Any:
    """Active at 10.00 a month, and this card on file."""
    subscription = a_monthly(shop, 1_000)
    shop.local(f"customers/{subscription.customer}/card", {"card": card})
    return shop.subscription(subscription)
