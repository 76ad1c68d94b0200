"""One route as an operation of OpenAPI: what it takes, and all that it may answer."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from msgspec import Struct
from msgspec.structs import fields

from chalicelib.web.auth import BILLING, NOBODY, PUBLIC
from chalicelib.web.contract import Says
from chalicelib.web.idempotency import LONGEST, PRINTABLE
from chalicelib.web.openapi_schemas import Schema, query_of, ref
from chalicelib.web.refusals import refused
from chalicelib.web.routes import Route
from chalicelib.web.shapes.problem import Problem

HEADERS: Mapping[str, Schema] = {
    "Request-Id": {"description": "by which the logs know the request", "required": True},
    "WWW-Authenticate": {"description": "how to say who asks", "required": True},
    "Retry-After": {"description": "how many seconds to wait", "required": True, "schema": {"type": "integer"}},
    "Idempotency-Replayed": {"description": "`true` where this was answered before"},
    "Next-Cursor": {"description": "where the list goes on; left out at its end"},
    "Location": {"description": "where to go", "required": True},
}
MEMBER = "The member for whom this is asked."
BILLER = "The member for whom this is asked, who needs the permission `billing`."
ONCE = "Sent again with the same key within 24 hours, the same request is done once and answered alike."


def operation(route: Route, example: Mapping[str, Any]) -> Schema:
    """The operation; an example has `query` and `body` of a request, `status` and `answer`."""
    subject = route.view.__module__.rpartition(".")[2]
    told: Schema = {
        "operationId": f"{subject}_{route.view.__name__}",
        "tags": [subject],
        "summary": (route.view.__doc__ or "").partition("\n")[0],
        "parameters": [*_ids(route.path), *_query(route, example), *_headers(route)],
        "responses": _responses(route, example),
        "security": [{"key": [scope]} for scope in sorted(route.access.scopes)],
    }
    if route.wants.parameters.get("body") is bytes:
        return told | {"requestBody": {"required": True, "content": {"application/json": {}}}}
    body = route.wants.json_body
    return told if body is None else told | {"requestBody": _request(body, example)}


def _ids(path: str) -> list[Schema]:
    names = re.findall(r"{(\w+)}", path)
    return [
        {"name": name, "in": "path", "required": True, "schema": {"$ref": "#/components/schemas/Id"}} for name in names
    ]


def _query(route: Route, example: Mapping[str, Any]) -> list[Schema]:
    values = example.get("query", {})
    return [each | ({"example": values[each["name"]]} if each["name"] in values else {}) for each in query_of(route)]


def _headers(route: Route) -> list[Schema]:
    told: list[Schema] = []
    if route.access.scopes != PUBLIC and route.access.person != NOBODY:
        said = BILLER if route.access.person == BILLING else MEMBER
        told.append(_header("Acting-Member", said, {"$ref": "#/components/schemas/Id"}))
    if route.is_once:
        printable = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": PRINTABLE}
        told.append(_header("Idempotency-Key", ONCE, printable))
    return told


def _header(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}


def _request(body: type[Struct], example: Mapping[str, Any]) -> Schema:
    content: Schema = {"schema": ref(body)}
    if "body" in example:
        content["example"] = example["body"]
    is_needed = any(field.required for field in fields(body))
    return {"required": is_needed, "content": {"application/json": content}}


def _responses(route: Route, example: Mapping[str, Any]) -> Schema:
    told = {str(status): _success(route, status, says, example) for status, says in route.answers.items()}
    for status, codes in refused(route).items():
        told[str(status)] = _problem(status, codes)
    return dict(sorted(told.items()))


def _success(route: Route, status: int, says: Says, example: Mapping[str, Any]) -> Schema:
    names = ["Request-Id", *says.headers]
    if route.is_once:
        names.append("Idempotency-Replayed")
    content: Schema = {kind: {"schema": {"type": "string"}} for kind in says.media}
    if says.shape is not None:
        content["application/json"] = {"schema": ref(says.shape)}
        if example.get("status") == status:
            content["application/json"]["example"] = example["answer"]
    told: Schema = {"description": HTTPStatus(status).phrase, "headers": _named(names)}
    return told | ({"content": content} if content else {})


def _problem(status: int, codes: list[str]) -> Schema:
    names = ["Request-Id"]
    if status == HTTPStatus.UNAUTHORIZED:
        names.append("WWW-Authenticate")
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        names.append("Retry-After")
    own = {"status": {"const": status}, "code": {"enum": codes}}
    schema = {**ref(Problem), "properties": own}
    told = ", ".join(f"`{code}`" for code in codes)
    return {"description": told, "headers": _named(names), "content": {"application/problem+json": {"schema": schema}}}


def _named(names: list[str]) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
