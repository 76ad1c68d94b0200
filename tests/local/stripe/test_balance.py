"""A customer's balance: what an invoice leaves over, and the next one that uses it."""

from typing import Any

import pytest

from infra.local.stripe.balances import due
from tests.local.stripe.changes import BAD, a_monthly, amounts, at_share, change
from tests.local.stripe.shop import DAY, Shop
from tests.local.stripe.test_shapes import complaints


def balance(shop: Shop, subscription: Any) -> int:
    return shop.service.v1.customers.retrieve(subscription.customer).balance


def transactions(shop: Shop, subscription: Any) -> list[Any]:
    return shop.service.v1.customers.balance_transactions.list(subscription.customer).data


@pytest.mark.parametrize(
    ("why", "total", "before", "charged"),
    [
        ("no balance", 1_000, 0, 1_000),
        ("some of it from credit", 1_000, -300, 700),
        ("all of it from credit", 1_000, -1_000, 0),
        ("what is owed comes on top", 1_000, 200, 1_200),
        ("the least that is charged", 50, 0, 50),
        ("less than that", 49, 0, 0),
        ("less than that is left of it", 1_000, -951, 0),
        ("nothing below zero", -400, 0, 0),
        ("a credit against what is owed", -400, 600, 200),
    ],
)
def test_what_is_charged(why: str, total: int, before: int, charged: int) -> None:
    assert due(total, before) == charged, why


def test_what_is_too_much_is_kept_and_used_by_the_next_invoices(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000, 5)

    changed = change(shop, subscription, quantity=1, at=at_share(subscription, 1, 2))
    left = balance(shop, subscription)
    shop.later(by=29 * DAY)
    renewal = shop.latest_invoice(subscription)

    invoice = changed.latest_invoice
    # Half of 50.00 back, half of 10.00 charged: 20.00 too much. The renewal of 10.00 takes half of that.
    assert (amounts(invoice), invoice.total, invoice.amount_due) == ([-2_500, 500], -2_000, 0)
    assert (invoice.status, invoice.starting_balance, invoice.ending_balance) == ("paid", 0, -2_000)
    assert left == -2_000
    assert (renewal.total, renewal.amount_due, renewal.amount_paid) == (1_000, 0, 0)
    assert (renewal.starting_balance, renewal.ending_balance, renewal.status) == (-2_000, -1_000, "paid")
    assert [(each.amount, each.ending_balance, each.invoice) for each in transactions(shop, subscription)] == [
        (1_000, -1_000, renewal.id),
        (-2_000, -2_000, invoice.id),
    ]


def test_a_credit_leaves_only_the_rest_to_be_charged(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    shop.operator.v1.customers.balance_transactions.create(
        str(subscription.customer), {"amount": -400, "currency": "eur", "description": "sorry"}
    )

    shop.later(by=29 * DAY)

    renewal = shop.latest_invoice(subscription)
    charge = shop.service.v1.charges.list({"customer": subscription.customer}).data[0]
    assert (renewal.total, renewal.amount_due, charge.amount) == (1_000, 600, 600)
    assert (renewal.ending_balance, balance(shop, subscription)) == (0, 0)


def test_less_than_can_be_charged_is_owed(shop: Shop) -> None:
    subscription = a_monthly(shop, 100)

    changed = change(shop, subscription, quantity=2, at=at_share(subscription, 3, 4))
    owed = balance(shop, subscription)
    shop.later(by=29 * DAY)

    # A quarter of 2.00 less a quarter of 1.00.
    assert (changed.latest_invoice.total, changed.latest_invoice.amount_due, owed) == (25, 0, 25)
    assert shop.latest_invoice(subscription).amount_due == 225


def test_a_voided_invoice_gives_the_credit_back(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    shop.operator.v1.customers.balance_transactions.create(
        str(subscription.customer), {"amount": -100, "currency": "eur"}
    )
    shop.local(f"customers/{subscription.customer}/card", {"card": BAD})

    changed = change(
        shop, subscription, quantity=2, at=at_share(subscription, 1, 2), payment_behavior="pending_if_incomplete"
    )
    used = balance(shop, subscription)
    shop.service.v1.invoices.void_invoice(changed.latest_invoice.id)

    assert (changed.latest_invoice.amount_due, used, balance(shop, subscription)) == (400, 0, -100)
    assert transactions(shop, subscription)[0].type == "unapplied_from_invoice"


@pytest.mark.emulator_only  # a Checkout page is filled in by people alone
def test_a_payment_at_checkout_leaves_the_balance_alone(shop: Shop) -> None:
    customer = shop.a_customer()
    shop.operator.v1.customers.balance_transactions.create(customer.id, {"amount": -100, "currency": "eur"})

    subscription = shop.a_subscription(customer=customer)

    invoice = shop.latest_invoice(subscription)
    assert (invoice.total, invoice.amount_due, invoice.amount_paid) == (3_600, 3_600, 3_600)
    assert (invoice.starting_balance, invoice.ending_balance, balance(shop, subscription)) == (-100, -100, -100)


def test_a_transaction_has_the_shape_of_stripes(shop: Shop) -> None:
    customer = shop.a_customer()

    made = shop.operator.v1.customers.balance_transactions.create(customer.id, {"amount": -100, "currency": "eur"})

    assert complaints(made, "customer_balance_transaction") == []
    assert shop.operator.v1.customers.balance_transactions.retrieve(customer.id, made.id).amount == -100
