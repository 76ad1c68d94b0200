"""A person with a browser goes through Checkout, and the plan is active."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.story.client import Http

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RETURN = "https://app.example.com/billing"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium: .ci/run installs Debian's")


@pytest.fixture
def page() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        # The product's own page, to which Stripe sends the customer back, is not part of this.
        page.route(f"{RETURN}**", lambda route: route.fulfill(status=200, body="back at the product"))
        yield page
        browser.close()


def test_checkout_in_a_browser_makes_the_plan_active(page: Any, api: Http, stripe: Http) -> None:
    owner = {"id": "ada", "email": "ada@example.com", "name": "Ada"}
    api.put("/v1/accounts/browsing", {"name": "Acme", "email": "a@example.com", "owner": owner})
    wish = {"plan": "team", "interval": "month", "seats": 3, "success_url": RETURN, "cancel_url": RETURN}
    url = api.post("/v1/accounts/browsing/subscription", wish).body["url"]

    page.goto(url)
    page.fill("[name=card]", "4242 4242 4242 4242")
    page.fill("[name=expiry]", "12 / 34")
    page.fill("[name=cvc]", "123")
    page.fill("[name=name]", "Ada Lovelace")
    page.fill("[name=quantity]", "4")
    page.select_option("[name=country]", "DE")
    page.fill("[name=postal_code]", "10115")
    page.click("[name=action][value=pay]")
    page.wait_for_url(f"{RETURN}**")
    stripe.post("/_local/settle")

    account = api.get("/v1/accounts/browsing").body
    assert (account["plan"]["id"], account["status"], account["seats"]["bought"]) == ("team", "active", 4)
