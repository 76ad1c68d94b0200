"""Random requests over a handful of items, so that conditions hold about as often as they fail.

`lacks` names what the engine on the other side is known to answer wrongly; such requests are not made for it.
"""

import re
from collections.abc import Callable, Collection
from random import Random
from typing import Any

from tests.simulation.builders import a_key, n, s
from tests.simulation.values import Item, Value

Request = tuple[str, dict[str, Any]]
Make = Callable[[Random], Value]
ACCOUNTS, KINDS = ("acme", "zeta"), ("STATE", "E#1", "E#2", "H#1", "M")
IDS = [bytes([65 + each]) * 3 for each in range(6)]

VALUES: dict[str, Make] = {
    "number": lambda rng: n(rng.randrange(4)),
    "three": lambda _: n(3),
    "id": lambda rng: {"B": rng.choice(IDS)},
    "ids": lambda rng: {"BS": rng.sample(IDS, rng.randint(1, 3))},
    "text": lambda rng: s(rng.choice(["a", "ab", "ü"])),
    "type": lambda rng: s(rng.choice(["N", "S", "BS", "M", "L"])),
    "list": lambda rng: {"L": [n(rng.randrange(4))]},
}
ATTRIBUTES: dict[str, Make] = {
    "n": lambda rng: n(rng.choice(["0", "1", "2", "-3", "2.5"])),
    "k": VALUES["number"],
    "word": VALUES["text"],
    "flag": lambda rng: {"BOOL": rng.random() < 0.5},
    "nothing": lambda _: {"NULL": True},
    "ids": VALUES["ids"],
    "d": lambda rng: {"M": {"c": n(rng.randrange(3)), "e": {"M": {"f": n(1)}}}},
    "l": lambda rng: {"L": [n(each) for each in range(rng.randrange(4))]},
}
TESTS = [
    *[("", f"n {op} {{number}}") for op in ("=", "<>", "<", "<=", ">", ">=")],
    *[("", f"attribute_exists({path})") for path in ("n", "ids", "d.e.f", "l[1]", "pk")],
    *[("", f"attribute_not_exists({path})") for path in ("n", "ids", "d.e.f", "l[1]", "pk")],
    ("", "contains(ids, {id})"),
    ("", "NOT contains(ids, {id})"),
    ("", "contains(word, {text})"),
    ("", "begins_with(word, {text})"),
    ("", "n BETWEEN {number} AND {three}"),
    ("BETWEEN with what is not there", "n BETWEEN {number} AND k"),
    ("", "n IN ({number}, {number})"),
    ("IN with what is not there", "n IN ({number}, k)"),
    ("", "d.c = {number}"),
    ("", "l[1] = {number}"),
    ("", "attribute_type(d.c, {type})"),
    ("", "attribute_type(ids, {type})"),
    ("", "k <= n"),
    ("size of what has none", "size(ids) > {number}"),
    ("size of what has none", "size(word) < size(l)"),
    ("size of what has none", "NOT size(nope) = {number}"),
    ("two types compared", "word < {number}"),
    ("two types compared", "ids = {number}"),
]
CHANGES = [
    ("", "word", "SET", "word = {text}"),
    ("", "k", "SET", "k = {number}"),
    ("", "k", "ADD", "k {number}"),
    ("", "n", "SET", "n = if_not_exists(n, {number}) + {number}"),
    ("", "n", "SET", "n = {number} - {number}"),
    ("", "n", "REMOVE", "n"),
    ("", "fresh", "SET", "fresh = if_not_exists(k, {number})"),
    ("", "ids", "ADD", "ids {ids}"),
    ("", "ids", "DELETE", "ids {ids}"),
    ("", "due", "REMOVE", "due"),
    ("", "ds", "REMOVE", "ds"),
    ("", "l", "SET", "l = {list}"),
    ("may not fit", "n", "SET", "n = n + {number}"),
    ("may not fit", "fresh", "SET", "fresh = n"),
    ("may not fit", "d", "SET", "d.c = {number}"),
    ("may not fit", "d", "REMOVE", "d.e.f"),
    ("may not fit", "d", "ADD", "d.e.f {number}"),
    ("may not fit", "l", "SET", "l = list_append(l, {list})"),
    ("may not fit", "l", "SET", "l[7] = {number}, l[0] = {number}"),
    ("may not fit", "word", "ADD", "word {number}"),
]


class RandomRequests:
    """Requests by a seed; numbers of one run never give two rows of the index one place."""

    def __init__(self, rng: Random, lacks: Collection[str] = ()):
        self.rng, self.lacks = rng, lacks
        self.due = 0
        self.values: Item = {}

    def next(self) -> Request:
        """An operation and its request."""
        made = self.rng.choices(
            [self.put, self.update, self.delete, self.get, self.query, self.query_index, self.transact, self.batch],
            [3, 8, 1, 2, 3, 1, 4, 1],
        )[0]
        self.values = {}
        return made()

    def put(self) -> Request:
        return "PutItem", self.write({"Item": self.item()}, returns=("NONE", "ALL_OLD"))

    def update(self) -> Request:
        if "UPDATED_NEW" not in self.lacks and self.rng.random() < 0.3:
            request = {"Key": self.key(), "UpdateExpression": self.changes(safe=True)}
            return "UpdateItem", self.write(request, returns=("UPDATED_OLD", "UPDATED_NEW"))
        request = {"Key": self.key(), "UpdateExpression": self.changes()}
        return "UpdateItem", self.write(request, returns=("NONE", "ALL_OLD", "ALL_NEW"))

    def delete(self) -> Request:
        return "DeleteItem", self.write({"Key": self.key()}, returns=("NONE", "ALL_OLD"))

    def get(self) -> Request:
        request = {"TableName": "core", "Key": self.key(), "ConsistentRead": True}
        if self.rng.random() < 0.4:
            request["ProjectionExpression"] = ", ".join(self.rng.sample(["n", "d.c", "ids", "sk", "l", "nope"], 3))
        return "GetItem", request

    def query(self) -> Request:
        self.values = {":pk": s(self.rng.choice(ACCOUNTS)), ":sk": s(self.rng.choice(["E#", "E#2", "H", "STATE"]))}
        tests = ["sk > :sk", "sk <= :sk", "begins_with(sk, :sk)", "sk = :sk", "sk BETWEEN :sk AND :top"]
        chosen = self.rng.choice(tests)
        if ":top" in chosen:
            self.values[":top"] = s("Z")
        request: dict[str, Any] = {"KeyConditionExpression": f"pk = :pk AND {chosen}", "ConsistentRead": True}
        if self.rng.random() < 0.3:
            request["FilterExpression"] = self.filled("k > {number}")
        return "Query", self.paged(request)

    def query_index(self) -> Request:
        self.values = {":ds": n(1), ":due": n(self.rng.randrange(self.due + 1))}
        chosen = self.rng.choice(["due <= :due", "due > :due"])
        return "Query", self.paged({"IndexName": "due", "KeyConditionExpression": f"ds = :ds AND {chosen}"})

    def paged(self, request: dict[str, Any]) -> dict[str, Any]:
        request |= {"TableName": "core", "ExpressionAttributeValues": self.values}
        request["ScanIndexForward"] = self.rng.random() < 0.6
        if self.rng.random() < 0.4:
            request["Limit"] = self.rng.randint(1, 3)
        if self.rng.random() < 0.2:
            request["Select"] = "COUNT"
        return request

    def transact(self) -> Request:
        keys = [a_key(sk, pk) for pk in ACCOUNTS for sk in KINDS]
        return "TransactWriteItems", {
            "TransactItems": [self.action(key) for key in self.rng.sample(keys, self.rng.randint(1, 3))]
        }

    def action(self, key: Item) -> dict[str, Any]:
        self.values = {}
        shown = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if self.rng.random() < 0.5 else {}
        verb = self.rng.choice(["Put", "Update", "Update", "Delete", "ConditionCheck"])
        if verb == "Put":
            return {verb: self.write({"Item": {**self.item(), **key}, **shown})}
        if verb == "Update":
            return {verb: self.write({"Key": key, "UpdateExpression": self.changes(safe=True), **shown})}
        return {verb: self.write({"Key": key, **shown}, condition=1.0 if verb == "ConditionCheck" else 0.5)}

    def batch(self) -> Request:
        keys = self.rng.sample([a_key(sk, pk) for pk in ACCOUNTS for sk in KINDS], 3)
        if self.rng.random() < 0.5:
            return "BatchGetItem", {"RequestItems": {"core": {"Keys": keys, "ConsistentRead": True}}}
        puts = [{"PutRequest": {"Item": {**self.item(), **key}}} for key in keys[1:]]
        return "BatchWriteItem", {"RequestItems": {"core": [*puts, {"DeleteRequest": {"Key": keys[0]}}]}}

    def write(self, request: dict[str, Any], condition: float = 0.6, returns: tuple[str, ...] = ()) -> dict[str, Any]:
        request["TableName"] = "core"
        if self.rng.random() < condition:
            request["ConditionExpression"] = self.condition()
        if returns:
            request["ReturnValues"] = self.rng.choice(returns)
        if self.values:
            request["ExpressionAttributeValues"] = self.values
        return request

    def key(self) -> Item:
        return a_key(self.rng.choice(KINDS), self.rng.choice(ACCOUNTS))

    def item(self) -> Item:
        item = self.key() | {name: make(self.rng) for name, make in ATTRIBUTES.items() if self.rng.random() < 0.7}
        if self.rng.random() < 0.5:
            self.due += 1
            item |= {"ds": n(1), "due": n(self.due)}
        return item

    def condition(self, depth: int = 0) -> str:
        """A test, or two joined, over what the items hold."""
        if depth < 2 and self.rng.random() < 0.4:
            one, two = self.condition(depth + 1), self.condition(depth + 1)
            return self.rng.choice([f"({one}) AND ({two})", f"({one}) OR ({two})", f"NOT ({one}) AND ({two})"])
        return self.filled(self.rng.choice([test for lack, test in TESTS if lack not in self.lacks]))

    def changes(self, safe: bool = False) -> str:
        """Up to four actions on different attributes; `safe` ones fit every item."""
        known = [each for each in CHANGES if each[0] not in self.lacks and not (safe and each[0] == "may not fit")]
        chosen = {root: (section, text) for _, root, section, text in self.rng.sample(known, 4)}
        sections: dict[str, list[str]] = {}
        for section, text in chosen.values():
            sections.setdefault(section, []).append(self.filled(text))
        return " ".join(f"{section} {', '.join(texts)}" for section, texts in sections.items())

    def filled(self, template: str) -> str:
        """The template with a value of each kind that it names in braces."""
        return re.sub(r"{(\w+)}", lambda found: self.value(VALUES[found[1]](self.rng)), template)

    def value(self, value: Value) -> str:
        name = f":v{len(self.values)}"
        self.values[name] = value
        return name
