"""Lists and expansion."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.refusals import not_built
from tests.local.stripe.shop import Shop


def test_pages_run_from_the_newest_to_the_oldest(shop: Shop) -> None:
    made = [shop.a_customer().id for _ in range(5)]

    first = shop.service.v1.customers.list({"limit": 2})
    second = shop.service.v1.customers.list({"limit": 2, "starting_after": first.data[-1].id})
    back = shop.service.v1.customers.list({"limit": 1, "ending_before": second.data[-1].id})

    assert [each.id for each in first.data] == [made[4], made[3]]
    assert [each.id for each in second.data] == [made[2], made[1]]
    assert (first.has_more, second.has_more) == (True, True)
    assert [each.id for each in back.data] == [made[2]]


def test_the_sdk_pages_through_all_of_them(shop: Shop) -> None:
    made = [shop.a_customer().id for _ in range(7)]

    found = [each.id for each in shop.service.v1.customers.list({"limit": 3}).auto_paging_iter()]

    assert found == made[::-1]


@pytest.mark.parametrize(("limit", "fits"), [(0, False), (1, True), (100, True), (101, False)])
def test_a_page_has_1_to_100(shop: Shop, limit: int, fits: bool) -> None:
    shop.a_customer()
    if fits:
        assert len(shop.service.v1.customers.list({"limit": limit}).data) == 1
        return
    with pytest.raises(stripe.InvalidRequestError):
        shop.service.v1.customers.list({"limit": limit})


def test_a_cursor_of_nothing_is_refused(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        shop.service.v1.customers.list({"starting_after": "cus_nobody"})


@pytest.mark.emulator_only
def test_customers_are_found_by_their_metadata_until_they_are_deleted(shop: Shop) -> None:
    v1 = shop.service.v1.customers
    first, second, other = (v1.create({"metadata": {"account": each}}).id for each in ("acme", "acme", "acme2"))
    query: Any = {"query": "metadata['account']:'acme'"}

    found = [each.id for each in v1.search(query).data]
    v1.delete(first)

    assert found == [second, first]
    assert [each.id for each in v1.search(query).auto_paging_iter()] == [second]
    assert not v1.search({"query": "metadata['account']:'nobody'"}).data
    assert "the search for" in not_built(lambda: v1.search({"query": f"name:'{other}'"}))


def test_events_are_found_by_type_and_time(shop: Shop) -> None:
    shop.a_customer()
    shop.later(by=1_000)
    middle = shop.now
    shop.later(by=1_000)
    shop.a_price()

    v1 = shop.service.v1.events
    assert {event.type for event in v1.list({"created": {"gte": middle}}).data} == {"product.created", "price.created"}
    assert [event.type for event in v1.list({"created": {"lt": middle}}).data] == ["customer.created"]
    assert [event.type for event in v1.list({"types": ["customer.created", "price.created"]}).data] == [
        "price.created",
        "customer.created",
    ]
    assert [event.type for event in v1.list({"type": "product.*"}).data] == ["product.created"]


@pytest.mark.parametrize(
    ("status", "found"), [(None, 0), ("all", 1), ("canceled", 1), ("ended", 1), ("active", 0), ("past_due", 0)]
)
def test_a_cancelled_subscription_is_found_only_when_asked_for(shop: Shop, status: Any, found: int) -> None:
    subscription = shop.a_subscription()
    shop.service.v1.subscriptions.cancel(subscription.id)
    params: Any = {"customer": subscription.customer, **({"status": status} if status else {})}

    assert len(shop.service.v1.subscriptions.list(params).data) == found


def test_prices_are_found_by_their_lookup_keys(shop: Shop) -> None:
    month, year = shop.a_price(lookup_key="team_month"), shop.a_price(interval="year", lookup_key="team_year")
    shop.a_price()

    found = shop.service.v1.prices.list({"lookup_keys": ["team_month", "team_year", "nothing"]}).data

    assert {each.id for each in found} == {month.id, year.id}


def test_a_lookup_key_moves_only_when_told_to(shop: Shop) -> None:
    old = shop.a_price(lookup_key="team_month")

    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        shop.a_price(1_500, lookup_key="team_month")
    new = shop.a_price(1_500, lookup_key="team_month", transfer_lookup_key=True)

    assert shop.service.v1.prices.retrieve(old.id).lookup_key is None
    assert [each.id for each in shop.service.v1.prices.list({"lookup_keys": ["team_month"]}).data] == [new.id]


def test_an_invoice_is_found_from_its_payment(shop: Shop) -> None:
    subscription = shop.a_subscription()
    intent = shop.service.v1.payment_intents.list({"customer": str(subscription.customer)}).data[0]

    payments = shop.service.v1.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": intent.id}}
    )

    assert [payment.invoice for payment in payments.data] == [subscription.latest_invoice]


def test_expands_what_it_is_asked_to_and_no_more(shop: Shop) -> None:
    subscription = shop.a_subscription()
    expand: Any = {
        "expand": ["customer", "latest_invoice.payments", "items.data.price.product", "default_payment_method"]
    }

    plain: Any = shop.service.v1.subscriptions.retrieve(subscription.id)
    full: Any = shop.service.v1.subscriptions.retrieve(subscription.id, expand)

    assert isinstance(plain.customer, str)
    assert isinstance(plain.latest_invoice, str)
    assert (full.customer.name, full.default_payment_method.card.last4) == ("Acme", "4242")
    assert full["items"].data[0].price.product.name == "Team"
    assert full.latest_invoice.payments.data[0].status == "paid"


def test_expands_inside_lists(shop: Shop) -> None:
    subscription = shop.a_subscription()
    params: Any = {
        "customer": subscription.customer,
        "expand": ["data.customer.invoice_settings.default_payment_method"],
    }

    found: Any = shop.service.v1.subscriptions.list(params).data[0]

    assert found.customer.invoice_settings.default_payment_method is None


@pytest.mark.parametrize("path", ["status", "nothing", "id", "customer.nothing", "a.b.c.d.e", "metadata"])
def test_what_cannot_be_expanded_is_refused(shop: Shop, path: str) -> None:
    subscription = shop.a_subscription()
    params: Any = {"expand": [path]}

    if path == "metadata":
        assert shop.service.v1.subscriptions.retrieve(subscription.id, params).id == subscription.id
        return
    with pytest.raises(stripe.InvalidRequestError, match="expand"):
        shop.service.v1.subscriptions.retrieve(subscription.id, params)
