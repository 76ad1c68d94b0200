"""HTTP requests in the form in which API Gateway's REST API hands them to Lambda, and the answers back.

Path parameters stay percent-encoded, as REST APIs leave them; query parameters are decoded.
"""

import base64
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """A request as it came over the wire; `target` is path and query, still encoded."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def path(self) -> str:
        return urlsplit(self.target).path


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    body: bytes


def resource_of(path: str, resources: Iterable[str]) -> tuple[str, dict[str, str]] | None:
    """The resource that a path belongs to, with its path parameters; a literal part goes before a parameter.

    >>> resource_of("/v1/accounts/a%40b", ["/v1/accounts/{account}"])
    ('/v1/accounts/{account}', {'account': 'a%40b'})
    """
    parts = path.rstrip("/").split("/")
    for resource in sorted(resources, key=lambda each: each.replace("{", "\x7f")):
        names = resource.rstrip("/").split("/")
        if len(names) == len(parts) and all(map(_fits, names, parts)):
            return resource, {n[1:-1]: p for n, p in zip(names, parts, strict=True) if n.startswith("{")}
    return None


def _fits(name: str, part: str) -> bool:
    return bool(part) if name.startswith("{") else name == part


def event_of(
    request: Request, resource: str, parameters: Mapping[str, str], binary_types: Iterable[str]
) -> dict[str, Any]:
    """The event of a Lambda proxy integration."""
    headers, query = _gathered(request.headers), _gathered(parse_qsl(urlsplit(request.target).query, True))
    body, encoded = _body(request.body, _last(headers, "content-type"), binary_types)
    return {
        "resource": resource,
        "path": request.path,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in headers.items()} or None,
        "multiValueHeaders": headers or None,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(parameters) or None,
        "stageVariables": None,
        "requestContext": {
            "requestId": request.id,
            "stage": "local",
            "resourcePath": resource,
            "httpMethod": request.method,
            "path": request.path,
            "protocol": "HTTP/1.1",
            "identity": {"sourceIp": "127.0.0.1", "userAgent": _last(headers, "user-agent")},
        },
        "body": body,
        "isBase64Encoded": encoded,
    }


def answer_of(reply: Mapping[str, Any]) -> Answer:
    """The HTTP answer of what a function returned to the gateway."""
    headers = [(name, str(value)) for name, value in (reply.get("headers") or {}).items()]
    for name, values in (reply.get("multiValueHeaders") or {}).items():
        headers += [(name, str(value)) for value in values]
    body = reply.get("body") or ""
    content = base64.b64decode(body) if reply.get("isBase64Encoded") else body.encode()
    return Answer(reply["statusCode"], headers, content)


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for name, value in pairs:
        gathered.setdefault(name, []).append(value)
    return gathered


def _last(headers: Mapping[str, list[str]], name: str) -> str:
    return next((values[-1] for each, values in headers.items() if each.lower() == name), "")


def _body(body: bytes, content_type: str, binary_types: Iterable[str]) -> tuple[str | None, bool]:
    if not body:
        return None, False
    if content_type.partition(";")[0].strip().lower() in binary_types:
        return base64.b64encode(body).decode(), True
    # What is no UTF-8 in a body of text reaches a function with U+FFFD in its place.
    return body.decode("utf-8", "replace"), False
