"""Previews of the next renewal."""

import pytest
import stripe

from tests.local.stripe.shop import START, Shop


def test_a_preview_is_the_next_renewal_to_the_cent_and_leaves_nothing_behind(shop: Shop) -> None:
    subscription = shop.a_subscription(customer=shop.a_customer("DE"), automatic_tax={"enabled": True})
    end = subscription["items"].data[0].current_period_end

    preview = shop.operator.v1.invoices.create_preview({"subscription": subscription.id})
    kept = len(shop.operator.v1.invoices.list({"subscription": subscription.id}).data)
    shop.later(by=end - START + 2 * 3600)

    renewal = shop.operator.v1.invoices.list({"subscription": subscription.id}).data[0]
    assert kept == 1
    assert preview.id.startswith("upcoming_in")
    assert (preview.amount_due, preview.lines.data[0].period.start) == (renewal.amount_due, end)
    assert renewal.billing_reason == "subscription_cycle"


def test_nothing_is_upcoming_where_the_subscription_ends_before(shop: Shop) -> None:
    subscription = shop.a_subscription()
    shop.operator.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.operator.v1.invoices.create_preview({"subscription": subscription.id})

    assert refused.value.code == "invoice_upcoming_none"
