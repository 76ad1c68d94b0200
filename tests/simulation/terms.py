"""The AND-terms of every condition on the wire, recorded by name; and mutants: the same wire with a term taken away.

A term belongs to its place: the operation, the kind of item and the whole condition. `attribute_not_exists(pk)` on an
entry and on a marker are two terms, each of which must be missed when it is gone.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from tests.simulation.grammar import COMPARATORS, Call, Constant, Node, Reference, condition
from tests.simulation.values import Item

Named = Callable[[str], str]
SENT = re.compile(r"[#:][A-Za-z0-9_]+")
ALWAYS = "attribute_exists(#always) OR attribute_not_exists(#always)"
BOOLEAN = ("AND", "OR")


class Term(NamedTuple):
    """One AND-term: where it stands, the whole condition in normal form, and its own text."""

    where: str
    whole: str
    text: str

    @property
    def name(self) -> str:
        """What the same term of all conditions at one place is called."""
        return f"{self.where}: {self.text}"

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" + (f"   (of {self.whole})" if self.whole != self.text else "")


def sort_kind(key: Item) -> str:
    """The leading letters of an item's sort key: STATE, E, purchase; nothing where there is no `sk`."""
    return re.match(r"[A-Za-z]*", key.get("sk", {}).get("S", ""))[0]  # type: ignore[index]  # matches any text


class Terms:
    """A wire that notes each term in `seen` and sends every condition without those whose name is `dropped`."""

    def __init__(
        self,
        call: Callable[[str, Mapping[str, Any]], dict[str, Any]],
        dropped: Collection[str] = (),
        kind: Callable[[Item], str] = sort_kind,
    ):
        self.behind, self.dropped, self.kind = call, frozenset(dropped), kind
        self.seen: Counter[Term] = Counter()

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of the wire behind to the request, less the dropped terms."""
        if operation == "TransactWriteItems":
            actions = [
                {verb: self.sent(f"Transact{verb}", said) for verb, said in each.items()}
                for each in request["TransactItems"]
            ]
            return self.behind(operation, {**request, "TransactItems": actions})
        return self.behind(operation, self.sent(operation, request) if "ConditionExpression" in request else request)

    def sent(self, verb: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The request as it goes on: unchanged, or with its condition cut and what only that used left out."""
        if "ConditionExpression" not in request:
            return request
        key = request.get("Key") or request["Item"]
        where = f"{verb} {request['TableName']} {self.kind(key)}".strip()
        names = request.get("ExpressionAttributeNames") or {}
        terms, found = terms_of(where, request["ConditionExpression"], tuple(names.items()))
        self.seen.update(dict.fromkeys(found, 1))
        if not self.dropped or self.dropped.isdisjoint(term.name for term in found):
            return request
        kept = [node for node, term in zip(terms, found, strict=True) if term.name not in self.dropped]
        return without(request, kept)


@lru_cache(4096)
def terms_of(where: str, expression: str, names: tuple[tuple[str, str], ...]) -> tuple[list[Node], list[Term]]:
    """The terms of a condition as they were sent and by name."""
    nodes, meant = list(ands(condition(expression))), dict(names)
    texts = [text(node, lambda name: meant.get(name, name), numberless) for node in nodes]
    whole = " AND ".join(sorted(set(texts)))
    return nodes, [Term(where, whole, each) for each in texts]


def ands(node: Node) -> Iterator[Node]:
    """The terms that all have to hold, whatever the grouping."""
    if isinstance(node, Call) and node.op == "AND":
        for each in node.args:
            yield from ands(each)
    else:
        yield node


def numberless(placeholder: str) -> str:
    """A value's name without its number: `:id17` is `:id`."""
    return placeholder.rstrip("0123456789")


def as_written(placeholder: str) -> str:
    """A placeholder as it was sent."""
    return placeholder


def text(node: Node, name: Named = as_written, value: Named = as_written) -> str:
    """A tree as an expression again, its placeholders renamed."""
    if isinstance(node, Constant):
        return value(node.name)
    if isinstance(node, Reference):
        parts = "".join(f"[{part}]" if isinstance(part, int) else f".{name(part)}" for part in node.parts)
        return parts[1:]
    args = [grouped(each, name, value) for each in node.args]
    if node.op in COMPARATORS or node.op in BOOLEAN:
        return f" {node.op} ".join(args)
    if node.op == "NOT":
        return f"NOT {args[0]}"
    if node.op == "BETWEEN":
        return f"{args[0]} BETWEEN {args[1]} AND {args[2]}"
    if node.op == "IN":
        return f"{args[0]} IN ({', '.join(dict.fromkeys(args[1:]))})"
    return f"{node.op}({', '.join(args)})"


def grouped(node: Node, name: Named, value: Named) -> str:
    """A node as text, in parentheses where its operator binds loosely."""
    inner = text(node, name, value)
    return f"({inner})" if isinstance(node, Call) and node.op in BOOLEAN else inner


def without(request: Mapping[str, Any], left: list[Node]) -> Mapping[str, Any]:
    """The request with only these terms, and only the placeholders that something still uses."""
    sent = {name: part for name, part in request.items() if name != "ConditionExpression"}
    names = dict(sent.pop("ExpressionAttributeNames", None) or {})
    values = sent.pop("ExpressionAttributeValues", None) or {}
    if left:
        sent["ConditionExpression"] = " AND ".join(grouped(each, as_written, as_written) for each in left)
    elif "Key" in sent and "UpdateExpression" not in sent:
        # A check must have a condition, and its place among the reasons must stay.
        sent["ConditionExpression"] = ALWAYS
        names["#always"] = next(iter(sent["Key"]))
    used = set(SENT.findall(f"{sent.get('ConditionExpression', '')} {sent.get('UpdateExpression', '')}"))
    for field, given in (("ExpressionAttributeNames", names), ("ExpressionAttributeValues", values)):
        if kept := {name: each for name, each in given.items() if name in used}:
            sent[field] = kept
    return sent
