"""The gateway against the emulator: what it sends, what Stripe's failures become, and keys that are spent."""

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from chalicelib.adapters.stripe.failures import translated
from chalicelib.adapters.stripe.gateway import StripeGateway
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.invoices import PlanOrder
from chalicelib.domain.money import Money
from chalicelib.errors import NotForSale, StripeGone, StripeRefused, StripeUnavailable
from chalicelib.settings import STRIPE_API_VERSION, Settings
from infra.local.clock import Clock
from infra.local.stripe.emulator import OPERATOR_KEY, SERVICE_KEY, Emulator
from infra.stripe_offers import sync_offers
from tests.builders import NOW, a_catalogue, a_purchase

URLS = {"success_url": "https://app.example.com/done", "cancel_url": "https://app.example.com/back"}
ORDER = PlanOrder("acme", "team_month", (3, 2, 100), URLS["success_url"], URLS["cancel_url"])


def a_gateway(
    base: str, key: str = SERVICE_KEY, *, tax: bool = True, catalogue: Catalogue | None = None
) -> StripeGateway:
    settings = Settings(
        core_table="core",
        ephemeral_table="ephemeral",
        stripe_events_queue="q",
        due_queue="q",
        recharge_queue="q",
        usage_dead_letters="q",
        event_bus="b",
        stripe_api_key=key,
        stripe_webhook_secrets=("whsec",),
        key_pepper="pepper",
        return_hosts=("app.example.com",),
        stripe_tax=tax,
        stripe_api_base=base,
    )
    return StripeGateway(settings, catalogue or a_catalogue())


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(Clock(NOW)).serve() as emulator:
        sync_offers(an_operator(emulator), a_catalogue())
        yield emulator


@pytest.fixture
def gateway(emulator: Emulator) -> StripeGateway:
    return a_gateway(emulator.url)


@pytest.fixture
def customer(emulator: Emulator) -> str:
    params: Any = {"name": "Acme", "email": "a@example.com", "metadata": {"account": "acme"}}
    return an_operator(emulator).v1.customers.create(params).id


def an_operator(emulator: Emulator) -> stripe.StripeClient:
    return stripe.StripeClient(OPERATOR_KEY, base_addresses={"api": emulator.url})


def last_request(emulator: Emulator) -> Any:
    return emulator.state.requests[-1]


def test_a_plans_session_carries_the_account_wherever_it_is_needed(
    emulator: Emulator, gateway: StripeGateway, customer: str
) -> None:
    checkout = gateway.checkout_plan(ORDER, customer, key="k1")

    sent = last_request(emulator)
    assert sent["idempotency_key"] == "k1"
    assert sent["parameters"]["subscription_data"] == {
        "billing_mode": {"type": "flexible"},
        "metadata": {"account": "acme", "kind": "subscription"},
    }
    assert sent["parameters"]["line_items"][0]["adjustable_quantity"] == {
        "enabled": "true",
        "minimum": "2",
        "maximum": "100",
    }
    assert checkout.url
    assert [each.metadata for each in gateway.checkouts(customer)] == [
        {"account": "acme", "kind": "subscription", "wish": ORDER.wish}
    ]
    assert emulator.state.problems == []


def test_a_packs_session_makes_an_invoice_and_names_the_purchase(
    emulator: Emulator, gateway: StripeGateway, customer: str
) -> None:
    gateway.checkout_pack(a_purchase(), customer, "pack_starter", **URLS, key="pack:1")

    sent = last_request(emulator)["parameters"]
    metadata = {"account": "acme", "kind": "credit_pack", "purchase": "p1"}
    assert sent["metadata"] == metadata
    assert sent["payment_intent_data"] == {"metadata": metadata}
    assert sent["invoice_creation"] == {"enabled": "true", "invoice_data": {"metadata": metadata}}
    assert gateway.checkouts(customer) == []
    assert emulator.state.problems == []


@pytest.mark.parametrize("tax", [True, False])
def test_tax_is_as_the_deployment_says(emulator: Emulator, customer: str, tax: bool) -> None:
    a_gateway(emulator.url, tax=tax).checkout_plan(ORDER, customer, key=f"tax{tax}")

    assert last_request(emulator)["parameters"]["automatic_tax"] == {"enabled": str(tax).lower()}


def test_the_pinned_version_is_sent_and_nothing_is_asked_twice(
    emulator: Emulator, gateway: StripeGateway, customer: str
) -> None:
    gateway.checkout_plan(ORDER, customer, key="v1")
    before = len(emulator.state.requests)
    gateway.checkout_plan(ORDER, customer, key="v2")

    assert len(emulator.state.requests) == before + 1
    assert emulator.state.problems == []
    assert stripe.api_version == STRIPE_API_VERSION


def test_a_price_that_stripe_lacks_is_not_for_sale(gateway: StripeGateway, customer: str) -> None:
    with pytest.raises(NotForSale):
        gateway.checkout_pack(a_purchase(), customer, "pack_none", **URLS, key="none")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("faults", [3, 5, 6])
def test_a_failing_stripe_still_makes_one_customer(faults: int) -> None:
    with Emulator(Clock(NOW)).serve() as emulator:
        gateway = a_gateway(emulator.url)
        emulator.state.faults.fail_api = faults

        made = [insisted(gateway) for _ in range(2)]

        emulator.state.faults.fail_api = 0
        assert len(set(made)) == 1
        assert [each.id for each in an_operator(emulator).v1.customers.list().data] == made[:1]


def insisted(gateway: StripeGateway) -> str:
    for _ in range(5):
        try:
            return gateway.create_customer("acme", "Acme", "a@example.com", key="customer:acme")
        except StripeUnavailable:
            continue
    raise AssertionError("never an answer")


def test_a_key_that_was_used_in_other_words_finds_what_was_made(gateway: StripeGateway) -> None:
    first = gateway.create_customer("renamed", "Old", "r@example.com", key="customer:renamed")

    assert gateway.create_customer("renamed", "New", "r@example.com", key="customer:renamed") == first


def test_the_default_card_is_the_customers_own_and_none_before(
    emulator: Emulator, gateway: StripeGateway, customer: str
) -> None:
    assert gateway.payment_method(customer) is None
    operator = an_operator(emulator)
    method = operator.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id

    gateway.use_by_default(customer, method, key="default")

    found = gateway.payment_method(customer)
    assert found is not None
    assert found == gateway.payment_method(customer, method)
    assert found.last4 == "4242"


def test_a_subscription_tells_its_next_charge_until_it_is_cancelled(
    emulator: Emulator, gateway: StripeGateway, customer: str
) -> None:
    made = a_subscription_of(emulator, customer)

    assert gateway.next_charge(gateway.subscription(made, as_of=NOW)) == Money(4_500, "eur")
    gateway.cancel_at_period_end(made, reason="unused", comment=None, key="cancel")
    cancelled = gateway.subscription(made, as_of=NOW)
    assert gateway.next_charge(cancelled) is None
    gateway.resume(cancelled, key="resume")
    assert gateway.subscription(made, as_of=NOW).ends_at is None


def test_lists_are_read_to_their_end(emulator: Emulator, gateway: StripeGateway, monkeypatch: Any) -> None:
    monkeypatch.setattr("chalicelib.adapters.stripe.gateway.PAGE", 2)
    operator = an_operator(emulator)
    owner = operator.v1.customers.create({"name": "Many"}).id
    made = {a_subscription_of(emulator, owner) for _ in range(5)}

    found = [each.stripe_subscription_id for each in gateway.subscriptions_of(owner, as_of=NOW)]

    assert len(found) == 5
    assert set(found) == made
    assert made <= {each.stripe_subscription_id for each in gateway.subscriptions(as_of=NOW)}
    instants = [at for at, _ in gateway.events_since(NOW - 60)]
    assert instants == sorted(instants)
    assert len(instants) > 10


def a_subscription_of(emulator: Emulator, customer: str) -> str:
    operator = an_operator(emulator)
    method = operator.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    price = operator.v1.prices.list({"lookup_keys": ["team_month"]}).data[0].id
    items: Any = [{"price": price, "quantity": 3}]
    return operator.v1.subscriptions.create(
        {"customer": customer, "items": items, "default_payment_method": method, "metadata": {"account": "acme"}}
    ).id


def test_what_is_gone_or_refused_is_told_apart(gateway: StripeGateway, customer: str) -> None:
    with pytest.raises(StripeGone):
        gateway.subscription("sub_none", as_of=NOW)
    assert gateway.payment_method("cus_none") is None
    assert gateway.payment_method(customer, "pm_none") is None
    with pytest.raises(StripeRefused):
        gateway.checkout_plan(ORDER, "cus_none", key="gone")
    assert gateway.customer_exists(customer)
    assert not gateway.customer_exists("cus_none")


def test_a_wrong_key_and_silence_are_both_waited_for(emulator: Emulator, free_port: Any) -> None:
    with pytest.raises(StripeUnavailable):
        a_gateway(emulator.url, "sk_test_wrong").subscription("sub_1", as_of=NOW)
    with pytest.raises(StripeUnavailable):
        a_gateway(f"http://127.0.0.1:{free_port()}").subscription("sub_1", as_of=NOW)


@pytest.mark.parametrize(
    ("why", "kind", "status", "code", "ours"),
    [
        ("no connection", stripe.APIConnectionError, None, None, StripeUnavailable),
        ("asked too much", stripe.RateLimitError, 429, "rate_limit", StripeUnavailable),
        ("the object is locked", stripe.RateLimitError, 429, "lock_timeout", StripeUnavailable),
        ("the same key at work", stripe.APIError, 409, "idempotency_key_in_use", StripeUnavailable),
        ("Stripe broke", stripe.APIError, 500, None, StripeUnavailable),
        ("Stripe is down", stripe.APIError, 503, None, StripeUnavailable),
        ("gone", stripe.InvalidRequestError, 404, "resource_missing", StripeGone),
        ("something it names is gone", stripe.InvalidRequestError, 400, "resource_missing", StripeRefused),
        ("an unknown path", stripe.InvalidRequestError, 404, None, StripeRefused),
        ("a key of ours that may not do this", stripe.PermissionError, 403, None, StripeUnavailable),
        ("a key of ours that was revoked", stripe.AuthenticationError, 401, "api_key_expired", StripeUnavailable),
        ("a declined card", stripe.CardError, 402, "card_declined", StripeRefused),
    ],
)
def test_stripes_errors_become_ours(why: str, kind: Any, status: int | None, code: str | None, ours: type) -> None:
    body = {"error": {"code": code, "type": "some_error", "message": "ada@example.com"}}
    arguments = ("ada@example.com", None, code) if kind in (stripe.InvalidRequestError, stripe.CardError) else ("no",)
    error = kind(*arguments, http_status=status, json_body=body if status else None)

    told = translated(error)

    assert type(told) is ours, why
    assert "ada" not in told.detail


@pytest.mark.parametrize(("kind", "status"), [(stripe.AuthenticationError, 401), (stripe.PermissionError, 403)])
def test_a_key_that_stripe_does_not_take_is_said_clearly(
    kind: Any, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    told = translated(kind("no", http_status=status, json_body={"error": {"code": "api_key_expired"}}))

    assert "this service's own key" in told.detail
    assert "stripe.key_refused" in caplog.messages
