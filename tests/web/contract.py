"""Every answer held to the document of the contract, which says all that there is: nothing else may be answered."""

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any
from urllib.parse import quote

from chalice.app import Chalice
from jsonschema_rs import Draft202012Validator, Registry

from app import app
from chalicelib.web import openapi
from chalicelib.web.openapi_document import document
from chalicelib.web.routes import Route
from infra.local.gateway import resource_of

PLACE = "urn:contract"
JSON = ("application/json", "application/problem+json")


@cache
def routes() -> list[Route]:
    """Every route of the app, as declared."""
    return [route for each in openapi.routes.mounted for route in each.declared]


@cache
def contract() -> dict[str, Any]:
    """The document, which must not say less than it knows: no field beside those that it names."""
    told = deepcopy(document(routes()))
    for schema in told["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return told


@cache
def _registry() -> Registry:
    return Registry([(PLACE, contract())])


@cache
def validator(*path: str) -> Draft202012Validator:
    """Of the schema at this place of the document."""
    pointer = "/".join(quote(each.replace("~", "~0").replace("/", "~1")) for each in path)
    return Draft202012Validator({"$ref": f"{PLACE}#/{pointer}"}, registry=_registry())


def hold(asked: Chalice, method: str, path: str, status: int, headers: Mapping[str, str], text: str) -> None:
    """Raises AssertionError for an answer that the document does not foresee."""
    if asked is not app:
        return
    found = resource_of(path, contract()["paths"])
    operation = None if found is None else contract()["paths"][found[0]].get(method.lower())
    if found is None or operation is None:
        assert json.loads(text)["code"] in ("unknown_path", "method_not_allowed", "too_large"), (method, path, text)
        return
    _hold(found[0], method.lower(), operation, (str(status), headers, text))


def _hold(path: str, method: str, operation: dict[str, Any], answer: tuple[str, Mapping[str, str], str]) -> None:
    status, headers, text = answer
    where = f"{method.upper()} {path} answered {status}: {text[:1000]}"
    assert status in operation["responses"], f"{where}: that status is not in the contract"
    told = operation["responses"][status]
    for name in told["headers"]:
        needed = contract()["components"]["headers"][name].get("required", False)
        assert not needed or name in headers, f"{where}: without {name}"
    if "content" not in told:
        assert not text, where
        return
    kind = headers["Content-Type"].partition(";")[0]
    assert kind in told["content"], f"{where}: {kind} is not in the contract"
    if kind in JSON:
        place = validator("paths", path, method, "responses", status, "content", kind, "schema")
        errors = [f"{each.instance_path}: {each.message}" for each in place.iter_errors(json.loads(text))]
        assert not errors, f"{where}: {errors}"
