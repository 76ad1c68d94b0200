"""The document of the contract: nothing of the service is missing in it, and it says nothing else."""

import json
import re
from typing import Any

import pytest
from jsonschema_rs import meta

from app import app
from chalicelib.web.openapi_document import document
from chalicelib.web.problems import EDGE, codes
from chalicelib.web.refusals import refused
from chalicelib.web.routes import Route
from tests.web.contract import contract, hold, routes
from tests.web.driver import Driver

WEB_SERVER = {"method_not_allowed", "unknown_path"}
"""What is told of paths and methods that are in no document."""
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"}


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


def test_everybody_can_read_it(web: Driver) -> None:
    reply = web.ask("GET", "/openapi.json", key=None)

    assert (reply.status, reply.headers["Cache-Control"]) == (200, "public, max-age=60")
    assert reply.json == document(routes())
    assert reply.json["openapi"] == "3.1.0"


def test_every_route_is_in_it_and_nothing_else() -> None:
    told = {(method.upper(), path) for path, methods in contract()["paths"].items() for method in methods}

    assert told == {(method, path) for path, methods in app.routes.items() for method in methods}


def test_every_route_declares_what_it_answers() -> None:
    assert [named(each) for each in routes() if not each.answers] == []


def test_every_code_is_some_route_s() -> None:
    told = {code for route in routes() for each in refused(route).values() for code in each}

    assert set(codes()) - told == WEB_SERVER
    assert set(EDGE) >= WEB_SERVER


def test_every_type_is_sound_json_schema() -> None:
    for each in contract()["components"]["schemas"].values():
        meta.validate(each)


def lists_in(schema: Any) -> list[Any]:
    """Every list that a body of this type may hold, its parts' too."""
    if isinstance(schema, list):
        return [found for each in schema for found in lists_in(each)]
    if not isinstance(schema, dict):
        return []
    if "$ref" in schema:
        return lists_in(contract()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    own = [schema] if schema.get("type") == "array" else []
    return own + [found for each in schema.values() for found in lists_in(each)]


def test_no_list_in_a_body_is_without_an_end() -> None:
    operations = [each for path in contract()["paths"].values() for each in path.values()]
    found = [each for operation in operations for each in lists_in(operation.get("requestBody"))]

    assert sorted(each["maxItems"] for each in found) == [4, 100, 1_000]


def test_a_path_takes_no_other_method(web: Driver) -> None:
    for path, told in contract()["paths"].items():
        named = {each.upper() for each in told}
        for method in METHODS - named:
            reply = web.ask(method, re.sub("{.*?}", "acme", path))
            assert (path, method, reply.status) == (path, method, 405)
            assert {each.strip() for each in reply.headers["Allow"].split(",")} == named


def test_operations_have_names_of_their_own() -> None:
    names = [each["operationId"] for path in contract()["paths"].values() for each in path.values()]

    assert len(names) == len(set(names))


HEADERS = {"Content-Type": "application/json", "Request-Id": "r1"}
PROBLEM = {"type": "/errors/x", "title": "X", "status": 404, "code": "unknown_account", "detail": "x", "hint": "x"}


@pytest.mark.parametrize(
    ("wrong", "status", "headers", "body"),
    [
        ("a status of its own", 202, HEADERS, {"status": "ok"}),
        ("a field that nobody knows", 200, HEADERS, {"status": "ok", "more": 1}),
        ("another value", 200, HEADERS, {"status": "fine"}),
        ("a field too few", 200, HEADERS, {}),
        ("no Request-Id", 200, {"Content-Type": "application/json"}, {"status": "ok"}),
        ("another type", 200, HEADERS | {"Content-Type": "text/html"}, {"status": "ok"}),
        ("another route's error", 404, HEADERS | {"Content-Type": "application/problem+json"}, PROBLEM),
    ],
)
def test_an_answer_that_is_not_in_it_is_noticed(wrong: str, status: int, headers: Any, body: Any) -> None:
    hold(app, "GET", "/health", 200, HEADERS, '{"status": "ok"}')

    with pytest.raises(AssertionError, match="GET /health"):
        assert not hold(app, "GET", "/health", status, headers, json.dumps(body)), wrong
