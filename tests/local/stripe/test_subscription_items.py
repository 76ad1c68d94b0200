"""A subscription's items changed, added and taken away; what is refused has changed nothing."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.changes import a_monthly, at_share, change, lines_of, preview, the_item
from tests.local.stripe.scheduling import changed_later
from tests.local.stripe.shop import DAY, START, Shop


def test_an_item_without_an_id_is_a_further_one(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    other = shop.a_price(2_000)
    params: Any = {"items": [{"price": other.id}], "proration_behavior": "always_invoice"}

    changed = shop.service.v1.subscriptions.update(
        subscription.id, {**params, "proration_date": at_share(subscription, 1, 2)}
    )
    removed = shop.service.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": the_item(subscription).id, "deleted": True}],
            "proration_behavior": "always_invoice",
            "proration_date": at_share(subscription, 1, 2),
            "expand": ["latest_invoice"],
        },
    )

    assert [item.price.id for item in changed["items"].data] == [the_item(subscription).price.id, other.id]
    assert [item.price.id for item in removed["items"].data] == [other.id]
    assert lines_of(removed.latest_invoice) == [("Unused time on Team after 14 Feb 2026", -500)]


def test_a_price_without_a_quantity_sells_one(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000, 5)

    changed = change(shop, subscription, price=shop.a_price(2_000).id)

    assert the_item(changed).quantity == 1


def test_an_end_at_the_periods_end_moves_with_the_period(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    shop.service.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})

    changed = change(shop, subscription, price=shop.a_price(10_000, "year").id, billing_cycle_anchor={"type": "now"})

    assert changed.cancel_at == the_item(changed).current_period_end > the_item(subscription).current_period_end


@pytest.mark.parametrize(
    ("why", "fields", "param"),
    [
        ("before the period", {"at": START - 1}, "proration_date"),
        ("after the period", {"at": START + 29 * DAY}, "proration_date"),
        ("with no proration", {"at": START + DAY, "proration_behavior": "none"}, "proration_date"),
        ("below zero", {"quantity": -1}, "items[0][quantity]"),
        ("no such price", {"price": "price_none"}, "items[0][price]"),
        ("an anchor that is a word", {"billing_cycle_anchor": "now"}, "billing_cycle_anchor"),
    ],
)
def test_refuses_what_cannot_be_and_changes_nothing(shop: Shop, why: str, fields: dict[str, Any], param: str) -> None:
    subscription = a_monthly(shop, 1_000)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        change(shop, subscription, **{"quantity": 2, "metadata": {"a": "b"}, **fields})

    assert refused.value.param == param, why
    assert shop.subscription(subscription).to_dict() == subscription.to_dict()


def test_refuses_items_that_do_not_go_together(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    item = the_item(subscription)
    dollars = shop.a_price(1_000, currency="usd")
    cases: list[tuple[list[Any], str]] = [
        ([{"id": "si_none", "quantity": 1}], "No such subscription_item"),
        ([{"id": item.id, "deleted": True}], "at least one active plan"),
        ([{"price": item.price.id}], "multiple subscription items with the same plan"),
        ([{"id": item.id, "quantity": 1}, {"id": item.id, "quantity": 2}], "Duplicate"),
        ([{"id": item.id, "price": dollars.id}], "expected currency"),
        ([{"id": item.id, "price": shop.a_price(1_000, None).id}], "type=one_time"),
        ([{"quantity": 2}], "items\\[0\\]\\[price\\]"),
    ]

    for items, words in cases:
        with pytest.raises(stripe.InvalidRequestError, match=words):
            shop.service.v1.subscriptions.update(subscription.id, {"items": items})


def test_what_is_sold_already_may_be_sold_on_after_its_price_was_archived(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    price = the_item(subscription).price.id
    shop.operator.v1.prices.update(price, {"active": False})

    changed = change(shop, subscription, price=price, quantity=2)

    assert the_item(changed).quantity == 2


def test_an_incomplete_subscription_cannot_be_changed(shop: Shop) -> None:
    customer = shop.a_customer(card="4000000000000341")
    subscription = a_monthly(shop, 1_000, customer=customer)

    with pytest.raises(stripe.InvalidRequestError, match="incomplete"):
        change(shop, subscription, quantity=2)


def test_tells_a_change_with_what_was_before(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    endpoint = shop.an_endpoint("customer.subscription.updated")

    change(shop, subscription, quantity=2)
    shop.local("settle", {})

    [event] = endpoint.events
    previous = event["data"]["previous_attributes"]
    assert set(previous) == {"items", "latest_invoice"}
    assert previous["items"]["data"][0]["quantity"] == 1
    assert shop.problems() == []


def test_without_a_location_a_taxed_change_is_refused(shop: Shop) -> None:
    customer = shop.a_customer("DE", card="4242424242424242")
    subscription = a_monthly(shop, 1_000, customer=customer, automatic_tax={"enabled": True})
    shop.local(f"customers/{customer.id}/address", {})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        change(shop, subscription, quantity=2)

    assert refused.value.code == "customer_tax_location_invalid"
    assert the_item(shop.subscription(subscription)).quantity == 1


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"cancel_at_period_end": True}, "updating any cancelation behavior directly is not allowed"),
        ({"cancel_at": "min_period_end"}, "updating any cancelation behavior directly is not allowed"),
        ({"billing_cycle_anchor": {"type": "now"}}, "updating any items directly is not allowed"),
    ],
)
def test_what_a_schedule_manages_is_changed_there(shop: Shop, params: Any, words: str) -> None:
    subscription = shop.a_subscription()
    schedule = changed_later(shop, subscription, shop.a_price(900), 2)

    with pytest.raises(stripe.InvalidRequestError, match=f"managed by the subscription schedule `{schedule.id}`") as no:
        shop.service.v1.subscriptions.update(subscription.id, params)
    renamed = shop.service.v1.subscriptions.update(subscription.id, {"metadata": {"name": "other"}})

    assert words in str(no.value)
    assert renamed.metadata["name"] == "other"


def test_an_instant_before_the_phase_is_refused(shop: Shop) -> None:
    subscription = shop.a_subscription()
    shop.later(by=DAY)
    changed_later(shop, subscription, shop.a_price(900), 2)

    with pytest.raises(stripe.InvalidRequestError, match="current phase"):
        preview(shop, subscription, quantity=4, at=the_item(subscription).current_period_start - 1)
