"""Subscriptions whose invoices are sent: in force at once, paid by the customer himself, overdue after the due date."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.browsing import visit
from tests.local.stripe.changes import BAD, a_monthly, at_share, change, preview, the_item
from tests.local.stripe.refusals import not_built, refused
from tests.local.stripe.scheduling import a_schedule, changed_later
from tests.local.stripe.shop import DAY, Shop

HOUR = 3_600
GOOD, LOST = "4242424242424242", "DE62370400440532013001"
SENT = {"collection_method": "send_invoice", "days_until_due": 10}


def sold(shop: Shop, **fields: Any) -> Any:
    """At 10.00 a month, by invoice, to a customer without any card."""
    return a_monthly(shop, 1_000, customer=shop.a_customer(), **(SENT | fields))


def sent(shop: Shop, **fields: Any) -> tuple[Any, Any]:
    """The same with its first invoice, which is open."""
    subscription = sold(shop, **fields)
    shop.later(by=HOUR)
    return subscription, shop.latest_invoice(subscription)


def overdue(shop: Shop) -> tuple[Any, Any]:
    subscription, invoice = sent(shop)
    shop.later(by=invoice.due_date - shop.now)
    return subscription, shop.latest_invoice(subscription)


def status(shop: Shop, subscription: Any) -> tuple[str, str]:
    """Of the subscription, and of its latest invoice."""
    return shop.subscription(subscription).status, shop.latest_invoice(subscription).status


@pytest.mark.parametrize(
    ("why", "fields", "param"),
    [
        ("no due date", {"collection_method": "send_invoice"}, "days_until_due"),
        ("due, though it is charged", {"days_until_due": 10}, "days_until_due"),
        ("due before it is made", {"collection_method": "send_invoice", "days_until_due": -1}, "days_until_due"),
        ("no such way", {"collection_method": "by_pigeon", "days_until_due": 10}, "collection_method"),
    ],
)
def test_an_invoice_is_sent_with_days_until_it_is_due(shop: Shop, why: str, fields: Any, param: str) -> None:
    customer = shop.a_customer(card=GOOD)

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        a_monthly(shop, 1_000, customer=customer, **fields)

    assert refusal.value.param == param, why
    assert shop.service.v1.subscriptions.list({"customer": customer.id}).data == []


def test_it_is_active_at_once_and_its_first_invoice_sent_an_hour_later(shop: Shop) -> None:
    subscription = sold(shop)
    draft = shop.latest_invoice(subscription)
    shop.later(by=HOUR)

    invoice = shop.latest_invoice(subscription)
    how = subscription.status, subscription.collection_method, subscription.days_until_due
    assert how == ("active", "send_invoice", 10)
    assert (draft.status, draft.due_date) == ("draft", draft.created + 10 * DAY)
    assert (invoice.id, invoice.status, invoice.collection_method) == (draft.id, "open", "send_invoice")
    assert (invoice.attempted, invoice.attempt_count, invoice.next_payment_attempt) == (False, 0, None)
    assert (invoice.auto_advance, invoice.amount_due) == (True, 1_000)


def test_it_is_told_as_sent_and_nothing_is_ever_charged(shop: Shop) -> None:
    customer, price = shop.a_customer(card=GOOD), shop.a_price(1_000)
    endpoint = shop.an_endpoint()

    a_monthly(shop, 1_000, customer=customer, price=price, **SENT)
    shop.later(by=10 * DAY)

    assert endpoint.types == [
        *("customer.subscription.created", "invoice.created"),
        *("invoice.finalized", "payment_intent.created", "invoice.sent"),
        *("invoice.overdue", "customer.subscription.updated"),
    ]


def test_it_is_past_due_with_the_due_date_and_not_before(shop: Shop) -> None:
    subscription, invoice = sent(shop)

    shop.later(by=invoice.due_date - shop.now - 1)
    before = status(shop, subscription)
    shop.later(by=1)

    assert (before, status(shop, subscription)) == (("active", "open"), ("past_due", "open"))


@pytest.mark.parametrize("is_late", [False, True])
def test_money_that_came_by_transfer_pays_it_without_a_charge(shop: Shop, is_late: bool) -> None:
    subscription, invoice = overdue(shop) if is_late else sent(shop)
    endpoint = shop.an_endpoint()

    paid = shop.operator.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
    shop.local("settle", {})

    assert (paid.status, paid.amount_remaining) == ("paid", 0)
    assert status(shop, subscription) == ("active", "paid")
    assert "invoice.paid" in endpoint.types
    assert not {"invoice.payment_succeeded", "charge.succeeded", "invoice_payment.paid"} & set(endpoint.types)
    assert refused(lambda: shop.operator.v1.invoices.pay(invoice.id, {"paid_out_of_band": True}))


def test_the_customer_pays_on_its_page(shop: Shop) -> None:
    subscription, invoice = overdue(shop)

    declined, _, _ = visit(invoice.hosted_invoice_url, {"card": BAD})
    still = status(shop, subscription)
    paid, _, _ = visit(invoice.hosted_invoice_url, {"card": GOOD})

    assert (declined, still, paid) == (402, ("past_due", "open"), 303)
    assert status(shop, subscription) == ("active", "paid")


def test_a_card_that_fails_on_its_page_before_the_due_date_changes_nothing(shop: Shop) -> None:
    subscription, invoice = sent(shop)

    visit(invoice.hosted_invoice_url, {"card": BAD})

    assert status(shop, subscription) == ("active", "open")
    assert shop.latest_invoice(subscription).next_payment_attempt is None


def test_a_debit_that_comes_to_nothing_leaves_it_open(shop: Shop) -> None:
    subscription, invoice = sent(shop, days_until_due=30)

    visit(invoice.hosted_invoice_url, {"card": LOST})
    shop.later(by=10 * DAY)

    assert status(shop, subscription) == ("active", "open")


def test_a_debit_on_its_way_is_not_taken_for_a_transfer(shop: Shop) -> None:
    _, invoice = sent(shop)

    visit(invoice.hosted_invoice_url, {"card": LOST})

    assert "processing" in refused(lambda: shop.operator.v1.invoices.pay(invoice.id, {"paid_out_of_band": True}))


def test_a_renewal_is_sent_an_hour_after_its_draft(shop: Shop) -> None:
    subscription, first = sent(shop)
    shop.operator.v1.invoices.pay(first.id, {"paid_out_of_band": True})

    shop.later(by=the_item(subscription).current_period_end - shop.now)
    draft = shop.latest_invoice(subscription)
    shop.later(by=HOUR)

    invoice = shop.latest_invoice(subscription)
    assert (draft.status, invoice.status, invoice.billing_reason) == ("draft", "open", "subscription_cycle")
    assert invoice.due_date == draft.created + 10 * DAY
    assert shop.subscription(subscription).status == "active"


@pytest.mark.parametrize("behavior", [None, "default_incomplete", "error_if_incomplete"])
def test_a_change_is_made_at_once_and_its_invoice_sent(shop: Shop, behavior: str | None) -> None:
    subscription, first = sent(shop)
    shop.operator.v1.invoices.pay(first.id, {"paid_out_of_band": True})
    fields: Any = {"at": at_share(subscription, 1, 2), "quantity": 3}
    shop.later(by=fields["at"] - shop.now)
    promised = preview(shop, subscription, **fields)

    changed = change(shop, subscription, **fields, **({"payment_behavior": behavior} if behavior else {}))

    invoice = changed.latest_invoice
    assert (changed.status, the_item(changed).quantity, changed.pending_update) == ("active", 3, None)
    assert (invoice.status, invoice.amount_due, invoice.attempt_count) == ("open", 1_000, 0)
    assert (invoice.due_date, promised.due_date, promised.amount_due) == (shop.now + 10 * DAY, invoice.due_date, 1_000)


def test_no_change_can_wait_for_its_payment(shop: Shop) -> None:
    subscription, _ = sent(shop)

    words = refused(lambda: change(shop, subscription, quantity=3, payment_behavior="pending_if_incomplete"))

    assert "charge_automatically" in words
    assert the_item(shop.subscription(subscription)).quantity == 1
    assert len(shop.service.v1.invoices.list({"subscription": subscription.id}).data) == 1


def test_its_schedule_goes_on_sending(shop: Shop) -> None:
    subscription, _ = sent(shop)

    schedule = changed_later(shop, subscription, shop.a_price(2_000), quantity=1)
    shop.later(by=the_item(subscription).current_period_end - shop.now + HOUR)

    settings = schedule.default_settings
    assert (settings.collection_method, settings.invoice_settings.days_until_due) == ("send_invoice", 10)
    assert [phase.collection_method for phase in schedule.phases] == ["send_invoice"] * 2
    assert (shop.latest_invoice(subscription).amount_due, shop.latest_invoice(subscription).attempt_count) == (2_000, 0)


def test_what_is_void_or_given_up_is_not_overdue(shop: Shop) -> None:
    endpoint = shop.an_endpoint("invoice.overdue")
    voided, given_up = sent(shop), sent(shop)

    shop.operator.v1.invoices.void_invoice(voided[1].id)
    shop.operator.v1.invoices.mark_uncollectible(given_up[1].id)
    shop.later(by=11 * DAY)

    assert endpoint.types == []
    assert [shop.subscription(each).status for each in (voided[0], given_up[0])] == ["active", "active"]


def test_going_on_by_itself_again_it_is_still_not_charged(shop: Shop) -> None:
    _, invoice = sent(shop)

    shop.operator.v1.invoices.update(invoice.id, {"auto_advance": False})
    again = shop.operator.v1.invoices.update(invoice.id, {"auto_advance": True})

    assert (again.auto_advance, again.next_payment_attempt) == (True, None)


def test_what_is_not_built_of_sent_invoices_says_so(shop: Shop) -> None:
    subscription, _ = sent(shop)
    v1 = shop.operator.v1

    assert "sent" in not_built(lambda: v1.subscriptions.pause(subscription.id, {"type": "subscription"}))
    customer: Any = {"customer": subscription.customer, "collection_method": "send_invoice"}
    assert "sent" in not_built(lambda: v1.invoices.create(customer))
    schedule = a_schedule(shop, subscription)
    phase: Any = {
        "items": [{"price": the_item(subscription).price.id, "quantity": 1}],
        "start_date": schedule.current_phase.start_date,
        "end_date": schedule.current_phase.end_date,
        "collection_method": "charge_automatically",
    }
    assert "another way" in not_built(lambda: v1.subscription_schedules.update(schedule.id, {"phases": [phase]}))
