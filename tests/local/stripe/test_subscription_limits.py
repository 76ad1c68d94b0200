"""How often one subscription may be changed, both sides of each bound."""

from typing import Any

import pytest
import stripe

from infra.local.stripe import subscription_edits
from tests.local.stripe.changes import a_monthly, change, the_item
from tests.local.stripe.shop import DAY, Shop

HOUR = 3_600


def test_ten_invoices_a_minute_and_twenty_a_day_and_no_more(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)

    def grow(to: int) -> Any:
        return change(shop, subscription, quantity=to)

    for quantity in range(2, 11):
        grow(quantity)
    with pytest.raises(stripe.RateLimitError) as refused:
        grow(11)
    shop.later(by=61)
    for quantity in range(11, 21):
        grow(quantity)
    shop.later(by=61)
    with pytest.raises(stripe.RateLimitError):
        grow(21)
    shop.later(by=DAY)
    error: Any = refused.value.error

    assert error.code == "rate_limit"
    assert the_item(grow(21)).quantity == 21


def test_two_hundred_changes_of_quantity_an_hour_and_no_more(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    item = the_item(subscription).id

    def set_to(quantity: int) -> None:
        shop.service.v1.subscriptions.update(subscription.id, wish(quantity))

    def wish(quantity: int) -> Any:
        return {"items": [{"id": item, "quantity": quantity}], "proration_behavior": "none"}

    for count in range(199):
        # Not over HTTP, for speed.
        subscription_edits.update(shop.emulator.state, wish(2 + count), subscription.id)
    set_to(201)
    with pytest.raises(stripe.RateLimitError):
        set_to(1)
    shop.later(by=HOUR)
    set_to(1)

    assert the_item(shop.subscription(subscription)).quantity == 1
