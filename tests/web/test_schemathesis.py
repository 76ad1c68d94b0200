"""What schemathesis makes of the contract, sent over HTTP: what fits its types is taken, what does not is refused.

EXAMPLES says how many requests that fit a route is sent, and half as many do not. Left out of the checks are
ignored_auth and object_level_authorization (test_permissions_matrix.py asks every route as everybody),
unsupported_method and allow_header_conformance (test_openapi.py asks every path by every method),
missing_required_header (none of ours is required but the key), use_after_free and ensure_resource_availability (the
ids here are known, not found in answers).
"""

import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from app import app
from chalicelib.web.auth import PUBLIC
from chalicelib.web.openapi_document import document
from chalicelib.web.routes import Route
from infra.local.front import Front
from tests.web.contract import contract, routes
from tests.web.prepared import Prepared, prepared

EXAMPLES = int(os.environ.get("EXAMPLES", "20"))
ALWAYS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
BY_STATE = {"at_out_of_range", "gauge_not_consumable", "idempotency_key_reused", "too_many_tries"}
BEYOND_TYPES = {
    "Idempotency-Key": "it stood for another request already",
    "amount.currency": "that of the payment",
    "at": "between the account's creation and the end of its period",
    "cancel_url": "on the hosts of the settings",
    "confirm": "the account's own name",
    "credits": "not where the meter is not paid with credits",
    "cursor": "one that was given out",
    "expires_at": "in the future",
    "feature": "a meter or a feature, not both",
    "from": "within the last 400 days",
    "interval": "not with a plan that has none",
    "meter": "a meter or a feature, one of them; one that credits pay for; with a quantity",
    "permissions": "of the catalogue, each once",
    "plan": "a plan, an interval or seats",
    "quantity": "with a meter, and no more than a number holds the cost of",
    "return_url": "on the hosts of the settings",
    "seats": "as many as the plan has",
    "spending_limit.currency": "the catalogue's",
    "success_url": "on the hosts of the settings",
    "to": "within the last 400 days",
}
"""What no type can say of a field, as the service asks for it."""
SIGNED = "/stripe/webhook"
ONE_BY_ONE = "/v1/usage"
"""An event that does not fit is rejected by itself, in a 200."""


@pytest.fixture(scope="module")
def web() -> Iterator[Prepared]:
    with prepared() as made:
        yield made


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    front = Front(app, 0)
    front.start()
    yield front.url
    front.close()


@cache
def api() -> Any:
    found = schemathesis.openapi.from_dict(document(routes()))
    found.config.generation.update(with_security_parameters=False)
    return found


def send(route: Route, web: Prepared, url: str, mode: GenerationMode, check: Any) -> None:
    """Sends the route what may be generated of this kind, and checks each answer."""
    web.anew()
    known = {name: each for name, each in web.ids.items() if f"{{{name}}}" in route.path}
    made = api()[route.path][route.method].as_strategy(generation_mode=mode, path_parameters=known)
    headers = {} if route.access.scopes == PUBLIC else {"Authorization": f"Bearer {web.key}"}

    @settings(
        max_examples=EXAMPLES if mode.is_positive else EXAMPLES // 2,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(case=made)
    def sent(case: Case) -> None:
        if mode.is_positive:
            deepen(case)
        response = case.call(base_url=url, headers=headers)
        case.validate_response(response, checks=ALWAYS)
        check(case, response)

    sent()


def deepen(case: Case) -> None:
    """Lets somebody ask who may; and where 1.0 is an integer to JSON Schema, and none to the contract, it sends 1."""
    if "Acting-Member" in case.headers:
        case.headers["Acting-Member"] = "ada"
    case.body = whole(case.body)


def whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: whole(each) for name, each in value.items()}
    if isinstance(value, list):
        return [whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def taken(_: Case, response: Response) -> None:
    """Done, or not to be done as things stand: nothing is wrong with the request itself."""
    if response.status_code < 400 or response.status_code in (404, 409, 410):
        return
    told = response.json()
    fields = {each["field"].partition("[")[0] for each in told.get("errors", [])}
    assert told["code"] in BY_STATE or (fields and fields <= BEYOND_TYPES.keys()), told


def refused(case: Case, response: Response) -> None:
    case.validate_response(response, checks=[checks.negative_data_rejection])


def named(routes: list[Route]) -> Any:
    return pytest.mark.parametrize("route", routes, ids=[f"{each.method} {each.path}" for each in routes])


def takes_anything(route: Route) -> bool:
    told = contract()["paths"][route.path][route.method.lower()]
    return bool(told["parameters"] or "requestBody" in told)


@named([each for each in routes() if each.path != SIGNED])
def test_what_fits_is_taken(route: Route, web: Prepared, url: str) -> None:
    send(route, web, url, GenerationMode.POSITIVE, taken)


@named([each for each in routes() if takes_anything(each) and each.path not in (SIGNED, ONE_BY_ONE)])
def test_what_does_not_fit_is_refused(route: Route, web: Prepared, url: str) -> None:
    send(route, web, url, GenerationMode.NEGATIVE, refused)
