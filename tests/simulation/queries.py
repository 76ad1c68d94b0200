"""Query: the key condition read, the rows walked, pages cut at Limit and at 1 MB."""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.simulation.conditions import ORDERS, Values, sort_value
from tests.simulation.expressions import Condition, Expressions, compile_request
from tests.simulation.grammar import Call, Constant, Node, Reference
from tests.simulation.names import Placeholders
from tests.simulation.paths import project
from tests.simulation.schema import Index, Schema
from tests.simulation.store import Moment, Row, Store, Takes
from tests.simulation.values import Invalid, Item, Value, bare, copied_item

PAGE_BYTES = 1024 * 1024
KEY_OPERATORS = frozenset({"=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"})
TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
NO_START = "The provided starting key does not match the range key predicate"


@dataclass(frozen=True)
class Span:
    """What a key condition asks for: one partition, and of it the places from `first` on that it takes."""

    head: Any
    first: Any
    takes: Takes
    holds: Callable[[Item], bool]


def query(store: Store, request: Mapping[str, Any], moment: Moment) -> dict[str, Any]:
    """The answer to a Query; raises Invalid. `moment` says how old each row may be."""
    schema = store.schema
    index = schema.index(request["IndexName"]) if "IndexName" in request else None
    said, values = compile_request(request)
    if said.key is None:
        raise Invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
    _check(request, schema, index)
    _check_attributes(said, request, schema, index)
    span = _span(said.key, values, request, schema, index)
    rows = _rows(store, span, index, request, moment)
    page, last = _page(rows, request.get("Limit"))
    kept = [row for row in page if said.filter is None or said.filter.test(row.item, values)]
    answer: dict[str, Any] = {"Count": len(kept), "ScannedCount": len(page)}
    if request.get("Select") != "COUNT":
        shown = [_projected(row.item, schema, index) for row in kept]
        if said.projection is not None:
            shown = [project(item, said.projection) for item in shown]
        answer["Items"] = [copied_item(item) for item in shown]
    if last is not None:
        answer["LastEvaluatedKey"] = schema.start_key(last.item, index)
    return answer


def _check(request: Mapping[str, Any], schema: Schema, index: Index | None) -> None:
    if index is not None and request.get("ConsistentRead"):
        raise Invalid("Consistent reads are not supported on global secondary indexes")
    if request.get("Limit", 1) < 1:
        raise Invalid("Limit must be greater than or equal to 1")
    select = request.get("Select")
    if select == "COUNT" and "ProjectionExpression" in request:
        raise Invalid("Cannot specify the ProjectionExpression when choosing to get only the Count")
    if select == "SPECIFIC_ATTRIBUTES" and "ProjectionExpression" not in request:
        raise Invalid("Must specify the ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
    if select == "ALL_ATTRIBUTES" and index is not None and schema.projected(index) is not None:
        raise Invalid(f"Select type ALL_ATTRIBUTES is not supported for global secondary index {index.name}")


def _check_attributes(said: Expressions, request: Mapping[str, Any], schema: Schema, index: Index | None) -> None:
    """A filter may not name the keys that the query goes by; neither filter nor projection what an index lacks."""
    known = Placeholders(request.get("ExpressionAttributeNames") or {}, {})
    filtered = {known.path(each, "FilterExpression")[0] for each in _references(said.filter)}
    if found := filtered & set(index.keys if index else schema.keys):
        raise Invalid(f"Filter Expression can only contain non-primary key attributes: {found.pop()}")
    held = schema.projected(index) if index else None
    if held is not None and (missing := (filtered | set(said.projection or ())) - held):
        raise Invalid(f"One or more parameter values were invalid: secondary index does not project {missing.pop()}")


def _references(condition: Condition | None) -> Iterable[Reference]:
    waiting: list[Node] = [] if condition is None else [condition.node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Reference):
            yield node
        elif isinstance(node, Call):
            waiting.extend(node.args)


def _span(key: Condition, values: Values, request: Mapping[str, Any], schema: Schema, index: Index | None) -> Span:
    names = index.keys if index else schema.keys
    known = Placeholders(request.get("ExpressionAttributeNames") or {}, {})
    parts: dict[str, Call] = {}
    for node in _ands(key.node):
        name, part = _part(node, known)
        if name in parts:
            raise Invalid("KeyConditionExpressions must only contain one condition per key")
        parts[name] = part
    head = parts.pop(names[0], None)
    if head is None or (parts and (len(names) < 2 or parts.keys() != {names[1]})):
        raise Invalid("Query condition missed key schema element")
    if head.op != "=":
        raise Invalid("Query key condition not supported")
    for name, node in ((names[0], head), *parts.items()):
        for value in _constants(node, values):
            schema.scalar(name, value)
    first = None
    if parts and (sort := parts[names[1]]).op in ("=", ">", ">=", "BETWEEN", "begins_with"):
        first = sort_value(_constants(sort, values)[0])
    takes = _takes(parts[names[1]], values) if parts else lambda _: True
    return Span(bare(_constants(head, values)[0]), first, takes, lambda item: key.test(item, values))


def _takes(sort: Call, values: Values) -> Takes:
    """The condition on the sort key as a test of the place alone: it is asked of every row."""
    bounds = [sort_value(value) for value in _constants(sort, values)]
    if sort.op == "BETWEEN":
        low, high = bounds
        return lambda place: low <= place <= high
    [bound] = bounds
    if sort.op == "begins_with":
        return lambda place: place.startswith(bound)
    compared = operator.eq if sort.op == "=" else ORDERS[sort.op]
    return lambda place: compared(place, bound)


def _ands(node: Node) -> Iterable[Call]:
    assert isinstance(node, Call)
    if node.op == "AND":
        for each in node.args:
            yield from _ands(each)
    elif node.op not in KEY_OPERATORS:
        raise Invalid(f"Invalid operator used in KeyConditionExpression: {node.op}")
    else:
        yield node


def _part(node: Call, known: Placeholders) -> tuple[str, Call]:
    left, *others = node.args
    if isinstance(left, Constant) and len(others) == 1 and isinstance(others[0], Reference) and node.op in TURNED:
        return _part(Call(TURNED[node.op], (others[0], left)), known)
    if not isinstance(left, Reference) or not all(isinstance(each, Constant) for each in others):
        raise Invalid("KeyConditionExpressions cannot contain nested operations")
    name, *inside = known.path(left, "KeyConditionExpression")
    if inside:
        raise Invalid("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed")
    return str(name), node


def _constants(node: Call, values: Values) -> list[Value]:
    return [values[each.name] for each in node.args if isinstance(each, Constant)]


def _rows(store: Store, span: Span, index: Index | None, request: Mapping[str, Any], moment: Moment) -> list[Row]:
    forward = request.get("ScanIndexForward", True)
    after = _start(store, request.get("ExclusiveStartKey"), index, span)
    if index is None:
        found = list(store.rows(span.head, span.first, span.takes, moment))
    else:
        placed = store.index_rows(index, span.head, moment)
        found = [((place, row.key), row) for place, row in placed if span.holds(row.item)]
    if not forward:
        found.reverse()
    return [row for place, row in found if after is None or (place > after if forward else place < after)]


def _start(store: Store, given: Item | None, index: Index | None, span: Span) -> Any:
    if given is None:
        return None
    schema = store.schema
    names = set(schema.keys) | (set(index.keys) if index else set())
    if set(given) != names:
        raise Invalid("The provided starting key is invalid")
    if not span.holds(given):
        raise Invalid(NO_START)
    key = schema.key_of({name: given[name] for name in schema.keys})
    if index is None:
        return store.place(key)
    return (sort_value(given[index.keys[1]]) if len(index.keys) > 1 else 0, key)


def _page(rows: list[Row], limit: int | None) -> tuple[list[Row], Row | None]:
    """The rows of one page, and the last of them when the page was cut there."""
    total = 0
    for count, row in enumerate(rows, 1):
        total += row.size
        if count == limit or total > PAGE_BYTES:
            return rows[:count], row
    return rows, None


def _projected(item: Item, schema: Schema, index: Index | None) -> Item:
    held = schema.projected(index) if index else None
    return item if held is None else {name: value for name, value in item.items() if name in held}
