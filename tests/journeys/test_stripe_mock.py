"""Stripe's own stripe-mock judges every request that the story and stripe_sync make of Stripe.

It holds the API of 2026-08-26.dahlia; the service speaks 2026-10-28.endive. What differs is a closed list here: any
other refusal fails the test, and so does an entry that no request needs. It keeps no state, so any id will do, and it
lets unknown names inside nested objects pass, which our own Stripe does not.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from chalicelib.domain.catalogue import parse
from chalicelib.settings import STRIPE_API_VERSION
from infra.local.service import Service
from infra.local.story import free
from infra.local.story.client import Http, fields
from infra.local.story.play import play
from infra.local.story.scene import RETURN_URLS, UNTIL_CHARGED, Scene
from infra.local.story.telling import Telling
from infra.local.stripe import sdk
from infra.stripe_endpoint import sync_endpoint
from infra.stripe_offers import sync_offers
from infra.stripe_sync import CATALOGUE, connect

URL = os.environ.get("STRIPE_MOCK_URL", "")

pytestmark = pytest.mark.skipif(not URL, reason="STRIPE_MOCK_URL names no stripe-mock")

# Operation and parameter, and where Stripe says that it came after 2026-08-26.
DIFFERENCES = {
    ("POST /v1/checkout/sessions", "allowed_payment_method_types"): (
        "changelog: endive/2026-09-30/remove-payment-method-types-checkout-sessions"
    ),
    # Among the values it takes are the versions up to its own.
    ("POST /v1/webhook_endpoints", "api_version"): "stripe-python 16.1.0: params/_webhook_endpoint_create_params.py",
}

# All that the service and stripe_sync make or change at Stripe, and the preview, which only looks.
CHANGES = {
    "POST /v1/checkout/sessions",
    "POST /v1/checkout/sessions/{}/expire",
    "POST /v1/customers",
    "POST /v1/customers/{}",
    "POST /v1/invoices/create_preview",
    "POST /v1/invoices/{}/void",
    "POST /v1/prices",
    "POST /v1/prices/{}",
    "POST /v1/products",
    "POST /v1/products/{}",
    "POST /v1/subscriptions/{}",
    "DELETE /v1/subscriptions/{}",
    "POST /v1/webhook_endpoints",
    "POST /v1/webhook_endpoints/{}",
}


@dataclass(frozen=True)
class Asked:
    """A request as it reached Stripe, every value still text."""

    method: str
    path: str
    parameters: Mapping[str, Any]

    @property
    def operation(self) -> str:
        """Method and path with its ids blanked."""
        matched = sdk.match(self.method, self.path)
        return f"{self.method} {sdk.blanked(matched[0].template) if matched else self.path}"

    @property
    def differing(self) -> set[str]:
        return {name for name in self.parameters if (self.operation, name) in DIFFERENCES}

    def without(self, names: set[str]) -> "Asked":
        return Asked(self.method, self.path, {k: v for k, v in self.parameters.items() if k not in names})


def refusal(asked: Asked) -> str | None:
    """What stripe-mock has against the request; None if nothing."""
    form = urlencode(list(fields(asked.parameters)))
    is_post = asked.method == "POST"
    request = Request(
        URL + asked.path + ("" if is_post or not form else f"?{form}"),
        data=form.encode() if is_post else None,
        method=asked.method,
        headers={
            "Authorization": "Bearer sk_test_123",
            "Content-Type": "application/x-www-form-urlencoded",
            "Stripe-Version": STRIPE_API_VERSION,
        },
    )
    try:
        with urlopen(request, timeout=30):
            return None
    except HTTPError as refused:
        with refused:
            return json.load(refused)["error"]["message"]


def needed(asked: Asked) -> set[str]:
    """The differing parameters that stripe-mock refuses by themselves, each put back alone."""
    return {name for name in asked.differing if refusal(asked.without(asked.differing - {name}))}


@pytest.fixture(scope="module")
def asked(service: Service) -> list[Asked]:
    """Everything that was asked of Stripe: by the story, by a life that ends badly, by stripe_sync."""
    at = service.addresses
    play(at, Telling(quiet=True))
    stripe = Http(at["stripe"], at["stripe_api_key"])
    ends_badly(Scene("astray", Http(at["api"], at["api_key"]), stripe, Telling(quiet=True)))
    puts_right(service)
    requests = stripe.get("/_local/requests").body["data"]
    return [Asked(each["method"], each["path"], each["parameters"]) for each in requests]


def ends_badly(scene: Scene) -> None:
    """What the story spares its customers: another wish while a page is open, and the end while an invoice is open."""
    free.works_and_meets_its_limit(scene)
    for plan in ("personal", "team"):
        scene.ask("/subscription", {"plan": plan, "interval": "month"} | RETURN_URLS)
    scene.pay_checkout()
    scene.act(f"/_local/customers/{scene.customer}/card", {"card": "4000000000000341"})
    scene.wait_until(scene.look()["renews_at"], UNTIL_CHARGED)
    scene.ask("/subscription/cancel", {"reason": "unused"})
    scene.settle()
    assert scene.look()["plan"]["id"] == "free"


def puts_right(service: Service) -> None:
    """stripe_sync after somebody renamed a product, archived a price and disabled the endpoint in the dashboard."""
    client = connect(service.addresses["stripe_api_key"], service.addresses["stripe"])
    [endpoint] = client.v1.webhook_endpoints.list().data
    [price] = client.v1.prices.list({"lookup_keys": ["team_month"]}).data
    client.v1.products.update("plan_team", {"name": "Crew"})
    client.v1.prices.update(price.id, {"active": False})
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    assert len(sync_offers(client, parse(CATALOGUE.read_text()))) == 2
    assert len(sync_endpoint(client, endpoint.url, endpoint.enabled_events).done) == 1


def test_no_kind_of_change_is_left_out(asked: list[Asked]) -> None:
    made = {each.operation for each in asked if each.method != "GET"}

    assert made == CHANGES


def test_every_request_is_one_that_stripe_knows(asked: list[Asked]) -> None:
    refused = {
        f"{each.operation} {sorted(each.parameters)}: {why}"
        for each in asked
        if (why := refusal(each.without(each.differing)))
    }

    assert refused == set()


def test_every_difference_between_the_versions_is_needed(asked: list[Asked]) -> None:
    found = {(each.operation, name) for each in asked for name in needed(each)}

    assert found == DIFFERENCES.keys()


@pytest.mark.parametrize(
    ("reason", "method", "path", "parameters"),
    [
        ("no such parameter in a form", "POST", "/v1/checkout/sessions", {"mode": "payment", "colour": "red"}),
        ("no such parameter in a query", "GET", "/v1/customers", {"colour": "red"}),
        ("not a number", "GET", "/v1/customers", {"limit": "few"}),
        ("not one of its values", "POST", "/v1/webhook_endpoints", {"url": "https://x.test", "enabled_events": ["no"]}),
        ("no such path", "POST", "/v1/colours", {}),
    ],
)
def test_the_judge_refuses_what_stripe_would(
    reason: str, method: str, path: str, parameters: Mapping[str, Any]
) -> None:
    assert refusal(Asked(method, path, parameters)), reason
