"""Checkout, both modes: nothing is sold before it is paid, and then all of it."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.shop import BACK, DAY, Shop

TAXED: Any = {
    "automatic_tax": {"enabled": True},
    "customer_update": {"address": "auto", "name": "auto"},
    "billing_address_collection": "required",
    "tax_id_collection": {"enabled": True},
}


def test_sells_a_subscription_only_when_the_session_is_completed(shop: Shop) -> None:
    session = shop.a_session()
    before = shop.service.v1.subscriptions.list({"customer": session.customer}).data

    answer = shop.pay(session, card="4242424242424242", seats=4)

    paid = shop.session(session)
    subscription = shop.service.v1.subscriptions.retrieve(paid.subscription)
    assert (before, session.subscription, session.status) == ([], None, "open")
    assert answer["url"] == f"https://app.example.com/return?session_id={session.id}"
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert (subscription.status, subscription["items"].data[0].quantity) == ("active", 4)
    assert subscription.metadata["account"] == "acme"
    assert paid.amount_total == 4_800


def test_charges_what_was_sold_and_numbers_the_invoice(shop: Shop) -> None:
    subscription = shop.a_subscription(**TAXED)

    invoice = shop.latest_invoice(subscription)

    assert (invoice.status, invoice.billing_reason, invoice.total, invoice.amount_paid) == (
        "paid",
        "subscription_create",
        4_284,
        4_284,
    )
    assert invoice.number.endswith("-0001")
    assert invoice.parent.subscription_details.subscription == subscription.id
    assert [(each.amount, each.tax_behavior) for each in invoice.total_taxes] == [(684, "exclusive")]


def test_tells_a_completed_checkout_in_stripes_order(shop: Shop) -> None:
    endpoint = shop.an_endpoint()
    session = shop.a_session()
    shop.local("settle", {})
    endpoint.received.clear()

    shop.pay(session)
    shop.local("settle", {})

    assert endpoint.types == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "payment_method.attached",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "checkout.session.completed",
    ]


def test_saves_the_address_that_was_filled_in_where_it_may(shop: Shop) -> None:
    session = shop.a_session(**TAXED)

    shop.pay(session, country="FR", postal_code="75001", name="Madame Acme")

    customer = shop.service.v1.customers.retrieve(session.customer)
    assert (customer.address.country, customer.address.postal_code, customer.name) == ("FR", "75001", "Madame Acme")
    assert shop.session(session).total_details.amount_tax == 720


def test_a_pack_is_paid_once_with_its_tax_inside_and_an_invoice_of_its_own(shop: Shop) -> None:
    session = shop.a_pack_session(**TAXED)

    shop.pay(session)

    paid = shop.session(session)
    invoice = shop.service.v1.invoices.retrieve(paid.invoice, {"expand": ["payments"]})
    intent = shop.service.v1.payment_intents.retrieve(paid.payment_intent)
    assert (paid.payment_status, paid.amount_total, paid.total_details.amount_tax) == ("paid", 500, 80)
    assert (invoice.status, invoice.parent, invoice.billing_reason, invoice.total) == ("paid", None, "manual", 500)
    assert (invoice.total_excluding_tax, invoice.metadata["pack"]) == (420, "starter")
    assert (intent.status, intent.metadata["purchase"], intent.customer) == ("succeeded", "p1", session.customer)
    assert invoice.payments.data[0].payment.payment_intent == intent.id


def test_a_pack_without_invoice_creation_has_none(shop: Shop) -> None:
    session = shop.a_pack_session(invoice_creation={"enabled": False})

    shop.pay(session)

    assert shop.session(session).invoice is None


@pytest.mark.parametrize(
    ("why", "card", "code", "decline_code"),
    [
        ("the bank says no", "4000000000000002", "card_declined", "generic_decline"),
        ("not enough money", "4000000000009995", "card_declined", "insufficient_funds"),
        ("a card that attaches and then fails", "4000000000000341", "card_declined", "generic_decline"),
        ("not a card number", "4242424242424241", "incorrect_number", None),
        ("a real card", "4111111111111111", "card_declined", "test_mode_live_card"),
    ],
)
def test_a_card_that_does_not_pay_leaves_the_session_open(
    shop: Shop, why: str, card: str, code: str, decline_code: str | None
) -> None:
    session = shop.a_session()

    answer = shop.pay(session, card=card)

    assert (answer["url"], answer["error"]["code"], answer["error"].get("decline_code")) == (
        None,
        code,
        decline_code,
    ), why
    assert shop.session(session).status == "open"
    assert shop.service.v1.subscriptions.list({"customer": session.customer}).data == []
    assert shop.service.v1.invoices.list({"customer": session.customer}).data == []


def test_a_second_card_pays_the_same_intent(shop: Shop) -> None:
    session = shop.a_pack_session()
    shop.pay(session, card="4000000000000002")

    shop.pay(session, card="4242424242424242")

    intents = shop.service.v1.payment_intents.list({"customer": session.customer}).data
    charges = shop.service.v1.charges.list({"payment_intent": intents[0].id}).data
    assert [intent.status for intent in intents] == ["succeeded"]
    assert [charge.status for charge in charges] == ["succeeded", "failed"]


@pytest.mark.parametrize("card", ["4000002500003155", "4000002760003184"])
def test_who_satisfies_his_bank_at_checkout_pays(shop: Shop, card: str) -> None:
    subscription = shop.a_subscription(card=card)

    assert subscription.status == "active"


def test_an_abandoned_session_stays_open_and_expires_by_itself(shop: Shop) -> None:
    endpoint = shop.an_endpoint("checkout.session.expired")
    session = shop.a_session(expires_at=shop.now + 1_800)
    left = shop.pay(session, outcome="abandon")
    still_open = shop.session(session).status

    shop.later(by=1_801)

    assert (left["url"], still_open) == (BACK, "open")
    assert (shop.session(session).status, shop.session(session).url) == ("expired", None)
    assert endpoint.types == ["checkout.session.expired"]


def test_an_expired_session_takes_no_money(shop: Shop) -> None:
    session = shop.a_session()
    shop.service.v1.checkout.sessions.expire(session.id)

    answer = shop.pay(session)

    assert answer["error"]["code"] == "checkout_session_not_open"
    with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
        shop.service.v1.checkout.sessions.expire(session.id)


@pytest.mark.parametrize(
    ("why", "changes", "param"),
    [
        ("expires before 30 minutes", {"expires_at": 1_700}, "expires_at"),
        ("expires after 24 hours", {"expires_at": 2 * DAY}, "expires_at"),
        (
            "a subscription has no payment_intent_data",
            {"payment_intent_data": {"metadata": {"a": "b"}}},
            "payment_intent_data",
        ),
        ("nothing to sell", {"line_items": []}, "line_items"),
        ("nowhere to go back to", {"success_url": "app.example.com"}, "success_url"),
        ("no such customer", {"customer": "cus_nobody"}, "customer"),
        ("a reference of 201 characters", {"client_reference_id": "a" * 201}, "client_reference_id"),
        ("two customers", {"customer_email": "a@b.example"}, None),
    ],
)
def test_a_session_that_makes_no_sense_is_refused(
    shop: Shop, why: str, changes: dict[str, Any], param: str | None
) -> None:
    if "expires_at" in changes:
        changes = {"expires_at": shop.now + changes["expires_at"]}

    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.a_session(**changes)

    assert refused.value.param == param, why


def test_seats_stay_within_the_bounds_of_the_session(shop: Shop) -> None:
    session = shop.a_session()

    too_few, too_many = shop.pay(session, seats=1), shop.pay(session, seats=101)

    assert "from 2 to 100" in too_few["error"]["message"]
    assert "from 2 to 100" in too_many["error"]["message"]
    assert shop.session(session).status == "open"


def test_automatic_tax_needs_to_know_where_the_customer_is(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.a_session(automatic_tax={"enabled": True})

    assert refused.value.code == "customer_tax_location_invalid"


@pytest.mark.parametrize(("amount", "fits"), [(49, False), (50, True), (0, True)])
def test_the_least_that_is_charged_is_fifty_cents(shop: Shop, amount: int, fits: bool) -> None:
    price = shop.a_price(amount, None)
    lines = [{"price": price.id, "quantity": 1}]
    if fits:
        assert shop.pay(shop.a_pack_session(line_items=lines))["session"]["status"] == "complete"
        return

    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.a_pack_session(line_items=lines)

    assert refused.value.code == "amount_too_small"


def test_automatic_tax_needs_a_price_that_says_where_the_tax_is(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="tax_behavior"):
        shop.a_session(
            shop.a_customer("DE"), price=shop.a_price(tax_behavior="unspecified"), automatic_tax={"enabled": True}
        )


def test_a_customer_pays_in_one_currency(shop: Shop) -> None:
    customer = shop.a_customer()
    shop.pay(shop.a_session(customer))

    with pytest.raises(stripe.InvalidRequestError, match="cannot combine currencies"):
        shop.a_session(customer, price=shop.a_price(currency="usd"))


def test_line_items_are_asked_for_by_themselves(shop: Shop) -> None:
    session = shop.a_session()

    lines = shop.service.v1.checkout.sessions.line_items.list(session.id).data
    expanded: Any = shop.service.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["line_items.data.price.product"]}
    )

    assert not hasattr(session, "line_items")
    assert [(line.quantity, line.amount_total) for line in lines] == [(3, 3_600)]
    assert expanded.line_items.data[0].price.product.name == "Team"


def test_somebody_new_becomes_a_customer(shop: Shop) -> None:
    price = shop.a_price()
    session = shop.service.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "customer_email": "new@acme.example",
            "line_items": [{"price": price.id, "quantity": 1}],
            "success_url": BACK,
        }
    )

    shop.pay(session)

    customer = shop.service.v1.customers.retrieve(shop.session(session).customer)
    assert (session.customer, customer.email) == (None, "new@acme.example")
