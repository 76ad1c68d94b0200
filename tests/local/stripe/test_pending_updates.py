"""A pending update's whole life: asked for, waiting, paid or forgotten."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.changes import ASKS, BAD, a_monthly, amounts, at_share, change, the_item, with_card
from tests.local.stripe.shop import DAY, START, Shop
from tests.local.stripe.test_shapes import complaints

GOOD = "4242424242424242"
IBAN = "DE89370400440532013000"
HOUR = 3_600
TOLD = [f"customer.subscription.{what}" for what in ("updated", "pending_update_applied", "pending_update_expired")]


def waiting(shop: Shop, card: str = BAD, **fields: Any) -> Any:
    """An update to two seats at half of the period, which waits for 5.00."""
    subscription = with_card(shop, card)
    at = at_share(subscription, 1, 2)
    return change(shop, subscription, payment_behavior="pending_if_incomplete", **{"quantity": 2, "at": at, **fields})


def test_a_payment_that_goes_through_makes_the_change_at_once(shop: Shop) -> None:
    changed = waiting(shop, GOOD)

    assert (changed.pending_update, the_item(changed).quantity) == (None, 2)
    assert (changed.latest_invoice.status, changed.latest_invoice.total) == ("paid", 500)


@pytest.mark.parametrize("card", [BAD, ASKS])
def test_a_card_that_does_not_pay_leaves_the_change_pending(shop: Shop, card: str) -> None:
    subscription = with_card(shop, card)
    item, asked_at = the_item(subscription), shop.now

    changed = change(shop, subscription, quantity=2, payment_behavior="pending_if_incomplete")

    pending, invoice = changed.pending_update, changed.latest_invoice
    assert (changed.status, the_item(changed).to_dict()) == ("active", item.to_dict())
    assert 23 * HOUR <= pending.expires_at - asked_at <= 23 * HOUR + 60
    assert [(each.id, each.quantity) for each in pending.subscription_items] == [(item.id, 2)]
    assert (invoice.status, invoice.billing_reason) == ("open", "subscription_update")
    assert (invoice.auto_advance, invoice.next_payment_attempt) == (False, None)
    assert invoice.hosted_invoice_url
    assert complaints(changed, "subscription") == []
    assert shop.problems() == []


@pytest.mark.parametrize("how", ["another card", "authenticated", "by the service", "a debit"])
def test_paid_later_it_is_made_then(shop: Shop, how: str) -> None:
    changed = waiting(shop, ASKS if how == "authenticated" else BAD)
    endpoint = shop.an_endpoint(*TOLD)
    shop.later(by=10 * HOUR)

    if how == "by the service":
        shop.local(f"customers/{changed.customer}/card", {"card": GOOD})
        shop.service.v1.invoices.pay(changed.latest_invoice.id)
    else:
        card = IBAN if how == "a debit" else GOOD
        body = {"outcome": "authenticate"} if how == "authenticated" else {"card": card, "outcome": "pay"}
        shop.local(f"invoices/{changed.latest_invoice.id}", body)
    shop.local("settle", {})

    made = shop.subscription(changed)
    assert (made.pending_update, the_item(made).quantity, made.status) == (None, 2, "active")
    assert endpoint.types[-2:] == ["customer.subscription.updated", "customer.subscription.pending_update_applied"]
    previous = endpoint.events[-2]["data"]["previous_attributes"]
    assert set(previous) == {"items", "pending_update"}


def test_not_paid_in_23_hours_it_is_forgotten_and_its_invoice_voided(shop: Shop) -> None:
    changed = waiting(shop)
    endpoint = shop.an_endpoint(*TOLD, "invoice.voided")

    shop.later(by=23 * HOUR - 120)
    before = shop.subscription(changed).pending_update
    shop.later(by=240)

    ended = shop.subscription(changed)
    assert before is not None
    assert (ended.pending_update, the_item(ended).quantity, ended.status) == (None, 1, "active")
    assert shop.service.v1.invoices.retrieve(changed.latest_invoice.id).status == "void"
    assert sorted(endpoint.types) == [
        "customer.subscription.pending_update_expired",
        "customer.subscription.updated",
        "invoice.voided",
    ]


def test_it_does_not_outlive_the_period(shop: Shop) -> None:
    subscription = with_card(shop, BAD)
    end = the_item(subscription).current_period_end
    shop.later(by=end - shop.now - HOUR)

    changed = change(shop, subscription, quantity=200, payment_behavior="pending_if_incomplete")
    shop.later(by=2 * HOUR + 60)

    renewed = shop.subscription(subscription)
    assert changed.pending_update.expires_at == end
    assert (renewed.pending_update, the_item(renewed).quantity) == (None, 1)
    assert amounts(shop.latest_invoice(subscription)) == [1_000]


def test_voiding_its_invoice_forgets_it(shop: Shop) -> None:
    changed = waiting(shop)
    endpoint = shop.an_endpoint(*TOLD)

    shop.service.v1.invoices.void_invoice(changed.latest_invoice.id)
    shop.local("settle", {})

    assert shop.subscription(changed).pending_update is None
    assert endpoint.types == ["customer.subscription.updated"]


def test_a_newer_update_takes_its_place(shop: Shop) -> None:
    first = waiting(shop)

    second = change(shop, first, quantity=3, payment_behavior="pending_if_incomplete", at=at_share(first, 1, 2))
    shop.local(f"invoices/{second.latest_invoice.id}", {"card": GOOD, "outcome": "pay"})

    made = shop.subscription(first)
    assert shop.service.v1.invoices.retrieve(first.latest_invoice.id).status == "void"
    assert amounts(second.latest_invoice) == [-500, 1_500]
    assert (the_item(made).quantity, made.pending_update) == (3, None)


def test_cancelling_the_subscription_voids_it(shop: Shop) -> None:
    changed = waiting(shop)

    ended = shop.service.v1.subscriptions.cancel(changed.id)

    assert (ended.status, ended.pending_update) == ("canceled", None)
    assert shop.service.v1.invoices.retrieve(changed.latest_invoice.id).status == "void"


def test_nobody_collects_it_by_himself(shop: Shop) -> None:
    changed = waiting(shop)

    shop.local(f"customers/{changed.customer}/card", {"card": GOOD})
    shop.later(by=22 * HOUR)

    assert shop.service.v1.invoices.retrieve(changed.latest_invoice.id).status == "open"
    assert shop.subscription(changed).status == "active"


def test_a_new_anchor_waits_with_the_change(shop: Shop) -> None:
    yearly = shop.a_price(10_000, "year")
    changed = waiting(shop, price=yearly.id, quantity=1, billing_cycle_anchor={"type": "now"})
    anchor = changed.pending_update.billing_cycle_anchor

    shop.later(by=10 * HOUR)
    shop.local(f"invoices/{changed.latest_invoice.id}", {"card": GOOD, "outcome": "pay"})

    made = shop.subscription(changed)
    assert START <= anchor <= START + 120
    assert (the_item(made).price.id, the_item(made).current_period_start) == (yearly.id, anchor)
    assert the_item(made).current_period_end == anchor + 365 * DAY


@pytest.mark.parametrize(
    "fields",
    [
        {"metadata": {"a": "b"}},
        {"cancel_at_period_end": True},
        {"default_payment_method": "pm_card_visa"},
        {"cancellation_details": {"comment": "no"}},
    ],
)
def test_takes_only_what_may_wait(shop: Shop, fields: dict[str, Any]) -> None:
    subscription = a_monthly(shop, 1_000)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        change(shop, subscription, quantity=2, payment_behavior="pending_if_incomplete", **fields)

    assert refused.value.param == next(iter(fields))
    assert shop.subscription(subscription).to_dict() == subscription.to_dict()


def test_what_bills_nothing_now_does_not_wait(shop: Shop) -> None:
    subscription = with_card(shop, BAD)

    changed = change(
        shop, subscription, quantity=2, payment_behavior="pending_if_incomplete", proration_behavior="create_prorations"
    )

    assert (changed.pending_update, the_item(changed).quantity) == (None, 2)


def test_prorations_that_wait_for_the_renewal_do_not_go_along(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    at = at_share(subscription, 1, 2)
    change(shop, subscription, quantity=2, proration_behavior="create_prorations", at=at)

    changed = change(shop, subscription, quantity=3, payment_behavior="pending_if_incomplete", at=at)

    assert amounts(changed.latest_invoice) == [-1_000, 1_500]
