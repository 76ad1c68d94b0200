"""What is owed: an invoice tried again, given up, voided or paid, and what that makes of its subscription."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.browsing import visit
from tests.local.stripe.changes import change, the_item
from tests.local.stripe.shop import DAY, Shop

DECLINED, ASKS, GOOD = "4000000000000341", "4000002760003184", "4242424242424242"


def with_card(shop: Shop, subscription: stripe.Subscription, card: str) -> None:
    shop.local(f"customers/{subscription.customer}/card", {"card": card})


def a_failed_renewal(shop: Shop, end: str = "cancel", days: int = 29) -> tuple[stripe.Subscription, Any]:
    shop.local("settings", {"dunning_end": end})
    subscription = shop.a_subscription()
    with_card(shop, subscription, DECLINED)
    shop.later(by=days * DAY)
    return subscription, shop.latest_invoice(subscription)


def status(shop: Shop, subscription: Any) -> str:
    return shop.subscription(subscription).status


@pytest.mark.parametrize("act", ["mark_uncollectible", "void_invoice"])
def test_what_is_given_up_or_voided_makes_it_good_again(shop: Shop, act: str) -> None:
    subscription, invoice = a_failed_renewal(shop)
    endpoint = shop.an_endpoint()

    changed = getattr(shop.service.v1.invoices, act)(invoice.id)
    shop.local("settle", {})

    told = {"mark_uncollectible": "invoice.marked_uncollectible", "void_invoice": "invoice.voided"}[act]
    assert (changed.next_payment_attempt, changed.auto_advance) == (None, False)
    assert status(shop, subscription) == "active"
    assert told in endpoint.types
    assert endpoint.types[-1] == "customer.subscription.updated"


def test_what_is_given_up_says_when_and_why_and_can_still_be_paid(shop: Shop) -> None:
    subscription, invoice = a_failed_renewal(shop)
    given_up = shop.service.v1.invoices.mark_uncollectible(invoice.id)
    with_card(shop, subscription, GOOD)

    paid = shop.service.v1.invoices.pay(invoice.id)

    assert given_up.status == "uncollectible"
    assert given_up.status_transitions.marked_uncollectible_at is not None
    assert given_up.status_details.uncollectible.reason == "user_forgiven"
    assert paid.status == "paid"


@pytest.mark.parametrize("before", ["draft", "paid", "void", "uncollectible"])
def test_only_an_open_invoice_is_given_up(shop: Shop, before: str) -> None:
    subscription, invoice = a_failed_renewal(shop)
    if before == "draft":
        invoice = shop.service.v1.invoices.create({"customer": subscription.customer})
    elif before == "paid":
        invoice = shop.service.v1.invoices.list({"customer": subscription.customer, "status": "paid"}).data[0]
    elif before == "void":
        shop.service.v1.invoices.void_invoice(invoice.id)
    else:
        shop.service.v1.invoices.mark_uncollectible(invoice.id)

    with pytest.raises(stripe.InvalidRequestError, match=f"This invoice is {before}"):
        shop.service.v1.invoices.mark_uncollectible(invoice.id)

    assert shop.service.v1.invoices.retrieve(invoice.id).status == before


def test_the_status_follows_the_latest_invoice_and_not_an_older_one(shop: Shop) -> None:
    subscription, first = a_failed_renewal(shop, "past_due", days=60)
    older = shop.service.v1.invoices.list({"customer": subscription.customer, "status": "open"}).data[-1]
    with_card(shop, subscription, GOOD)

    shop.service.v1.invoices.pay(older.id)
    after_the_older = status(shop, subscription)
    shop.service.v1.invoices.pay(first.id)

    assert (older.id != first.id, after_the_older, status(shop, subscription)) == (True, "past_due", "active")


def test_a_void_invoice_leaves_the_one_before_it_to_decide(shop: Shop) -> None:
    subscription, newest = a_failed_renewal(shop, "past_due", days=60)
    older = shop.service.v1.invoices.list({"customer": subscription.customer, "status": "open"}).data[-1]

    shop.service.v1.invoices.void_invoice(newest.id)
    still = status(shop, subscription)
    shop.service.v1.invoices.void_invoice(older.id)

    assert (still, status(shop, subscription)) == ("past_due", "active")


@pytest.mark.parametrize("how", ["paid", "given up"])
def test_an_unpaid_subscription_is_active_again_by_its_open_invoice(shop: Shop, how: str) -> None:
    subscription, _ = a_failed_renewal(shop, "unpaid", days=62)
    invoice = shop.service.v1.invoices.list({"customer": subscription.customer, "status": "open"}).data[0]
    unpaid = status(shop, subscription)

    if how == "paid":
        shop.local(f"invoices/{invoice.id}", {"card": GOOD})
    else:
        shop.service.v1.invoices.mark_uncollectible(invoice.id)

    assert (unpaid, status(shop, subscription)) == ("unpaid", "active")
    assert shop.latest_invoice(subscription).status == "draft"


def test_a_new_card_waits_for_the_next_try(shop: Shop) -> None:
    subscription, invoice = a_failed_renewal(shop)

    with_card(shop, subscription, GOOD)
    at_once = shop.latest_invoice(subscription).status
    shop.later(by=3 * DAY)

    assert (invoice.status, at_once, shop.latest_invoice(subscription).status) == ("open", "open", "paid")
    assert status(shop, subscription) == "active"


def test_a_change_that_is_allowed_unpaid_is_past_due_and_tried_again(shop: Shop) -> None:
    subscription = shop.a_subscription()
    with_card(shop, subscription, DECLINED)

    changed = change(shop, subscription, quantity=5, payment_behavior="allow_incomplete")

    assert (changed.status, the_item(changed).quantity) == ("past_due", 5)
    assert changed.latest_invoice.next_payment_attempt is not None


def test_a_change_that_waits_for_its_payment_is_neither_past_due_nor_tried_again(shop: Shop) -> None:
    subscription = shop.a_subscription()
    with_card(shop, subscription, DECLINED)

    waiting = change(shop, subscription, quantity=5, payment_behavior="pending_if_incomplete")
    shop.later(by=22 * 3_600)

    invoice = shop.latest_invoice(subscription)
    assert (status(shop, subscription), waiting.pending_update is None) == ("active", False)
    assert (invoice.id, invoice.status, invoice.attempt_count) == (waiting.latest_invoice.id, "open", 1)
    assert (invoice.next_payment_attempt, invoice.auto_advance) == (None, False)


def test_a_renewal_that_the_bank_asks_about_is_confirmed_on_its_page(shop: Shop) -> None:
    subscription = shop.a_subscription(card=ASKS)
    endpoint = shop.an_endpoint("invoice.payment_failed", "invoice.payment_action_required")
    shop.later(by=29 * DAY)
    invoice = shop.latest_invoice(subscription)
    url, asked = invoice.hosted_invoice_url, status(shop, subscription)

    _, page, _ = visit(url)
    _, question, _ = visit(url, {"action": "confirm"})
    refused, _, _ = visit(url, {"action": "confirm", "authenticate": "fail"})
    confirmed, _, _ = visit(url, {"action": "confirm", "authenticate": "complete"})

    assert endpoint.types[:2] == ["invoice.payment_failed", "invoice.payment_action_required"]
    assert ("Confirm with your bank" in page, "Your bank" in question) == (True, True)
    assert (asked, refused, confirmed) == ("past_due", 402, 303)
    assert (shop.latest_invoice(subscription).status, status(shop, subscription)) == ("paid", "active")


def test_a_declined_invoice_offers_another_card_and_no_bank(shop: Shop) -> None:
    _, invoice = a_failed_renewal(shop)

    _, page, _ = visit(invoice.hosted_invoice_url)

    assert 'name="card"' in page
    assert "Confirm with your bank" not in page


@pytest.mark.parametrize(
    ("wanted", "found"), [("open", 1), ("paid", 1), ("uncollectible", 0), ("void", 0), ("draft", 0)]
)
def test_lists_invoices_by_status(shop: Shop, wanted: str, found: int) -> None:
    subscription, _ = a_failed_renewal(shop)

    listed = shop.service.v1.invoices.list({"customer": subscription.customer, "status": wanted}).data

    assert [each.status for each in listed] == [wanted] * found
