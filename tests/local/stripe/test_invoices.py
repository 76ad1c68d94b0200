"""Invoices made by hand, subscriptions made in the dashboard, and the taxes of both."""

from typing import Any

import pytest
import stripe

from infra.local.stripe.tax import taxed
from tests.local.stripe.shop import DAY, Shop

GOOD, BAD, ASKS = "4242424242424242", "4000000000000341", "4000002760003184"


def an_invoice(shop: Shop, customer: stripe.Customer, **fields: Any) -> Any:
    """A draft over one credit pack of 5.00, tax inside."""
    price = shop.a_price(500, None, tax_behavior="inclusive")
    invoice = shop.service.v1.invoices.create({"customer": customer.id, "currency": "eur", **fields})
    return shop.service.v1.invoices.add_lines(invoice.id, {"lines": [{"pricing": {"price": price.id}, "quantity": 1}]})


def test_a_pack_is_invoiced_and_charged_off_session(shop: Shop) -> None:
    customer = shop.a_customer("DE", card=GOOD)

    draft = an_invoice(shop, customer, automatic_tax={"enabled": True}, metadata={"account": "acme"})
    opened = shop.service.v1.invoices.finalize_invoice(draft.id, {"auto_advance": False})
    paid = shop.service.v1.invoices.pay(draft.id, {"off_session": True})

    assert (draft.status, draft.number, draft.total) == ("draft", None, 500)
    assert (opened.status, opened.amount_due, opened.total_taxes[0].tax_behavior) == ("open", 500, "inclusive")
    assert opened.hosted_invoice_url
    assert (paid.status, paid.amount_paid, paid.parent) == ("paid", 500, None)


@pytest.mark.parametrize(("card", "code"), [(BAD, "card_declined"), (ASKS, "authentication_required")])
def test_a_charge_that_fails_names_its_intent(shop: Shop, card: str, code: str) -> None:
    invoice = an_invoice(shop, shop.a_customer(card=card))

    with pytest.raises(stripe.CardError) as refused:
        shop.service.v1.invoices.pay(invoice.id)

    error: Any = refused.value.error
    open_invoice = shop.service.v1.invoices.retrieve(invoice.id, {"expand": ["confirmation_secret", "payments"]})
    assert error.code == code
    assert open_invoice.status == "open"
    assert open_invoice.payments.data[0].payment.payment_intent == error.payment_intent.id
    assert open_invoice.confirmation_secret.client_secret == error.payment_intent.client_secret


def test_without_auto_advance_nobody_charges_by_himself(shop: Shop) -> None:
    invoice = an_invoice(shop, shop.a_customer(card=GOOD))
    shop.service.v1.invoices.finalize_invoice(invoice.id)

    shop.later(by=10 * DAY)

    assert shop.service.v1.invoices.retrieve(invoice.id).status == "open"


def test_with_auto_advance_stripe_finalises_and_charges(shop: Shop) -> None:
    invoice = an_invoice(shop, shop.a_customer(card=GOOD), auto_advance=True)

    shop.later(by=3_700)

    assert shop.service.v1.invoices.retrieve(invoice.id).status == "paid"


def test_only_the_first_try_by_hand_counts_as_an_attempt(shop: Shop) -> None:
    invoice = an_invoice(shop, shop.a_customer(card=BAD))

    for _ in range(2):
        with pytest.raises(stripe.CardError):
            shop.service.v1.invoices.pay(invoice.id)

    tried = shop.service.v1.invoices.retrieve(invoice.id)
    assert (tried.attempt_count, tried.attempted, tried.next_payment_attempt) == (1, True, None)


def test_a_void_invoice_cannot_be_paid(shop: Shop) -> None:
    invoice = an_invoice(shop, shop.a_customer(card=GOOD))
    shop.service.v1.invoices.finalize_invoice(invoice.id)

    shop.service.v1.invoices.void_invoice(invoice.id)

    with pytest.raises(stripe.InvalidRequestError, match="open invoices"):
        shop.service.v1.invoices.pay(invoice.id)
    intents = shop.service.v1.payment_intents.list().data
    assert [intent.status for intent in intents] == ["canceled"]


def test_a_paid_invoice_is_not_paid_twice(shop: Shop) -> None:
    invoice = an_invoice(shop, shop.a_customer(card=GOOD))
    shop.service.v1.invoices.pay(invoice.id)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.service.v1.invoices.pay(invoice.id)

    assert refused.value.code == "invoice_already_paid"
    assert len(shop.service.v1.charges.list().data) == 1


def test_a_finalised_invoice_is_not_edited(shop: Shop) -> None:
    invoice = an_invoice(shop, shop.a_customer(card=GOOD))
    shop.service.v1.invoices.finalize_invoice(invoice.id)

    price = shop.a_price(500, None)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.service.v1.invoices.add_lines(invoice.id, {"lines": [{"pricing": {"price": price.id}}]})

    assert refused.value.code == "invoice_not_editable"


def test_numbers_are_the_customers_own_and_without_gaps(shop: Shop) -> None:
    one, other = shop.a_customer(card=GOOD), shop.a_customer(card=GOOD)
    numbers = {}
    for customer in (one, one, other):
        invoice = shop.service.v1.invoices.finalize_invoice(an_invoice(shop, customer).id)
        numbers.setdefault(customer.id, []).append(invoice.number)

    assert numbers[one.id] == [f"{one.invoice_prefix}-0001", f"{one.invoice_prefix}-0002"]
    assert numbers[other.id] == [f"{other.invoice_prefix}-0001"]


def test_no_card_no_charge(shop: Shop) -> None:
    invoice = an_invoice(shop, shop.a_customer())

    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.service.v1.invoices.pay(invoice.id)

    assert refused.value.code == "resource_missing"


@pytest.mark.parametrize(
    ("why", "price", "country", "parts"),
    [
        ("on top", (1_000, "exclusive"), "DE", (1_000, 190, 1_190)),
        ("inside", (1_190, "inclusive"), "DE", (1_000, 190, 1_190)),
        ("half a cent rounds up", (50, "exclusive"), "NL", (50, 11, 61)),
        ("inside, rounded", (500, "inclusive"), "DE", (420, 80, 500)),
        ("a rate with a fraction", (1_000, "exclusive"), "FI", (1_000, 255, 1_255)),
        ("not registered there", (1_000, "exclusive"), "US", (1_000, 0, 1_000)),
        ("nothing", (0, "exclusive"), "DE", (0, 0, 0)),
    ],
)
def test_tax_is_whole_cents(why: str, price: tuple[int, str], country: str, parts: tuple[int, int, int]) -> None:
    result = taxed(*price, country)

    assert (result.net, result.tax, result.total) == parts, why


def test_the_dashboard_sells_a_subscription_by_hand(shop: Shop) -> None:
    customer = shop.a_customer("FR", card=GOOD)
    price = shop.a_price(100_000, "year")

    subscription = shop.operator.v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": price.id, "quantity": 2}],
            "automatic_tax": {"enabled": True},
            "metadata": {"account": "acme"},
        }
    )

    invoice = shop.latest_invoice(subscription)
    assert (subscription.status, subscription.billing_mode.type) == ("active", "flexible")
    assert (invoice.status, invoice.total, invoice.billing_reason) == ("paid", 240_000, "subscription_create")


def test_a_first_payment_that_fails_is_waited_for_23_hours(shop: Shop) -> None:
    customer = shop.a_customer(card=BAD)
    params = {"customer": customer.id, "items": [{"price": shop.a_price().id}]}

    subscription = shop.operator.v1.subscriptions.create(params)
    shop.later(by=22 * 3_600)
    waiting = shop.subscription(subscription).status
    shop.later(by=2 * 3_600)

    assert (subscription.status, waiting) == ("incomplete", "incomplete")
    assert shop.subscription(subscription).status == "incomplete_expired"
    assert shop.latest_invoice(subscription).status == "void"


def test_a_first_payment_that_comes_late_activates(shop: Shop) -> None:
    customer = shop.a_customer(card=BAD)
    subscription = shop.operator.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": shop.a_price().id}]}
    )

    shop.local(f"invoices/{subscription.latest_invoice}", {"card": GOOD, "outcome": "pay"})

    assert shop.subscription(subscription).status == "active"


@pytest.mark.parametrize(
    ("why", "params", "is_taken"),
    [
        ("it has no period whose end it could end with", {"cancel_at_period_end": True}, False),
        ("nor another end", {"cancel_at": "min_period_end"}, False),
        ("what is noted on it matters to nobody", {"metadata": {"a": "b"}}, True),
    ],
)
def test_one_that_was_never_paid_can_hardly_be_updated(
    shop: Shop, why: str, params: dict[str, Any], is_taken: bool
) -> None:
    customer, items = shop.a_customer(card=BAD), [{"price": shop.a_price().id}]
    subscription = shop.operator.v1.subscriptions.create({"customer": customer.id, "items": items})

    if is_taken:
        shop.operator.v1.subscriptions.update(subscription.id, params)  # type: ignore[arg-type]
    else:
        with pytest.raises(stripe.InvalidRequestError, match="incomplete"):
            shop.operator.v1.subscriptions.update(subscription.id, params)  # type: ignore[arg-type]

    assert shop.subscription(subscription).status == "incomplete", why


def test_error_if_incomplete_leaves_nothing_behind(shop: Shop) -> None:
    customer = shop.a_customer(card=BAD)

    with pytest.raises(stripe.CardError):
        shop.operator.v1.subscriptions.create(
            {
                "customer": customer.id,
                "items": [{"price": shop.a_price().id}],
                "payment_behavior": "error_if_incomplete",
            }
        )

    assert shop.operator.v1.subscriptions.list({"customer": customer.id, "status": "all"}).data == []
    assert shop.operator.v1.invoices.list({"customer": customer.id}).data == []


def test_a_subscription_needs_a_card_and_a_recurring_price(shop: Shop) -> None:
    create = shop.operator.v1.subscriptions.create

    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        create({"customer": shop.a_customer().id, "items": [{"price": shop.a_price().id}]})
    with pytest.raises(stripe.InvalidRequestError, match="one_time"):
        create({"customer": shop.a_customer(card=GOOD).id, "items": [{"price": shop.a_price(500, None).id}]})
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param"):
        create({"customer": shop.a_customer(card=GOOD).id})


def test_cards_come_and_go(shop: Shop) -> None:
    customer = shop.a_customer()
    attached = shop.service.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    shop.service.v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": attached.id}})

    detached = shop.service.v1.payment_methods.detach(attached.id)

    event = shop.service.v1.events.list({"type": "payment_method.detached"}).data[0]
    assert (attached.customer, attached.card.last4, detached.customer) == (customer.id, "4242", None)
    assert event.data.previous_attributes.to_dict() == {"customer": customer.id}
    assert shop.service.v1.customers.retrieve(customer.id).invoice_settings.default_payment_method is None


@pytest.mark.parametrize(("card", "attaches"), [(GOOD, True), (BAD, True), ("4000000000000002", False)])
def test_some_cards_are_refused_when_they_are_given(shop: Shop, card: str, attaches: bool) -> None:
    customer = shop.a_customer()

    answer = shop.local(f"customers/{customer.id}/card", {"card": card})

    assert ("error" not in answer) is attaches
    assert len(shop.service.v1.payment_methods.list({"customer": customer.id}).data) == (1 if attaches else 0)


def test_removing_the_card_leaves_a_renewal_unpaid(shop: Shop) -> None:
    subscription = shop.a_subscription()

    shop.local(f"customers/{subscription.customer}/card", method="DELETE")
    shop.later(by=29 * DAY)

    assert shop.subscription(subscription).default_payment_method is None
    assert shop.subscription(subscription).status == "past_due"


def test_the_next_tax_follows_the_address(shop: Shop) -> None:
    subscription = shop.a_subscription(customer=shop.a_customer("DE"), automatic_tax={"enabled": True})

    shop.local(f"customers/{subscription.customer}/address", {"country": "FR", "postal_code": "75001"})
    shop.later(by=29 * DAY)

    assert shop.latest_invoice(subscription).total_taxes[0].amount == 720
