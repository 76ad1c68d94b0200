"""The types that requests are read by and answers are made to, as JSON Schema."""

from collections.abc import Iterable, Mapping
from typing import Any, get_type_hints

from msgspec import Struct
from msgspec.json import schema_components

from chalicelib.web.routes import Route
from chalicelib.web.shapes.credits import NoRecharge, Recharge
from chalicelib.web.shapes.problem import Problem
from chalicelib.web.usage_events import EventFields

PLACE = "#/components/schemas/{name}"
BY_NAME = (Problem, Recharge, NoRecharge, EventFields)
"""Those that others name in words of JSON Schema."""

Schema = dict[str, Any]


def ref(kind: type[Struct]) -> Schema:
    return {"$ref": PLACE.format(name=kind.__name__)}


def schemas(routes: Iterable[Route]) -> Mapping[str, Schema]:
    """Every type by its name."""
    kinds = {kind: None for route in routes for kind in _kinds(route)}
    return schema_components([*kinds, *BY_NAME], ref_template=PLACE)[1]


def _kinds(route: Route) -> list[type[Struct]]:
    body = route.wants.json_body
    shapes = [says.shape for says in route.answers.values() if says.shape is not None]
    return shapes if body is None else [body, *shapes]


def query_of(route: Route) -> list[Schema]:
    """Its query's parameters: a type for each, and text that says nothing is none."""
    declared = get_type_hints(route.view).get("query")
    if declared is None:
        return []
    whole = schema_components([declared], ref_template=PLACE)[1][declared.__name__]
    needed = whole.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": _of_text(schema)}
        for name, schema in whole["properties"].items()
    ]


def _of_text(schema: Schema) -> Schema:
    either = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    plain = {name: each for name, each in schema.items() if name != "anyOf" and (name, each) != ("default", None)}
    return plain | either[0] if len(either) == 1 else plain | ({"anyOf": either} if either else {})
