"""All expressions of one request, compiled together and kept: the front door to grammar, conditions and updates.

Whether a placeholder is unused can only be said of the request as a whole, so the request is the unit of the cache.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from tests.simulation import grammar
from tests.simulation.conditions import Compiler, Test, Values
from tests.simulation.names import Placeholders
from tests.simulation.paths import Tree, tree
from tests.simulation.updates import Update, compile_update
from tests.simulation.values import Invalid, Value, canonical


class Condition(NamedTuple):
    """A compiled condition: its tree, `test(item, values)`, and what checks the values."""

    node: grammar.Node
    test: Test
    check_values: Callable[[Values], None]


class Expressions(NamedTuple):
    """What a request says in expressions, each None where the request has none."""

    condition: Condition | None
    filter: Condition | None
    key: Condition | None
    update: Update | None
    projection: Tree | None


WITH_VALUES = ("ConditionExpression", "FilterExpression", "KeyConditionExpression", "UpdateExpression")
TEXTS = (*WITH_VALUES, "ProjectionExpression")


def compile_request(request: Mapping[str, Any]) -> tuple[Expressions, dict[str, Value]]:
    """The compiled expressions of a request and its canonical values; raises Invalid where DynamoDB refuses them."""
    names: dict[str, str] = request.get("ExpressionAttributeNames") or {}
    values = canonical_values(request)
    found = _compiled(
        tuple(map(request.get, TEXTS)),
        tuple(names.items()),
        tuple([(name, next(iter(value))) for name, value in values.items()]),
    )
    if values:
        for condition in (found.condition, found.filter, found.key):
            if condition is not None:
                condition.check_values(values)
    return found, values


def canonical_values(request: Mapping[str, Any]) -> dict[str, Value]:
    """The values that a request defines, in the form in which they are compared; raises Invalid."""
    given: dict[str, Value] = request.get("ExpressionAttributeValues", {})
    for field in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        if field in request and not request[field]:
            raise Invalid(f"{field} must not be empty")
    for name in given:
        if name[:1] != ":":
            raise Invalid(f'ExpressionAttributeValues contains invalid key: Syntax error; key: "{name}"')
    try:
        return {name: canonical(value) for name, value in given.items()}
    except Invalid as wrong:
        raise Invalid(f"ExpressionAttributeValues contains invalid value: {wrong}") from None


@lru_cache(4096)
def _compiled(
    texts: tuple[str | None, ...], names: tuple[tuple[str, str], ...], kinds: tuple[tuple[str, str], ...]
) -> Expressions:
    condition, filter_, key, update, projection = texts
    known = Placeholders(dict(names), dict(kinds))
    _expected(texts, known)
    found = Expressions(
        _condition(condition, "ConditionExpression", known),
        _condition(filter_, "FilterExpression", known),
        _condition(key, "KeyConditionExpression", known),
        None if update is None else compile_update(grammar.update(update), known),
        None if projection is None else _projection(projection, known),
    )
    known.all_used()
    return found


def _expected(texts: tuple[str | None, ...], known: Placeholders) -> None:
    if known.names and all(text is None for text in texts):
        raise Invalid("ExpressionAttributeNames can only be specified when using expressions")
    if known.kinds and all(text is None for text in texts[: len(WITH_VALUES)]):
        raise Invalid("ExpressionAttributeValues can only be specified when using expressions")
    for name in known.names:
        if name[:1] != "#" or not name[1:].replace("_", "a").isalnum():
            raise Invalid(f'ExpressionAttributeNames contains invalid key: Syntax error; key: "{name}"')


def _condition(text: str | None, kind: str, known: Placeholders) -> Condition | None:
    if text is None:
        return None
    node, compiler = grammar.condition(text, kind), Compiler(known, kind)
    return Condition(node, compiler.test(node), compiler.check_values)


def _projection(text: str, known: Placeholders) -> Tree:
    kind = "ProjectionExpression"
    return tree((known.path(each, kind) for each in grammar.projection(text)), kind)
