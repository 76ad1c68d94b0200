"""Stripe's own stripe-mock judges every request that the service and stripe_sync can make of Stripe.

It holds the API of 2026-08-26.dahlia; the service speaks 2026-10-28.endive. What differs is a closed list here: any
other refusal fails the test, and so does an entry that no request needs. It keeps no state, so any id will do, and it
lets unknown names inside nested objects pass, which our own Stripe does not.
"""

import inspect
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from stripe import StripeClient

from chalicelib.domain.catalogue import parse
from chalicelib.settings import STRIPE_API_VERSION
from infra.local.service import Service
from infra.local.story import free
from infra.local.story.client import Http, fields, instant
from infra.local.story.play import play
from infra.local.story.queue import UsageQueue
from infra.local.story.scene import ADDRESS, RETURN_URLS, UNTIL_CHARGED, Scene
from infra.local.story.subscribing import DAY
from infra.local.story.telling import Telling
from infra.local.stripe import sdk
from infra.stripe_endpoint import sync_endpoint
from infra.stripe_offers import sync_offers
from infra.stripe_sync import CATALOGUE, connect

URL = os.environ.get("STRIPE_MOCK_URL", "")

pytestmark = pytest.mark.skipif(not URL, reason="STRIPE_MOCK_URL names no stripe-mock")

# Operation and parameter, and where Stripe says that it came after 2026-08-26.
NEW_ANCHOR = "changelog: endive/2026-09-30/polymorphic-billing-cycle-anchor"
DIFFERENCES = {
    ("POST /v1/checkout/sessions", "allowed_payment_method_types"): (
        "changelog: endive/2026-09-30/remove-payment-method-types-checkout-sessions"
    ),
    ("POST /v1/subscriptions/{}", "billing_cycle_anchor"): NEW_ANCHOR,
    ("POST /v1/invoices/create_preview", "subscription_details[billing_cycle_anchor]"): NEW_ANCHOR,
    # Among the values it takes are the versions up to its own.
    ("POST /v1/webhook_endpoints", "api_version"): "stripe-python 16.1.0: params/_webhook_endpoint_create_params.py",
}

ROOT = Path(__file__).parents[2]
CALL = re.compile(r"client\.(v1(?:\.\w+)+)\(")
REQUEST = re.compile(r'self\._request\(\s*"(\w+)",\s*"(/v1/[^"]+)"')
REFUNDS_FAIL, NEVER_PAYS = "4000000000005126", "4000000000000341"


@dataclass(frozen=True)
class Asked:
    """A request as it reached Stripe, its parameters named as in a form: `items[0][price]`."""

    method: str
    path: str
    parameters: Mapping[str, str]

    @property
    def operation(self) -> str:
        """Method and path with its ids blanked."""
        matched = sdk.match(self.method, self.path)
        return f"{self.method} {sdk.blanked(matched[0].template) if matched else self.path}"

    @property
    def differing(self) -> set[str]:
        return {name for operation, name in DIFFERENCES if operation == self.operation and self._named(name)}

    @property
    def next_page(self) -> "Asked":
        return Asked(self.method, self.path, {**self.parameters, "starting_after": "id_1"})

    def without(self, names: set[str]) -> "Asked":
        left_out = {each for name in names for each in self._named(name)}
        return Asked(self.method, self.path, {k: v for k, v in self.parameters.items() if k not in left_out})

    def _named(self, name: str) -> list[str]:
        """The parameter of that name, or what is inside it."""
        return [each for each in self.parameters if each == name or each.startswith(f"{name}[")]


def refusal(asked: Asked) -> str | None:
    """What stripe-mock has against the request; None if nothing."""
    form = urlencode(asked.parameters)
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


def operations_in_source() -> set[str]:
    """Every operation that the service and stripe_sync call anywhere."""
    files = [*(ROOT / "chalicelib/adapters/stripe").glob("*.py"), *(ROOT / "infra").glob("stripe_*.py")]
    called = {call for file in files for call in CALL.findall(file.read_text("utf-8"))}
    return {_operation(attrgetter(call)(StripeClient("sk_test_123"))) for call in called}


def _operation(call: object) -> str:
    """The operation behind a method of the SDK."""
    found = REQUEST.search(inspect.getsource(call))  # type: ignore[arg-type]
    assert found, call
    return f"{found[1].upper()} {sdk.blanked(found[2])}"


@pytest.fixture(scope="module")
def asked(service: Service) -> list[Asked]:
    """Everything that was asked of Stripe: by the story, by a life that ends badly, by stripe_sync."""
    at = service.addresses
    play(at, Telling(quiet=True))
    stripe = Http(at["stripe"], at["stripe_api_key"])
    ends_badly(Scene("astray", Http(at["api"], at["api_key"]), stripe, UsageQueue(at), Telling(quiet=True)))
    puts_right(service)
    requests = stripe.get("/_local/requests").body["data"]
    return [Asked(each["method"], each["path"], dict(fields(each["parameters"]))) for each in requests]


def ends_badly(scene: Scene) -> None:
    """What the story spares its customers: failures, second thoughts, refunds, the end while an invoice is open."""
    free.works_and_meets_its_limit(scene)
    meets_failures(scene)
    for plan in ("personal", "team"):
        scene.ask("/subscription", {"plan": plan, "interval": "month"} | RETURN_URLS)
    scene.pay_checkout(REFUNDS_FAIL)
    thinks_again(scene)
    loses_a_refund(scene)
    gives_a_pack_back(scene)
    recharges_without_an_address(scene)
    scene.put_card(NEVER_PAYS)
    scene.wait_until(scene.look()["renews_at"], UNTIL_CHARGED)
    scene.ask("/subscription/cancel", {"reason": "unused"})
    scene.settle()
    assert scene.look()["plan"]["id"] == "free"
    is_erased(scene)


def meets_failures(scene: Scene) -> None:
    """The first thing asked of Stripe fails, the second is a failure that Stripe keeps: then it must be looked up."""
    scene.stripe.post("/_local/webhooks", {"fail_api": 2})
    entered = scene.ask("/portal", {"return_url": RETURN_URLS["cancel_url"]})
    assert entered.status == 200, entered.body


def thinks_again(scene: Scene) -> None:
    """Fewer seats, fewer still, none of it; and an end that the operator set, undone."""
    scene.wish(seats=4)
    assert [scene.wish(seats=seats)["outcome"] for seats in (3, 2)] == ["scheduled", "scheduled"]
    scene.wish(seats=4)
    assert scene.look()["scheduled_change"] is None
    [subscription] = scene.stripe.get("/v1/subscriptions", customer=scene.customer).body["data"]
    end = instant(scene.look()["period"]["end"])
    assert scene.stripe.fill_in(f"/v1/subscriptions/{subscription['id']}", {"cancel_at": end}).status == 200
    scene.settle()
    assert scene.ask("/subscription/resume").body["ends_at"] is None


def loses_a_refund(scene: Scene) -> None:
    """The operator refunds a payment whose card takes nothing back."""
    [paid] = scene.stripe.get("/v1/invoice_payments", invoice=scene.newest_invoice()["id"]).body["data"]
    refunded = scene.stripe.fill_in("/v1/refunds", {"payment_intent": paid["payment"]["payment_intent"]})
    assert refunded.status == 200, refunded.body
    scene.wait_until(scene.look()["renews_at"], -DAY)


def gives_a_pack_back(scene: Scene) -> None:
    """A part of it is refunded, the rest disputed: its credits go with the money."""
    bought = scene.ask("/credits/purchases", {"pack": "starter"} | RETURN_URLS).body
    scene.pay_checkout()
    part = {"reason": "too many", "amount": {"amount": 100, "currency": "eur"}}
    assert scene.ask(f"/credits/purchases/{bought['id']}/refund", part).status == 200
    [session] = scene.stripe.get("/v1/checkout/sessions", customer=scene.customer, limit=1).body["data"]
    scene.act(f"/_local/charges/{session['payment_intent']}/dispute", {"status": "needs_response"})
    assert scene.look(f"/credits/purchases/{bought['id']}")["state"] == "disputed"


def recharges_without_an_address(scene: Scene) -> None:
    """Its tax cannot be reckoned, so the draft is deleted, and the rule waits."""
    assert scene.stripe.fill_in(f"/v1/customers/{scene.customer}", {"address": ""}).status == 200
    rule = {"enabled": True, "threshold": 10**9, "pack": "starter"}
    assert scene.api.put(scene.path("/credits/recharge"), rule).status == 200
    scene.settle()
    assert scene.look("/credits")["recharge"]["state"] == "blocked"
    scene.act(f"/_local/customers/{scene.customer}/address", ADDRESS)


def is_erased(scene: Scene) -> None:
    """Who asked for the refund goes, and then the customer."""
    customer = scene.customer
    assert scene.ask("/erase", {"confirm": scene.look()["name"]}).status == 200
    assert scene.stripe.get(f"/v1/customers/{customer}").body["deleted"]


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


def test_no_call_is_left_out(asked: list[Asked]) -> None:
    called = operations_in_source()

    assert called - {each.operation for each in asked} == set()
    assert len(called) > 35


def test_every_request_is_one_that_stripe_knows(asked: list[Asked]) -> None:
    refused = {
        f"{each.operation} {sorted(each.parameters)}: {why}"
        for each in asked
        if (why := refusal(each.without(each.differing)))
    }

    assert refused == set()


def test_every_list_has_more_pages_than_the_story_needs(asked: list[Asked]) -> None:
    # A search is not gone on with: it is asked for what nobody has noted, a hundred of them at most.
    lists = {each.operation: each for each in asked if "limit" in each.parameters and "query" not in each.parameters}

    refused = {operation: refusal(each.next_page) for operation, each in lists.items()}

    assert {operation: why for operation, why in refused.items() if why} == {}
    assert len(lists) > 5


def test_every_difference_between_the_versions_is_needed(asked: list[Asked]) -> None:
    found = {(each.operation, name) for each in asked for name in needed(each)}

    assert found == DIFFERENCES.keys()


@pytest.mark.parametrize(
    ("reason", "method", "path", "parameters"),
    [
        ("no such parameter in a form", "POST", "/v1/checkout/sessions", {"mode": "payment", "colour": "red"}),
        ("no such parameter in a query", "GET", "/v1/customers", {"colour": "red"}),
        ("not a number", "GET", "/v1/customers", {"limit": "few"}),
        (
            "not one of its values",
            "POST",
            "/v1/webhook_endpoints",
            {"url": "https://x.test", "enabled_events[0]": "no"},
        ),
        ("no such path", "POST", "/v1/colours", {}),
    ],
)
def test_the_judge_refuses_what_stripe_would(
    reason: str, method: str, path: str, parameters: Mapping[str, str]
) -> None:
    assert refusal(Asked(method, path, parameters)), reason
