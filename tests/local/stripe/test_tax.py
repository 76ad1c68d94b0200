"""Tax: by the country of the address at the time, and owed by the buyer where he is a business abroad."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.shop import DAY, Shop

TAXED: Any = {"automatic_tax": {"enabled": True}}
FRENCH: Any = {"type": "eu_vat", "value": "FR12345678901"}


def invoices(shop: Shop, subscription: Any) -> list[Any]:
    return shop.service.v1.invoices.list({"customer": subscription.customer}).data


def test_a_change_of_address_changes_the_next_tax_and_no_earlier_one(shop: Shop) -> None:
    subscription = shop.a_subscription(customer=shop.a_customer("DE"), **TAXED)

    shop.local(f"customers/{subscription.customer}/address", {"country": "FR", "postal_code": "75001"})
    shop.later(by=29 * DAY)

    # 3 x 12.00 at France's 20 %, after Germany's 19 %: 7.20 and 6.84.
    renewal, first = invoices(shop, subscription)
    assert [(each.total, each.total_taxes[0].amount) for each in (first, renewal)] == [(4_284, 684), (4_320, 720)]


def test_a_country_where_nobody_is_registered_pays_none(shop: Shop) -> None:
    subscription = shop.a_subscription(customer=shop.a_customer("US"), **TAXED)

    invoice = shop.latest_invoice(subscription)

    assert (invoice.total, invoice.total_taxes[0].amount) == (3_600, 0)
    assert invoice.total_taxes[0].taxability_reason == "not_collecting"


@pytest.mark.parametrize(
    ("why", "country", "tax_id", "tax", "reason"),
    [
        ("a business in another country of the Union owes it itself", "FR", FRENCH, 0, "reverse_charge"),
        ("a person there pays it", "FR", None, 720, "standard_rated"),
        ("a business at home pays it", "DE", {"type": "eu_vat", "value": "DE123456789"}, 684, "standard_rated"),
        ("a business outside pays as anybody", "GB", {"type": "gb_vat", "value": "GB123456789"}, 720, "standard_rated"),
    ],
)
def test_who_owes_the_tax(shop: Shop, why: str, country: str, tax_id: Any, tax: int, reason: str) -> None:
    customer = shop.a_customer(country)
    if tax_id:
        shop.service.v1.customers.tax_ids.create(customer.id, tax_id)

    invoice = shop.latest_invoice(shop.a_subscription(customer=customer, **TAXED))

    assert (invoice.total, invoice.total_taxes[0].amount) == (3_600 + tax, tax), why
    assert invoice.total_taxes[0].taxability_reason == reason
    assert [each.value for each in invoice.customer_tax_ids or []] == ([tax_id["value"]] if tax_id else [])


def test_without_tax_a_price_with_tax_inside_stays_what_it_says(shop: Shop) -> None:
    customer = shop.a_customer("FR")
    shop.service.v1.customers.tax_ids.create(customer.id, FRENCH)
    price = shop.a_price(1_190, tax_behavior="inclusive")

    invoice = shop.latest_invoice(shop.a_subscription(customer=customer, price=price, **TAXED))

    assert (invoice.total, invoice.total_excluding_tax) == (3_570, 3_570)


@pytest.mark.parametrize(("exempt", "reason"), [("exempt", "customer_exempt"), ("reverse", "reverse_charge")])
def test_a_customer_whom_the_dashboard_exempts_pays_none(shop: Shop, exempt: str, reason: str) -> None:
    customer = shop.a_customer("DE")
    shop.operator.v1.customers.update(customer.id, {"tax_exempt": exempt})

    invoice = shop.latest_invoice(shop.a_subscription(customer=customer, **TAXED))

    assert (invoice.total, invoice.total_taxes[0].taxability_reason) == (3_600, reason)
    assert invoice.customer_tax_exempt == exempt


def test_tax_ids_are_kept_told_and_taken_away(shop: Shop) -> None:
    customer = shop.a_customer("FR")
    ids = shop.service.v1.customers.tax_ids
    expand: Any = {"expand": ["tax_ids"]}

    made = ids.create(customer.id, FRENCH)
    listed = shop.service.v1.customers.retrieve(customer.id, expand).tax_ids.data
    ids.delete(customer.id, made.id)

    assert (made.country, made.verification.status) == ("FR", "verified")
    assert [each.id for each in listed] == [made.id]
    assert ids.list(customer.id).data == []
    told = shop.service.v1.events.list({"type": "customer.tax_id.*"}).data
    assert [event.type for event in told] == ["customer.tax_id.deleted", "customer.tax_id.created"]


@pytest.mark.parametrize(
    ("why", "tax_id", "code"),
    [
        ("no country", {"type": "eu_vat", "value": "12345678901"}, "tax_id_invalid"),
        ("no number", {"type": "eu_vat", "value": ""}, "parameter_invalid_empty"),
        ("no such kind", {"type": "moon_vat", "value": "M1"}, None),
        ("twice the same", FRENCH, None),
    ],
)
def test_a_wrong_tax_id_is_refused(shop: Shop, why: str, tax_id: Any, code: str | None) -> None:
    customer = shop.a_customer("FR")
    shop.service.v1.customers.tax_ids.create(customer.id, FRENCH)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.service.v1.customers.tax_ids.create(customer.id, tax_id)

    assert refused.value.code == code, why
    assert len(shop.service.v1.customers.tax_ids.list(customer.id).data) == 1


@pytest.mark.parametrize(
    ("value", "status"), [("FR11111111111", "unverified"), ("FR22222222222", "pending"), ("FR00000000000", "verified")]
)
def test_a_tax_office_answers_by_stripes_test_values(shop: Shop, value: str, status: str) -> None:
    customer = shop.a_customer("FR")

    made = shop.service.v1.customers.tax_ids.create(customer.id, {"type": "eu_vat", "value": value})

    assert made.verification.status == status


def test_another_customers_tax_id_is_not_found(shop: Shop) -> None:
    mine, his = shop.a_customer("FR"), shop.a_customer("FR")
    made = shop.service.v1.customers.tax_ids.create(his.id, FRENCH)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.service.v1.customers.tax_ids.delete(mine.id, made.id)

    assert refused.value.http_status == 404
    assert len(shop.service.v1.customers.tax_ids.list(his.id).data) == 1
