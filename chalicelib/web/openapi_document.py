"""The contract as an OpenAPI document, made from the routes and types themselves."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec.json import schema

from chalicelib.web.field_types import Id
from chalicelib.web.openapi_operation import HEADERS, operation
from chalicelib.web.openapi_schemas import Schema, schemas
from chalicelib.web.routes import Route

EXAMPLES = Path(__file__).parent / "examples.json"
ABOUT = {
    "title": "Billing",
    "version": "1",
    "description": "Plans, seats, usage and credits. Money is in minor units, times are in UTC.",
}
KEY = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key. With each route stands the scope that the key must have; of several, one.",
}


def document(routes: Iterable[Route]) -> Schema:
    """The whole document."""
    routes = list(routes)
    examples: Mapping[str, Any] = json.loads(EXAMPLES.read_text())
    paths: dict[str, Schema] = {}
    for route in routes:
        told = operation(route, examples.get(f"{route.method} {route.path}", {}))
        paths.setdefault(route.path, {})[route.method.lower()] = told
    return {
        "openapi": "3.1.0",
        "info": ABOUT,
        # Beside this document, whatever the stage is called.
        "servers": [{"url": "."}],
        "paths": paths,
        "components": {
            "schemas": {"Id": schema(Id), **schemas(routes)},
            "headers": {name: {"schema": {"type": "string"}, **told} for name, told in HEADERS.items()},
            "securitySchemes": {"key": KEY},
        },
    }
