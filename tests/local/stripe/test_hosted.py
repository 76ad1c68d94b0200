"""The hosted pages: as a form is sent, and as a person with a browser sees them."""

from typing import Any

import pytest

from tests.local.stripe.browsing import BROWSER_FLAGS, CHROMIUM, visit
from tests.local.stripe.shop import BACK, Endpoint, Shop

FORM = {"card": "4242 4242 4242 4242", "country": "DE", "postal_code": "10115", "quantity": "5"}


def test_the_page_takes_a_card_seats_and_an_address(shop: Shop) -> None:
    session = shop.a_session(automatic_tax={"enabled": True}, customer_update={"address": "auto"})

    _, body, _ = visit(session.url)
    status, _, location = visit(session.url, FORM)

    paid = shop.session(session)
    assert "Team" in body
    assert (status, location) == (303, f"https://app.example.com/return?session_id={session.id}")
    assert (paid.amount_subtotal, paid.amount_total) == (6_000, 7_140)
    assert shop.service.v1.customers.retrieve(session.customer).address.postal_code == "10115"


def test_a_declined_card_shows_why_and_keeps_the_page(shop: Shop) -> None:
    session = shop.a_session()

    status, body, _ = visit(session.url, {**FORM, "card": "4000000000009995"})

    assert (status, shop.session(session).status) == (402, "open")
    assert "insufficient funds" in body


@pytest.mark.parametrize(("answer", "status"), [("complete", "complete"), ("fail", "open")])
def test_the_bank_asks_and_the_customer_answers(shop: Shop, answer: str, status: str) -> None:
    session = shop.a_session()
    form = {**FORM, "card": "4000002760003184"}

    _, question, _ = visit(session.url, form)
    visit(session.url, {**form, "authenticate": answer})

    assert "Your bank" in question
    assert shop.session(session).status == status


def test_a_page_that_is_over_takes_nothing(shop: Shop) -> None:
    session = shop.a_session()
    shop.pay(session)

    assert visit(session.url, FORM)[0] == 410
    assert len(shop.service.v1.subscriptions.list({"customer": session.customer}).data) == 1


def test_what_is_not_there_is_404(shop: Shop) -> None:
    assert visit(f"{shop.emulator.url}/pay/cs_test_nothing")[0] == 404
    assert visit(f"{shop.emulator.url}/elsewhere")[0] == 404


def test_an_open_invoice_is_paid_on_its_page_and_read_as_a_pdf(shop: Shop) -> None:
    subscription = shop.a_subscription()
    shop.local(f"customers/{subscription.customer}/card", {"card": "4000000000000341"})
    shop.later(by=29 * 86_400)
    invoice = shop.latest_invoice(subscription)

    declined, _, _ = visit(invoice.hosted_invoice_url, {"card": "4000000000000002"})
    paid, _, _ = visit(invoice.hosted_invoice_url, {"card": "4242424242424242"})
    status, pdf, _ = visit(invoice.invoice_pdf)

    assert (declined, paid, status) == (402, 303, 200)
    assert shop.subscription(subscription).status == "active"
    assert pdf.startswith("%PDF-1.4")
    assert invoice.number in pdf


def test_a_name_is_shown_and_not_run(shop: Shop) -> None:
    product = shop.operator.v1.products.create({"name": "<script>alert(1)</script>"})
    session = shop.a_session(price=shop.a_price(product=product.id))

    _, body, _ = visit(session.url)

    assert "<script>" not in body
    assert "&lt;script&gt;" in body


@pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on the path")
def test_a_person_with_a_browser_buys_seats(shop: Shop) -> None:
    from playwright.sync_api import sync_playwright

    landing = Endpoint()
    session = shop.a_session(
        success_url=f"{landing.url}&session_id={{CHECKOUT_SESSION_ID}}",
        automatic_tax={"enabled": True},
        customer_update={"address": "auto", "name": "auto"},
    )
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_FLAGS)
            arrived = _buy(browser.new_page(), session.url)
            browser.close()
    finally:
        landing.close()

    paid = shop.session(session)
    assert arrived.endswith(f"session_id={session.id}")
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert shop.service.v1.subscriptions.retrieve(paid.subscription)["items"].data[0].quantity == 7


def _buy(page: Any, url: str) -> str:
    """A declined card first, then a good one."""
    page.goto(url)
    page.get_by_label("Quantity").fill("7")
    page.get_by_label("Name on card").fill("Erika Muster")
    page.get_by_label("Country").select_option("FR")
    page.get_by_label("Postal code").fill("75001")
    page.get_by_label("Card number").fill("4000 0000 0000 0002")
    page.get_by_role("button", name="Subscribe").click()
    assert "declined" in page.get_by_role("alert").inner_text()
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    with page.expect_request(lambda request: "session_id=" in request.url):
        page.get_by_role("button", name="Subscribe").click()
    page.wait_for_url("**session_id=**")
    return str(page.url)


def test_who_goes_back_comes_to_the_cancel_url(shop: Shop) -> None:
    session = shop.a_session()

    _, body, _ = visit(session.url)

    assert f'href="{BACK}"' in body
