"""Stripe's shapes become our nouns; what the pinned version has moved is read from where it is now."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import stripe

from chalicelib.adapters.stripe import objects
from chalicelib.domain.money import Money
from chalicelib.domain.periods import Period
from chalicelib.domain.subscriptions import LatestInvoice, PaymentMethod
from tests.builders import NOW, a_catalogue

SAMPLES = json.loads(Path(__file__).with_name("samples.json").read_text(encoding="utf-8"))


def sample(name: str, **changed: Any) -> dict[str, Any]:
    """A captured object as the SDK hands it out, with some fields changed."""
    built: Any = stripe.StripeObject.construct_from(deepcopy(SAMPLES[name]) | changed, "sk_test")
    return built.to_dict()


def item(lookup_key: str | None, **fields: Any) -> dict[str, Any]:
    price = {"id": "price_x", "lookup_key": lookup_key, "metadata": {}, "recurring": {"interval": "month"}}
    price |= fields.pop("price", {})
    period = {"current_period_start": 100, "current_period_end": 200}
    return {"id": "si_x", "quantity": 2, "price": price, **period, **fields}


def test_a_subscription_is_read_whole() -> None:
    raw = sample("subscription")

    subscription = objects.subscription(raw, a_catalogue(), NOW)

    first = raw["items"]["data"][0]
    assert subscription.stripe_subscription_id == raw["id"]
    assert subscription.stripe_customer_id == raw["customer"]
    assert subscription.stripe_item_id == first["id"]
    assert subscription.account == "acme"
    assert (subscription.status, subscription.price, subscription.seats) == ("active", "team_month", 3)
    assert subscription.period == Period(first["current_period_start"], first["current_period_end"])
    assert subscription.created == raw["created"]
    assert subscription.stripe_payment_method_id == raw["default_payment_method"]
    assert subscription.as_of == NOW
    invoice = raw["latest_invoice"]
    assert subscription.latest_invoice == LatestInvoice(
        invoice["id"],
        "paid",
        "subscription_create",
        Money(5_355, "eur"),
        invoice["created"],
        invoice["hosted_invoice_url"],
    )


@pytest.mark.parametrize(
    ("why", "fields", "ends_at"),
    [
        ("it goes on", {}, None),
        ("as our own cancellation", {"cancel_at_period_end": True}, "period"),
        ("as the portal's cancellation", {"cancel_at": 150}, 150),
        ("both", {"cancel_at_period_end": True, "cancel_at": 150}, 150),
        ("it has ended", {"status": "canceled", "ended_at": 120, "cancel_at": 150}, 120),
    ],
)
def test_both_forms_of_a_cancellation_are_read(why: str, fields: dict[str, Any], ends_at: Any) -> None:
    subscription = objects.subscription(sample("subscription", **fields), a_catalogue(), NOW)

    assert subscription.ends_at == (subscription.period.end if ends_at == "period" else ends_at), why


@pytest.mark.parametrize(
    ("why", "items", "price"),
    [
        ("the item that maps to a plan", [item("support"), item("team_year")], "team_year"),
        ("an unknown price keeps its id", [item("unheard_of")], "price_x"),
        ("no lookup key", [item(None)], "price_x"),
        (
            "a price whose amount has changed since tells its plan",
            [item(None, price={"metadata": {"plan": "team"}})],
            "team_month",
        ),
        (
            "a plan that is not sold by that interval",
            [item(None, price={"metadata": {"plan": "team"}, "recurring": {"interval": "week"}})],
            "price_x",
        ),
        ("a plan that is no more", [item(None, price={"metadata": {"plan": "gold"}})], "price_x"),
    ],
)
def test_the_price_is_found(why: str, items: list[dict[str, Any]], price: str) -> None:
    raw = sample("subscription", items={"object": "list", "data": items})

    assert objects.subscription(raw, a_catalogue(), NOW).price == price, why


@pytest.mark.parametrize(
    "fields",
    [
        {"latest_invoice": None},
        {"latest_invoice": "in_1"},
        {"default_payment_method": None},
        {"metadata": {}},
        {"metadata": None},
        {"metadata": {"account": ""}},
        {"status": "a_new_status"},
    ],
)
def test_what_is_not_there_is_none(fields: dict[str, Any]) -> None:
    subscription = objects.subscription(sample("subscription", **fields), a_catalogue(), NOW)

    name = next(iter(fields))
    if name == "latest_invoice":
        assert subscription.latest_invoice is None
    elif name == "default_payment_method":
        assert subscription.stripe_payment_method_id is None
    elif name == "metadata":
        assert subscription.account is None
    else:
        assert subscription.status == "a_new_status"


def test_a_session_is_read_whole() -> None:
    raw = sample("checkout")

    checkout = objects.checkout(raw, a_catalogue())

    assert (checkout.mode, checkout.status, checkout.paid) == ("payment", "complete", True)
    assert (checkout.account, checkout.purchase) == ("acme", "token1")
    assert checkout.prices == (("pack_starter", 1),)
    assert (checkout.subtotal, checkout.total) == (Money(500, "eur"), Money(500, "eur"))
    assert checkout.stripe_invoice_id == raw["invoice"]
    assert checkout.stripe_payment_intent_id == raw["payment_intent"]


@pytest.mark.parametrize(
    ("status", "payment_status", "paid"),
    [
        ("complete", "paid", True),
        ("complete", "no_payment_required", True),
        ("complete", "unpaid", False),
        ("open", "unpaid", False),
        ("expired", "unpaid", False),
        ("expired", "paid", False),
    ],
)
def test_only_a_complete_and_paid_session_is_paid(status: str, payment_status: str, paid: bool) -> None:
    raw = sample("checkout", status=status, payment_status=payment_status)

    assert objects.checkout(raw, a_catalogue()).paid is paid


def test_a_card_is_shown_by_brand_and_last_digits_and_a_debit_by_its_digits() -> None:
    debit = {"id": "pm_2", "type": "sepa_debit", "sepa_debit": {"last4": "3000", "bank_code": "370"}}

    assert objects.payment_method(sample("payment_method")) == PaymentMethod(
        SAMPLES["payment_method"]["id"],
        "card",
        "visa",
        "4242",
        12,
        2034,
        SAMPLES["payment_method"]["card"]["fingerprint"],
    )
    assert objects.payment_method(debit) == PaymentMethod("pm_2", "sepa_debit", last4="3000")
