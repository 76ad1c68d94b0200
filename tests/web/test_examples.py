"""The examples of the contract: each is what its route takes, is answered so, and is as its types say."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.web.openapi_document import EXAMPLES
from tests.web.contract import contract, routes, validator
from tests.web.prepared import Prepared, prepared

TOLD: dict[str, dict[str, Any]] = json.loads(EXAMPLES.read_text())
FIRST = {"POST /v1/accounts/{account}/subscription/resume": ("POST", "/subscription/cancel", {})}
"""What must have happened before."""
BY_STRIPE = "POST /stripe/webhook"
LONG = {"GET /openapi.json", "GET /v1/plans"}
"""What is longer than an example should be."""


@pytest.fixture(scope="module")
def web() -> Iterator[Prepared]:
    with prepared() as made:
        yield made


def test_every_route_has_one() -> None:
    assert set(TOLD) | LONG | {BY_STRIPE} == {f"{each.method} {each.path}" for each in routes()}
    assert {name for name, each in TOLD.items() if "body" in each} == {
        f"{each.method} {each.path}" for each in routes() if each.wants.json_body
    }


@pytest.mark.parametrize("name", TOLD)
def test_an_example_is_as_its_types_say(name: str) -> None:
    method, path = name.split()
    told, operation = TOLD[name], contract()["paths"][path][method.lower()]
    place, kind = ("paths", path, method.lower()), "application/json"

    if "body" in told:
        validator(*place, "requestBody", "content", kind, "schema").validate(told["body"])
    if "answer" in told:
        validator(*place, "responses", str(told["status"]), "content", kind, "schema").validate(told["answer"])

    assert ("answer" in told) == (kind in operation["responses"][str(told["status"])].get("content", {}))
    assert set(told.get("query", {})) <= {each["name"] for each in operation["parameters"]}


@pytest.mark.parametrize("name", TOLD)
def test_an_example_is_answered_as_it_says(web: Prepared, name: str) -> None:
    web.anew()
    if name in FIRST:
        web.made(*FIRST[name])
    method, path = name.split()
    told = TOLD[name]

    reply = web.ask(method, f"{web.path(path)}?{urlencode(told.get('query', {}))}", web.body(told.get("body")))

    assert reply.status == told["status"], reply.text
    assert not reply.text or "answer" not in told or reply.json.keys() == told["answer"].keys()
