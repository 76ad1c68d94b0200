"""Parameters and keys: what the SDK does not know is refused as Stripe refuses it, and kept as a problem."""

import base64
import json
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest
import stripe

from infra.local.stripe import sdk
from infra.local.stripe.emulator import SERVICE_KEY
from infra.local.stripe.forms import decode
from infra.local.stripe.routes import ROUTES
from tests.local.stripe.shop import Shop


def call(shop: Shop, method: str, path: str, fields: dict[str, str] | None = None, **headers: str) -> Any:
    """A call without the SDK, which would not make most of these."""
    sent = {"Authorization": f"Bearer {SERVICE_KEY}", **headers}
    content = urlencode(fields or {}).encode() if method == "POST" else None
    request = urllib.request.Request(f"{shop.emulator.url}{path}", content, sent, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            return json.load(response)
    except HTTPError as error:
        with error:
            return {"status": error.code, **json.load(error)["error"]}


@pytest.mark.parametrize(
    ("why", "path", "fields", "code", "param"),
    [
        ("unknown", "/v1/customers", {"nickname": "A"}, "parameter_unknown", "nickname"),
        ("unknown inside", "/v1/customers", {"address[planet]": "Mars"}, "parameter_unknown", "address[planet]"),
        (
            "gone since endive",
            "/v1/checkout/sessions",
            {"payment_method_types[0]": "card"},
            "parameter_unknown",
            "payment_method_types",
        ),
        ("missing", "/v1/prices", {"unit_amount": "1"}, "parameter_missing", "currency"),
        (
            "no number",
            "/v1/prices",
            {"currency": "eur", "unit_amount": "1.5"},
            "parameter_invalid_integer",
            "unit_amount",
        ),
        ("no truth", "/v1/products", {"name": "A", "active": "yes"}, None, "active"),
        ("not one of the words", "/v1/checkout/sessions", {"mode": "gift"}, None, "mode"),
        ("no hash", "/v1/customers", {"address": "Berlin"}, None, "address"),
        ("no list", "/v1/subscriptions", {"customer": "cus_1", "items": "price_1"}, None, "items"),
        ("emptied", "/v1/customers", {"name": ""}, "parameter_invalid_empty", "name"),
        ("a hash for a text", "/v1/customers", {"email[a]": "b"}, None, "email"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(
    shop: Shop, why: str, path: str, fields: dict[str, str], code: str | None, param: str
) -> None:
    answer = call(shop, "POST", path, fields)

    assert (answer["status"], answer["type"], answer.get("code"), answer["param"]) == (
        400,
        "invalid_request_error",
        code,
        param,
    ), why
    assert [problem["kind"] for problem in shop.problems()] == ["parameter"]


def test_an_anchor_must_be_an_object_since_endive(shop: Shop) -> None:
    subscription = shop.a_subscription()

    answer = call(shop, "POST", f"/v1/subscriptions/{subscription.id}", {"billing_cycle_anchor": "now"})

    assert (answer["status"], answer["param"]) == (400, "billing_cycle_anchor")


@pytest.mark.parametrize(
    ("method", "path", "fields"),
    [
        ("POST", "/v1/refunds/re_1/cancel", {}),
        ("GET", "/v1/invoices/search", {"query": "number:'A-1'"}),
        ("GET", "/v1/quotes", {}),
        ("GET", "/v1/balance", {}),
        ("POST", "/v2/core/event_destinations", {}),
        ("POST", "/v1/invoices/create_preview", {"subscription_details[cancel_now]": "true"}),
        ("POST", "/v1/payment_intents", {"amount": "100", "currency": "eur"}),
    ],
)
def test_what_is_real_and_not_built_says_so(shop: Shop, method: str, path: str, fields: dict[str, str]) -> None:
    answer = call(shop, method, path, fields)

    assert (answer["status"], answer["type"], answer["code"]) == (501, "api_error", "not_built")
    assert [problem["kind"] for problem in shop.problems()] == ["not_built"]


def test_a_real_parameter_that_is_not_built_says_so(shop: Shop) -> None:
    subscription = shop.a_subscription()

    answer = call(shop, "POST", f"/v1/subscriptions/{subscription.id}", {"trial_end": "now"})

    assert (answer["status"], answer["code"]) == (501, "not_built")
    assert "trial_end" in answer["message"]
    assert shop.subscription(subscription).trial_end is None


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/customers/", "/v1/customers/a/b/c"])
def test_an_unknown_path_is_404(shop: Shop, path: str) -> None:
    answer = call(shop, "GET", path)

    assert (answer["status"], answer["type"]) == (404, "invalid_request_error")
    assert shop.problems() == []


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer sk_test_of_somebody_else", "Basic c2tfdGVzdDo=", "Basic !"])
def test_no_key_no_answer(shop: Shop, header: str) -> None:
    assert call(shop, "GET", "/v1/customers", None, Authorization=header)["status"] == 401


def test_a_key_may_come_as_a_user_name(shop: Shop) -> None:
    encoded = base64.b64encode(f"{SERVICE_KEY}:".encode()).decode()

    assert call(shop, "GET", "/v1/customers", None, Authorization=f"Basic {encoded}")["data"] == []


def test_another_version_is_kept_as_a_problem(shop: Shop) -> None:
    call(shop, "GET", "/v1/customers", None, **{"Stripe-Version": "2025-03-31.basil"})

    assert [problem["kind"] for problem in shop.problems()] == ["api_version"]


def test_every_request_is_kept_as_it_came(shop: Shop) -> None:
    shop.service.v1.customers.create({"metadata": {"account": "acme"}}, {"idempotency_key": "one"})
    call(shop, "GET", "/v1/nothing")

    first, second = shop.local("requests", method="GET")["data"]

    assert (first["method"], first["path"], first["status"]) == ("POST", "/v1/customers", 200)
    assert (first["parameters"], first["idempotency_key"]) == ({"metadata": {"account": "acme"}}, "one")
    assert (second["path"], second["status"]) == ("/v1/nothing", 404)


def test_a_lost_customer_is_404_in_the_path_and_400_in_a_parameter(shop: Shop) -> None:
    in_path = call(shop, "GET", "/v1/customers/cus_nobody")
    in_parameter = call(shop, "POST", "/v1/invoices", {"customer": "cus_nobody"})

    assert (in_path["status"], in_path["code"], in_path["param"]) == (404, "resource_missing", "id")
    assert (in_parameter["status"], in_parameter["param"]) == (400, "customer")
    assert in_path["message"] == "No such customer: 'cus_nobody'"


def _metadata_cases() -> Iterator[tuple[str, dict[str, str], bool]]:
    yield "50 keys", {str(number): "v" for number in range(50)}, True
    yield "51 keys", {str(number): "v" for number in range(51)}, False
    yield "a key of 40 characters", {"k" * 40: "v"}, True
    yield "a key of 41 characters", {"k" * 41: "v"}, False
    yield "a value of 500 characters", {"k": "v" * 500}, True
    yield "a value of 501 characters", {"k": "v" * 501}, False


@pytest.mark.parametrize(("why", "metadata", "fits"), list(_metadata_cases()))
def test_metadata_has_its_limits(shop: Shop, why: str, metadata: dict[str, str], fits: bool) -> None:
    answer = call(shop, "POST", "/v1/customers", {f"metadata[{key}]": value for key, value in metadata.items()})

    assert ("id" in answer) is fits, why


def test_metadata_is_merged_and_unset_key_by_key(shop: Shop) -> None:
    customer = shop.service.v1.customers.create({"metadata": {"a": "1", "b": "2"}})

    merged = shop.service.v1.customers.update(customer.id, {"metadata": {"a": "", "c": "3"}})
    emptied = shop.service.v1.customers.update(customer.id, {"metadata": ""})

    assert merged.metadata.to_dict() == {"b": "2", "c": "3"}
    assert emptied.metadata.to_dict() == {}


def test_a_refused_update_changes_nothing(shop: Shop) -> None:
    customer = shop.a_customer()

    with pytest.raises(stripe.InvalidRequestError):
        shop.service.v1.customers.update(customer.id, {"name": "New", "metadata": {"k" * 41: "v"}})

    assert shop.service.v1.customers.retrieve(customer.id).name == "Acme"
    assert shop.service.v1.events.list({"type": "customer.updated"}).data == []


def test_forms_nest_as_the_sdk_writes_them() -> None:
    decoded = decode("items[0][price]=price_1&items[0][quantity]=2&items[1][price]=price_2&metadata[a b]=c%26d&e[]=1")

    assert decoded == {
        "items": [{"price": "price_1", "quantity": "2"}, {"price": "price_2"}],
        "metadata": {"a b": "c&d"},
        "e": ["1"],
    }


def test_every_route_is_one_of_stripes_and_takes_only_what_stripe_takes() -> None:
    operations = {
        f"{operation.method} {sdk.blanked(operation.template)}": operation
        for by_path in sdk.operations().values()
        for operation in by_path.values()
    }

    for name, route in ROUTES.items():
        declared = operations[name].params().__annotations__
        assert {path.partition(".")[0] for path in route.takes.split()} <= set(declared), name
