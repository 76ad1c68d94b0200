"""Previews: what will be billed, to the cent what then is billed, and nothing left behind."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.changes import (
    BAD,
    a_monthly,
    amounts,
    at_share,
    change,
    lines_of,
    preview,
    the_item,
)
from tests.local.stripe.scheduling import changed_later
from tests.local.stripe.shop import DAY, START, Shop

GOOD = "4242424242424242"
SUMS = ("subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax", "amount_due", "starting_balance")


def sums(invoice: Any) -> dict[str, Any]:
    """All that a preview and its execution must agree about."""
    lines = [
        (
            line.description,
            line.quantity,
            line.amount,
            line.parent.subscription_item_details.proration,
            [tax.amount for tax in line.taxes or []],
            [off.amount for off in line.discount_amounts or []],
        )
        for line in invoice.lines.data
    ]
    taxes = [tax.amount for tax in invoice.total_taxes or []]
    return {"lines": lines, "taxes": taxes, **{name: invoice[name] for name in SUMS}}


def kept(shop: Shop, subscription: Any) -> list[Any]:
    """Everything of the customer's that a preview could have touched."""
    v1, customer = shop.service.v1, subscription.customer
    invoices = v1.invoices.list({"subscription": subscription.id}).data
    return [each.to_dict() for each in (v1.customers.retrieve(customer), shop.subscription(subscription), *invoices)]


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


@pytest.mark.parametrize("tax_behavior", ["exclusive", "inclusive"])
@pytest.mark.parametrize("wish", ["seats", "fewer seats", "plan", "year"])
def test_a_change_costs_what_its_preview_said(shop: Shop, tax_behavior: str, wish: str) -> None:
    price = shop.a_price(1_237, tax_behavior=tax_behavior)
    yearly = shop.a_price(11_111, "year", tax_behavior=tax_behavior)
    customer = shop.a_customer("DE", card=GOOD)
    asked: dict[str, Any] = {
        "seats": {"quantity": 7},
        "fewer seats": {"quantity": 2},
        "plan": {"price": shop.a_price(2_999, tax_behavior=tax_behavior).id, "quantity": 4},
        "year": {"price": yearly.id, "quantity": 3, "billing_cycle_anchor": {"type": "now"}},
    }[wish]

    for share in ((0, 1), (1, 7), (1, 3), (13, 28), (1, 1)):
        subscription = a_monthly(shop, 0, 3, price=price, customer=customer, automatic_tax={"enabled": True})
        at, before = at_share(subscription, *share), kept(shop, subscription)

        told = preview(shop, subscription, at=at, **asked)
        after = kept(shop, subscription)
        changed = change(shop, subscription, at=at, **asked)

        assert after == before, share
        assert sums(told) == sums(changed.latest_invoice), share
        assert told.billing_reason == "upcoming"


def test_prorations_that_wait_are_shown_in_the_renewal(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    asked: Any = {"quantity": 2, "at": at_share(subscription, 1, 2), "proration_behavior": "create_prorations"}

    told = preview(shop, subscription, **asked)
    change(shop, subscription, **asked)
    told_again = shop.service.v1.invoices.create_preview({"subscription": subscription.id})
    shop.later(by=29 * DAY)

    # -5.00 unused, +10.00 remaining, 2 x 10.00 for the next month.
    assert amounts(told) == [-500, 1_000, 2_000]
    assert sums(told) == sums(told_again) == sums(shop.latest_invoice(subscription))


def test_without_proration_the_renewal_shows_the_new_items(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)

    told = preview(shop, subscription, quantity=4, proration_behavior="none")

    assert lines_of(told) == [("4 x Team (at €10.00 / month)", 4_000)]
    assert told.period_end == the_item(subscription).current_period_end


def test_a_new_subscriptions_first_invoice_can_be_shown(shop: Shop) -> None:
    customer = shop.a_customer("DE", card=GOOD)
    price = shop.a_price(1_200)
    items: Any = [{"price": price.id, "quantity": 3}]

    told = shop.service.v1.invoices.create_preview(
        {"customer": customer.id, "automatic_tax": {"enabled": True}, "subscription_details": {"items": items}}
    )
    made = shop.operator.v1.subscriptions.create(
        {"customer": customer.id, "items": items, "automatic_tax": {"enabled": True}}
    )

    assert sums(told) == sums(shop.latest_invoice(made))
    assert told.amount_due == 4_284


def test_a_credit_on_the_customers_balance_is_shown_and_used(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    shop.operator.v1.customers.balance_transactions.create(
        str(subscription.customer), {"amount": -300, "currency": "eur"}
    )
    at = at_share(subscription, 1, 2)

    told = preview(shop, subscription, quantity=2, at=at)
    changed = change(shop, subscription, quantity=2, at=at)

    assert (told.total, told.starting_balance, told.amount_due) == (500, -300, 200)
    assert sums(told) == sums(changed.latest_invoice)


def test_follows_the_schedule_and_a_change_named_takes_its_place(shop: Shop) -> None:
    subscription = shop.a_subscription()
    changed_later(shop, subscription, shop.a_price(900), 2)

    told = shop.service.v1.invoices.create_preview({"subscription": subscription.id})
    instead = preview(shop, subscription, quantity=4, proration_behavior="none")
    now = preview(shop, subscription, quantity=4, at=at_share(subscription, 1, 2))
    shop.later(by=29 * DAY)

    # 2 x 9.00 as scheduled; 4 x 12.00 instead; half a period of one seat more now.
    assert (told.amount_due, instead.amount_due, now.amount_due) == (1_800, 4_800, 600)
    assert sums(told) == sums(shop.latest_invoice(subscription))


@pytest.mark.parametrize("end", [{}, {"cancel_at_period_end": True}])
def test_a_period_that_begins_now_and_credits_nothing_is_shown_whole(shop: Shop, end: Any) -> None:
    subscription = a_monthly(shop, 1_000)
    if end:
        shop.service.v1.subscriptions.update(subscription.id, end)
    item: Any = {"id": the_item(subscription).id, "price": shop.a_price(9_000, interval="year").id, "quantity": 2}
    without_end: Any = {"cancel_at_period_end": False} if end else {}
    anew: Any = {"items": [item], "proration_behavior": "none", "billing_cycle_anchor": {"type": "now"}, **without_end}
    before = kept(shop, subscription)

    told = shop.service.v1.invoices.create_preview({"subscription": subscription.id, "subscription_details": anew})

    assert (amounts(told), told.total) == ([18_000], 18_000)
    assert kept(shop, subscription) == before


def test_an_undone_cancellation_can_be_shown(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    shop.service.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})

    details: Any = {"cancel_at_period_end": False}
    told = shop.service.v1.invoices.create_preview({"subscription": subscription.id, "subscription_details": details})

    assert amounts(told) == [1_000]
    assert shop.subscription(subscription).cancel_at_period_end


@pytest.mark.parametrize(
    ("why", "details"),
    [
        ("a date outside", {"proration_date": START - 1}),
        ("an anchor that is a word", {"billing_cycle_anchor": "now"}),
        ("a date without proration", {"proration_behavior": "none", "proration_date": START + DAY}),
    ],
)
def test_refuses_what_the_update_would_refuse(shop: Shop, why: str, details: dict[str, Any]) -> None:
    subscription = a_monthly(shop, 1_000)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        preview(shop, subscription, quantity=2, **details)

    assert str(refused.value.param).endswith(("proration_date", "[billing_cycle_anchor]")), why


def test_a_card_that_would_fail_does_not_matter_to_a_preview(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    shop.local(f"customers/{subscription.customer}/card", {"card": BAD})

    told = preview(shop, subscription, quantity=2, at=at_share(subscription, 1, 2))

    assert (told.amount_due, told.status) == (500, "draft")
