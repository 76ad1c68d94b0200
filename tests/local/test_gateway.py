"""The local gateway gives a function what API Gateway's REST API would."""

import base64
import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from chalice.app import Chalice, Response

from app import app as service
from infra.local.front import MAX_BODY, Front, answered
from infra.local.gateway import Request, event_of, resource_of

RESOURCES = ["/v1/plans", "/v1/accounts/{account}", "/v1/accounts/{account}/check", "/v1/accounts/{account}/{other}"]


@pytest.fixture(scope="module")
def app() -> Chalice:
    app = Chalice("toy")

    @app.route("/echo/{name}", methods=["GET", "POST"])
    def echo(name: str) -> dict[str, Any]:
        request: Any = app.current_request
        return {"name": name, "query": dict(request.query_params or {}), "body": request.raw_body.decode()}

    @app.route("/bytes", methods=["POST"], content_types=["application/octet-stream"])
    def same() -> Response:
        request: Any = app.current_request
        return Response(request.raw_body, headers={"Content-Type": "application/octet-stream", "X-More": "1"})

    return app


@pytest.mark.parametrize(
    ("reason", "path", "resource", "parameters"),
    [
        ("a plain path", "/v1/plans", "/v1/plans", {}),
        ("a parameter", "/v1/accounts/a-1", "/v1/accounts/{account}", {"account": "a-1"}),
        ("a parameter stays encoded", "/v1/accounts/a%40b", "/v1/accounts/{account}", {"account": "a%40b"}),
        ("a literal goes first", "/v1/accounts/a/check", "/v1/accounts/{account}/check", {"account": "a"}),
        ("a slash at the end", "/v1/plans/", "/v1/plans", {}),
    ],
)
def test_finds_the_resource(reason: str, path: str, resource: str, parameters: dict[str, str]) -> None:
    assert resource_of(path, RESOURCES) == (resource, parameters), reason


@pytest.mark.parametrize("path", ["/v1", "/v1/accounts/", "/v1/accounts//check", "/v1/accounts/a/b/c", "/"])
def test_finds_no_resource(path: str) -> None:
    assert resource_of(path, RESOURCES) is None


def test_keeps_every_header_and_query_value() -> None:
    request = Request("GET", "/v1/plans?a=1&a=2&b=x%20y+z", [("X-One", "1"), ("X-One", "2")])

    event = event_of(request, "/v1/plans", {}, [])

    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": ["x y z"]}
    assert event["queryStringParameters"] == {"a": "2", "b": "x y z"}
    assert event["multiValueHeaders"] == {"X-One": ["1", "2"]}
    assert event["requestContext"]["requestId"] == request.id


def test_nothing_is_null_as_api_gateway_has_it() -> None:
    event = event_of(Request("GET", "/v1/plans"), "/v1/plans", {}, [])

    names = ("body", "pathParameters", "queryStringParameters", "multiValueQueryStringParameters", "stageVariables")
    assert [event[name] for name in names] == [None] * len(names)


def test_bytes_go_through_unchanged(app: Chalice) -> None:
    body = bytes(range(256))
    headers = [("Content-Type", "application/octet-stream"), ("Accept", "application/octet-stream")]

    answer = answered(app, Request("POST", "/bytes", headers, body))

    assert (answer.status, answer.body) == (200, body)
    assert ("X-More", "1") in answer.headers


def test_text_goes_through_unchanged(app: Chalice) -> None:
    body = '{"name": "Zoë"}'
    request = Request("POST", "/echo/me?page=2", [("Content-Type", "application/json")], body.encode())

    answer = answered(app, request)

    assert json.loads(answer.body) == {"name": "me", "query": {"page": "2"}, "body": body}


@pytest.mark.parametrize(
    ("reason", "request_", "status", "code"),
    [
        ("a path that nobody serves", Request("GET", "/nowhere"), 404, "unknown_path"),
        ("more than a gateway takes", Request("POST", "/bytes", [], b"x" * (MAX_BODY + 1)), 413, "too_large"),
    ],
)
def test_refuses_what_never_reaches_a_function(
    app: Chalice, reason: str, request_: Request, status: int, code: str
) -> None:
    answer = answered(app, request_)

    assert (answer.status, json.loads(answer.body)["code"]) == (status, code), reason
    assert dict(answer.headers) == {
        "Content-Type": "application/problem+json",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Request-Id": request_.id,
    }


def test_a_function_that_dies_is_a_500_without_its_secrets() -> None:
    class Dying(Chalice):
        def __call__(self, *_given: object) -> Any:
            raise RuntimeError("secret")

    app = Dying("toy")
    app.routes["/dies"] = {}

    answer = answered(app, Request("GET", "/dies"))

    assert answer.status == 500
    assert b"secret" not in answer.body


def test_binary_bodies_come_in_base64() -> None:
    request = Request("POST", "/bytes", [("content-type", "application/octet-stream; x=y")], b"\xff")

    event = event_of(request, "/bytes", {}, ["application/octet-stream"])

    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b"\xff", True)


def test_what_is_no_utf_8_comes_replaced_where_text_is_due() -> None:
    request = Request("POST", "/echo/me", [("Content-Type", "application/json")], b'"Zo\xeb"')

    event = event_of(request, "/echo/{name}", {}, service.api.binary_types)

    assert (event["body"], event["isBase64Encoded"]) == ('"Zo\N{REPLACEMENT CHARACTER}"', False)


@pytest.fixture(scope="module")
def front() -> Iterator[HTTPConnection]:
    """A connection to the service itself, behind the front."""
    front = Front(service, 0)
    front.start()
    connection = HTTPConnection(urlsplit(front.url).netloc, timeout=10)
    yield connection
    connection.close()
    front.close()


UNUSUAL = [
    ("TRACE", "/v1/plans", 405, "method_not_allowed"),
    ("TRACE", "/nowhere", 404, "unknown_path"),
    ("BREW", "/v1/plans", 405, "method_not_allowed"),
    ("BREW", "/nowhere", 404, "unknown_path"),
    ("get", "/v1/plans", 405, "method_not_allowed"),
]


@pytest.mark.parametrize(("method", "path", "status", "code"), UNUSUAL)
def test_whatever_the_method_the_service_says_whether_it_takes_it(
    front: HTTPConnection, method: str, path: str, status: int, code: str
) -> None:
    front.request(method, path)
    answer = front.getresponse()

    assert (answer.status, json.loads(answer.read())["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Request-Id"]
    assert answer.headers["Allow"] == ("GET" if status == 405 else None)
