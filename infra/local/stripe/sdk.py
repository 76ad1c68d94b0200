"""What Stripe's API can do, read from Stripe's own SDK: every route and the parameters each takes.

The SDK is generated from Stripe's API specification of the pinned version, so it is the judge of what is real.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import stripe

IMPORT = re.compile(r"from (stripe\.params\S*) import \(?\s*(\w+)")
CALL = re.compile(r"\n    def \w+\((.*?)\) -> .*?self\._request\(\s*\"(\w+)\",\s*\"(/v1/[^\"]+)\"", re.S)
PARAMS = re.compile(r"params: (?:Optional\[)?\s*\"(\w+)\"")


@dataclass(frozen=True)
class Operation:
    """One method and path template of Stripe's API, and where its parameters are declared."""

    method: str
    template: str
    module: str
    declaration: str

    def params(self) -> Any:
        return getattr(import_module(self.module), self.declaration)


@cache
def operations() -> dict[str, dict[str, Operation]]:
    """Every operation of v1, by method and by the path with its ids blanked (`/v1/customers/{}`)."""
    found: dict[str, dict[str, Operation]] = {}
    for file in Path(stripe.__file__).parent.rglob("*_service.py"):
        if "v2" not in file.parts:
            for operation in _of_service(file.read_text("utf-8")):
                found.setdefault(operation.method, {})[blanked(operation.template)] = operation
    return found


def match(method: str, path: str) -> tuple[Operation, list[str]] | None:
    """The operation a request means, with the ids in its path; fixed words win over ids."""
    candidates = operations().get(method, {})
    if path in candidates:
        return candidates[path], []
    steps = path.split("/")
    for template, operation in candidates.items():
        parts = template.split("/")
        if len(parts) == len(steps) and all(part in ("{}", step) for part, step in zip(parts, steps, strict=True)):
            return operation, [unquote(step) for part, step in zip(parts, steps, strict=True) if part == "{}"]
    return None


def blanked(template: str) -> str:
    return re.sub(r"\{\w*\}", "{}", template)


def _of_service(source: str) -> list[Operation]:
    modules = {name: module for module, name in IMPORT.findall(source)}
    calls = [(PARAMS.search(head), method, path) for head, method, path in CALL.findall(source)]
    return [Operation(method.upper(), path, modules[p[1]], p[1]) for p, method, path in calls if p]
