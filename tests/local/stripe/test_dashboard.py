"""What a dashboard user does, by the API and with the operator's key, to prices, products and customers."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.shop import DAY, Shop


def test_a_price_of_an_older_catalogue_loses_its_key_to_the_new_one(shop: Shop) -> None:
    old = shop.a_price(1_200, lookup_key="team_month")

    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        shop.a_price(1_500, lookup_key="team_month")
    new = shop.a_price(1_500, product=old.product, lookup_key="team_month", transfer_lookup_key=True)

    assert shop.operator.v1.prices.retrieve(old.id).lookup_key is None
    assert [each.id for each in shop.service.v1.prices.list({"lookup_keys": ["team_month"]}).data] == [new.id]


def test_a_price_is_named_and_put_out_of_use_and_its_subscribers_stay(shop: Shop) -> None:
    price = shop.a_price()
    subscription = shop.a_subscription(price=price)

    shop.operator.v1.prices.update(price.id, {"active": False, "nickname": "Team 2025", "metadata": {"until": "2025"}})
    shop.later(by=29 * DAY)

    after = shop.operator.v1.prices.retrieve(price.id)
    assert (after.active, after.nickname, after.metadata.until) == (False, "Team 2025", "2025")
    assert shop.latest_invoice(subscription).lines.data[0].pricing.price_details.price == price.id
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        shop.a_session(price=price)


def test_an_amount_never_changes(shop: Shop) -> None:
    price = shop.a_price()

    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter"):
        shop.operator.v1.prices.update(price.id, {"unit_amount": 1})


def test_a_renamed_product_shows_on_the_next_invoice(shop: Shop) -> None:
    subscription = shop.a_subscription()
    product = subscription["items"].data[0].price.product

    shop.operator.v1.products.update(product, {"name": "Squad", "metadata": {"plan": "team"}})
    shop.later(by=29 * DAY)

    invoices = shop.service.v1.invoices.list({"customer": subscription.customer}).data
    assert [each.lines.data[0].description for each in invoices] == [
        "3 x Squad (at €12.00 / month)",
        "3 x Team (at €12.00 / month)",
    ]


def test_a_product_with_prices_cannot_be_deleted_and_one_without_can(shop: Shop) -> None:
    sold, unsold = shop.a_price().product, shop.operator.v1.products.create({"name": "Nothing"}).id

    with pytest.raises(stripe.InvalidRequestError, match="has one or more user-created prices"):
        shop.operator.v1.products.delete(sold)

    assert shop.operator.v1.products.delete(unsold).deleted
    assert [each.id for each in shop.operator.v1.products.list().data] == [sold]


def test_customers_are_found_by_their_email(shop: Shop) -> None:
    shop.a_customer()
    other = shop.operator.v1.customers.create({"email": "ada@example.com"})

    assert [each.id for each in shop.operator.v1.customers.list({"email": "ada@example.com"}).data] == [other.id]
    assert shop.operator.v1.customers.list({"email": "ADA@example.com"}).data == []


def test_every_detail_of_a_customer_is_changed_and_unset(shop: Shop) -> None:
    customer = shop.a_customer("DE")
    details: Any = {"name": "Acme Ltd", "email": "pay@acme.example", "phone": "+49 30 1", "description": "VIP"}

    changed = shop.operator.v1.customers.update(customer.id, {**details, "preferred_locales": ["de"]})
    unset = shop.operator.v1.customers.update(customer.id, {"address": "", "metadata": {"account": ""}})

    assert {name: changed[name] for name in details} == details
    assert changed.preferred_locales == ["de"]
    assert (unset.address, unset.metadata.to_dict(), unset.name) == (None, {}, "Acme Ltd")


def test_searching_customers_is_not_built(shop: Shop) -> None:
    with pytest.raises(stripe.APIError, match="not built"):
        shop.operator.v1.customers.search({"query": "email:'ada@example.com'"})


def test_a_deleted_customers_subscriptions_end_at_once(shop: Shop) -> None:
    subscription = shop.a_subscription()
    endpoint = shop.an_endpoint("customer.deleted", "customer.subscription.deleted")

    answer = shop.operator.v1.customers.delete(subscription.customer)
    shop.later(by=60 * DAY)

    assert answer.deleted
    assert shop.subscription(subscription).status == "canceled"
    assert endpoint.types == ["customer.subscription.deleted", "customer.deleted"]
    assert endpoint.events[1]["data"]["object"]["email"] == "billing@acme.example"
    assert len(shop.service.v1.invoices.list({"subscription": subscription.id}).data) == 1


def test_of_a_deleted_customer_only_that_can_be_read(shop: Shop) -> None:
    customer = shop.a_customer(card="4242424242424242")
    session = shop.a_session(customer)

    shop.operator.v1.customers.delete(customer.id)

    found = shop.service.v1.customers.retrieve(customer.id)
    assert found.to_dict() == {"id": customer.id, "object": "customer", "deleted": True}
    assert shop.operator.v1.customers.list().data == []
    assert shop.session(session).status == "expired"
    expand: Any = {"expand": ["customer"]}
    assert shop.service.v1.checkout.sessions.retrieve(session.id, expand).customer.deleted
    for change in (
        lambda: shop.service.v1.customers.update(customer.id, {"name": "Ghost"}),
        lambda: shop.operator.v1.customers.delete(customer.id),
        lambda: shop.a_session(customer),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            change()
        assert refused.value.code == "resource_missing"


def test_subscriptions_are_listed_by_customer_status_and_price(shop: Shop) -> None:
    ended, live = shop.a_subscription(), shop.a_subscription()
    price = live["items"].data[0].price.id
    shop.operator.v1.subscriptions.cancel(ended.id)

    def ids(**by: Any) -> list[str]:
        return [each.id for each in shop.operator.v1.subscriptions.list(by).data]

    assert ids() == [live.id]
    assert ids(status="all") == [live.id, ended.id]
    assert ids(status="canceled") == ids(status="ended") == [ended.id]
    assert ids(customer=live.customer) == ids(price=price) == [live.id]
    assert ids(customer=ended.customer) == ids(status="past_due") == []
