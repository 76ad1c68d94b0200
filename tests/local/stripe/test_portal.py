"""The billing portal: what a customer does there."""

import re
from typing import Any

import pytest

from tests.local.stripe.browsing import BROWSER_FLAGS, CHROMIUM, visit
from tests.local.stripe.portals import BACK, a_configuration, a_portal, entered
from tests.local.stripe.shop import DAY, Shop


def test_shows_the_card_the_address_the_tax_id_and_the_invoices(shop: Shop) -> None:
    subscription = shop.a_subscription(customer=shop.a_customer("FR"))
    shop.operator.v1.customers.tax_ids.create(subscription.customer, {"type": "eu_vat", "value": "FR12345678901"})
    invoice = shop.latest_invoice(subscription)

    _, body, _ = visit(entered(shop, subscription.customer))
    pdf = re.search(r'href="([^"]+/pdf)"', body)

    assert "visa 4242" in body
    assert "10115" in body
    assert "FR12345678901" in body
    assert invoice.number in body
    assert "36.00 EUR" in body
    assert pdf
    assert visit(pdf[1])[1].startswith("%PDF")
    assert f'href="{BACK}"' in body


def test_another_card_is_the_default_from_now_on_for_the_subscription_too(shop: Shop) -> None:
    subscription = shop.a_subscription()

    status, _, _ = visit(entered(shop, subscription.customer), {"action": "card", "card": "5555 5555 5555 4444"})

    customer: Any = shop.service.v1.customers.retrieve(
        subscription.customer, {"expand": ["invoice_settings.default_payment_method"]}
    )
    default = customer.invoice_settings.default_payment_method
    assert (status, default.card.last4) == (303, "4444")
    assert shop.subscription(subscription).default_payment_method == default.id


def test_a_bank_account_serves_as_well(shop: Shop) -> None:
    customer = shop.a_customer("DE")
    here = entered(shop, customer.id)

    visit(here, {"action": "card", "card": "DE89 3704 0044 0532 0130 00"})
    wrong, _, _ = visit(here, {"action": "card", "card": "DE00 3704 0044 0532 0130 00"})

    assert "sepa_debit 3000" in visit(here)[1]
    assert wrong == 400


def test_a_card_that_the_bank_refuses_changes_nothing_and_says_why(shop: Shop) -> None:
    subscription = shop.a_subscription()

    status, body, _ = visit(entered(shop, subscription.customer), {"action": "card", "card": "4000000000000002"})

    assert (status, "declined" in body) == (402, True)
    assert shop.subscription(subscription).default_payment_method == subscription.default_payment_method


@pytest.mark.parametrize(("answer", "cards"), [("complete", 2), ("fail", 1)])
def test_the_bank_asks_before_a_card_is_set(shop: Shop, answer: str, cards: int) -> None:
    subscription = shop.a_subscription()
    here, form = entered(shop, subscription.customer), {"action": "card", "card": "4000002500003155"}

    _, question, _ = visit(here, form)
    visit(here, {**form, "authenticate": answer})

    assert "Your bank" in question
    assert len(shop.service.v1.customers.payment_methods.list(subscription.customer).data) == cards


def test_a_removed_card_is_detached(shop: Shop) -> None:
    customer = shop.a_customer(card="4242424242424242")
    method = shop.service.v1.customers.payment_methods.list(customer.id).data[0]

    visit(entered(shop, customer.id), {"action": "remove_card", "payment_method": method.id})

    assert shop.service.v1.payment_methods.retrieve(method.id).customer is None
    assert shop.service.v1.customers.retrieve(customer.id).invoice_settings.default_payment_method is None


def test_the_address_decides_the_next_tax(shop: Shop) -> None:
    automatic: Any = {"automatic_tax": {"enabled": True}}
    subscription = shop.a_subscription(customer=shop.a_customer("DE"), **automatic)

    visit(entered(shop, subscription.customer), {"action": "details", "country": "FR", "postal_code": "75001"})
    shop.later(by=29 * DAY)

    # 36.00 at 19 % and then at 20 %.
    assert [each.total for each in shop.service.v1.invoices.list({"customer": subscription.customer})] == [4_320, 4_284]


def test_only_what_is_allowed_is_changed(shop: Shop) -> None:
    customer = shop.a_customer("DE")

    visit(
        entered(shop, customer.id),
        {"action": "details", "name": "Acme Ltd", "email": "mallory@example.com", "country": "FR"},
    )

    after = shop.service.v1.customers.retrieve(customer.id)
    assert (after.name, after.email, after.address.country) == ("Acme Ltd", "billing@acme.example", "FR")


def test_a_tax_id_is_added_and_taken_away(shop: Shop) -> None:
    customer = shop.a_customer("FR")
    here = entered(shop, customer.id)

    wrong, _, _ = visit(here, {"action": "tax_id", "type": "eu_vat", "value": "12"})
    visit(here, {"action": "tax_id", "type": "eu_vat", "value": "FR12345678901"})
    added = shop.service.v1.customers.tax_ids.list(customer.id).data
    visit(here, {"action": "remove_tax_id", "tax_id": added[0].id})

    assert (wrong, [each.value for each in added]) == (400, ["FR12345678901"])
    assert shop.service.v1.customers.tax_ids.list(customer.id).data == []


def test_ours_offers_no_cancellation_and_takes_none(shop: Shop) -> None:
    subscription = shop.a_subscription()
    here = entered(shop, subscription.customer)

    _, body, _ = visit(here)
    status, _, _ = visit(here, {"action": "cancel", "subscription": subscription.id})

    assert "ancel" not in body
    assert (status, shop.subscription(subscription).cancel_at) == (403, None)


def test_where_it_is_enabled_cancelling_sets_cancel_at_and_not_the_flag(shop: Shop) -> None:
    subscription = shop.a_subscription()
    here = entered(shop, subscription.customer, a_configuration(shop, subscription_cancel={"enabled": True}))
    form = {"subscription": subscription.id}

    visit(here, {**form, "action": "cancel", "feedback": "too_expensive"})
    cancelled = shop.subscription(subscription)
    visit(here, {**form, "action": "keep"})
    kept = shop.subscription(subscription)

    end = subscription["items"].data[0].current_period_end
    assert (cancelled.cancel_at, cancelled.cancel_at_period_end) == (end, False)
    assert cancelled.cancellation_details.feedback == "too_expensive"
    assert (kept.cancel_at, kept.cancel_at_period_end) == (None, False)


def test_nobody_acts_on_what_is_another_customers(shop: Shop) -> None:
    subscription = shop.a_subscription()
    here = entered(shop, shop.a_customer().id, a_configuration(shop, subscription_cancel={"enabled": True}))

    cancel, _, _ = visit(here, {"action": "cancel", "subscription": subscription.id})
    remove, _, _ = visit(here, {"action": "remove_card", "payment_method": subscription.default_payment_method})

    assert (cancel, remove) == (403, 400)
    assert shop.subscription(subscription).cancel_at is None


def test_a_flow_ends_where_it_was_told_to(shop: Shop) -> None:
    after: Any = {"type": "redirect", "redirect": {"return_url": f"{BACK}?done"}}
    flow: Any = {"type": "payment_method_update", "after_completion": after}
    here = entered(shop, shop.a_customer().id, flow_data=flow)

    detour = visit(here, {"action": "details", "name": "Acme Ltd"})
    done = visit(here, {"action": "card", "card": "4242424242424242"})

    assert detour[2].startswith("/portal/")
    assert done[2] == f"{BACK}?done"


@pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on the path")
def test_a_person_with_a_browser_changes_the_card(shop: Shop) -> None:
    from playwright.sync_api import sync_playwright

    customer = shop.a_customer("DE")
    session = a_portal(shop, customer.id)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_FLAGS)
        page = browser.new_page()
        page.goto(session.url)
        page.get_by_label("Card number").fill("4242 4242 4242 4242")
        page.get_by_role("button", name="Use this").click()
        shown = page.locator(".method").inner_text()
        browser.close()

    assert "visa 4242" in shown
    assert "default" in shown
