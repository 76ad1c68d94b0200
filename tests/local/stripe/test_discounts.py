"""Coupons on subscriptions: what they take off, and what is given back of a discounted period."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.changes import a_monthly, amounts, at_share, change, lines_of, the_item
from tests.local.stripe.shop import DAY, Shop
from tests.local.stripe.test_shapes import complaints

GOOD = "4242424242424242"


def a_coupon(shop: Shop, **fields: Any) -> Any:
    return shop.operator.v1.coupons.create({"duration": "forever", **fields})


def discounted(shop: Shop, amount: int, quantity: int = 1, **coupon: Any) -> Any:
    return a_monthly(shop, amount, quantity, discounts=[{"coupon": a_coupon(shop, **coupon).id}])


def test_a_percentage_is_taken_off_every_period(shop: Shop) -> None:
    subscription = discounted(shop, 1_000, 3, percent_off=25)
    first = shop.latest_invoice(subscription)

    shop.later(by=29 * DAY)

    renewal = shop.latest_invoice(subscription)
    for invoice in (first, renewal):
        assert (invoice.subtotal, invoice.total, invoice.amount_paid) == (3_000, 2_250, 2_250)
        assert [each.amount for each in invoice.total_discount_amounts] == [750]
        assert [each.amount for each in invoice.lines.data[0].discount_amounts] == [750]


def test_once_is_for_one_invoice(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.discount.created", "customer.discount.deleted")
    subscription = discounted(shop, 1_000, duration="once", amount_off=300, currency="eur")
    first = shop.latest_invoice(subscription)

    shop.later(by=29 * DAY)

    assert (first.total, shop.latest_invoice(subscription).total) == (700, 1_000)
    assert shop.subscription(subscription).discounts == []
    assert endpoint.types == ["customer.discount.created", "customer.discount.deleted"]


def test_tax_is_on_what_is_left(shop: Shop) -> None:
    customer = shop.a_customer("DE", card=GOOD)
    coupon = a_coupon(shop, percent_off=10)

    subscription = a_monthly(
        shop, 1_000, customer=customer, automatic_tax={"enabled": True}, discounts=[{"coupon": coupon.id}]
    )

    # 9.00 and 19 % of it.
    invoice = shop.latest_invoice(subscription)
    assert (invoice.subtotal, invoice.total_excluding_tax, invoice.total) == (1_000, 900, 1_071)


def test_both_sides_of_a_proration_have_the_discount_inside(shop: Shop) -> None:
    subscription = discounted(shop, 1_000, percent_off=20)

    changed = change(shop, subscription, quantity=2, at=at_share(subscription, 1, 2))

    # Half of 8.00 back, half of 16.00 charged.
    invoice = changed.latest_invoice
    assert (amounts(invoice), invoice.total) == ([-400, 800], 400)
    assert [line.discount_amounts for line in invoice.lines.data] == [[], []]


def test_what_was_billed_at_a_discount_is_given_back_at_it(shop: Shop) -> None:
    subscription = discounted(shop, 1_000, duration="once", percent_off=50)

    changed = change(shop, subscription, quantity=2, at=at_share(subscription, 1, 2))

    # 5.00 was billed, so 2.50 comes back; the discount is used up, so the rest costs half of 20.00.
    assert amounts(changed.latest_invoice) == [-250, 1_000]


def test_a_discount_changed_in_the_same_call_counts_already(shop: Shop) -> None:
    subscription = discounted(shop, 1_000, percent_off=50)

    changed = change(shop, subscription, quantity=2, at=at_share(subscription, 1, 2), discounts="")

    assert (amounts(changed.latest_invoice), changed.discounts) == ([-250, 1_000], [])


def test_a_fixed_sum_is_spread_by_amount_and_so_given_back(shop: Shop) -> None:
    customer = shop.a_customer(card=GOOD)
    ten, twenty = shop.a_price(1_000), shop.a_price(2_000)
    coupon = a_coupon(shop, amount_off=500, currency="eur")
    subscription = shop.operator.v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": ten.id}, {"price": twenty.id}],
            "discounts": [{"coupon": coupon.id}],
        }
    )
    first = shop.latest_invoice(subscription)

    removed = shop.service.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": the_item(subscription).id, "deleted": True}],
            "proration_behavior": "always_invoice",
            "proration_date": at_share(subscription, 1, 2),
            "expand": ["latest_invoice"],
        },
    )

    # (Stripe) 5.00 off 10.00 and 20.00 is 1.66 and 3.34; half of 8.34 comes back.
    assert [line.discount_amounts[0].amount for line in first.lines.data] == [166, 334]
    assert lines_of(removed.latest_invoice) == [("Unused time on Team after 14 Feb 2026", -417)]


def test_a_coupon_can_come_later(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    coupon = a_coupon(shop, amount_off=2_000, currency="eur")

    shop.service.v1.subscriptions.update(subscription.id, {"discounts": [{"coupon": coupon.id}]})
    told = shop.service.v1.invoices.create_preview({"subscription": subscription.id})
    shop.later(by=29 * DAY)

    renewal = shop.latest_invoice(subscription)
    assert (told.total, renewal.total, renewal.status) == (0, 0, "paid")
    assert shop.service.v1.coupons.retrieve(coupon.id).times_redeemed == 1


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({}, "percent_off"),
        ({"percent_off": 10, "amount_off": 5, "currency": "eur"}, "percent_off"),
        ({"percent_off": 101}, "percent_off"),
        ({"amount_off": 5}, "currency"),
        ({"amount_off": 0, "currency": "eur"}, "amount_off"),
    ],
)
def test_refuses_a_coupon_of_nothing(shop: Shop, fields: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        a_coupon(shop, **fields)

    assert refused.value.param == param


def test_refuses_a_coupon_that_is_not_there_and_changes_nothing(shop: Shop) -> None:
    subscription, coupon = a_monthly(shop, 1_000), a_coupon(shop, percent_off=10)

    with pytest.raises(stripe.InvalidRequestError, match="No such coupon"):
        change(shop, subscription, quantity=2, discounts=[{"coupon": "none"}])
    with pytest.raises(stripe.InvalidRequestError):
        change(shop, subscription, quantity=-2, discounts=[{"coupon": coupon.id}])

    assert shop.service.v1.coupons.retrieve(coupon.id).times_redeemed == 0
    assert shop.subscription(subscription).to_dict() == subscription.to_dict()


def test_has_the_shape_of_stripes(shop: Shop) -> None:
    subscription = discounted(shop, 1_000, percent_off=12.5, name="Early bird")

    expanded = shop.service.v1.subscriptions.retrieve(subscription.id, {"expand": ["discounts"]})
    coupon = shop.service.v1.coupons.list().data[0]

    assert complaints(expanded.discounts[0], "discount") == []
    assert complaints(coupon, "coupon") == []
    assert (coupon.percent_off, expanded.discounts[0].source.coupon) == (12.5, coupon.id)
