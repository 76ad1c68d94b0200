"""Stripe's request encoding: `items[0][price]=price_1` and the like, decoded into dicts and lists of text."""

import re
from typing import Any
from urllib.parse import parse_qsl

from infra.local.stripe.errors import invalid

MAX_DEPTH = 12


def decode(text: str) -> dict[str, Any]:
    """The parameters as nested dicts and lists; every leaf is still text."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        _plant(tree, _steps(name), value)
    return {name: _lists(branch) for name, branch in tree.items()}


def _steps(name: str) -> list[str]:
    first, _, rest = name.partition("[")
    steps = [first, *re.findall(r"([^\[\]]*)\]", rest)]
    if len(steps) > MAX_DEPTH or name != first + "".join(f"[{step}]" for step in steps[1:]):
        raise invalid(f"Invalid parameter name: {name}", param=name)
    return steps


def _plant(tree: dict[str, Any], steps: list[str], value: str) -> None:
    for step in steps[:-1]:
        tree = tree.setdefault(step or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise invalid("Invalid object", param=steps[0])
    tree[steps[-1] or str(len(tree))] = value


def _lists(branch: Any) -> Any:
    if not isinstance(branch, dict):
        return branch
    inner = {name: _lists(value) for name, value in branch.items()}
    if inner and all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
