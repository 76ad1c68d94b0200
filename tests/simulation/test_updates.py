"""Updates do what DynamoDB does, or nothing.

Where DYNAMODB_URL names an endpoint, every case is put to it too and must be answered alike.
"""

import pytest

from tests.simulation.builders import an_update, n, s, tables_with
from tests.simulation.cases import ITEM, outcome
from tests.simulation.values import Item, Value


@pytest.mark.parametrize(
    ("why", "update", "changed"),
    [
        ("set", "SET k = :v", {"k": n(1)}),
        ("a new attribute", "SET fresh = :v", {"fresh": n(1)}),
        ("add to a number", "SET n = n + :v", {"n": n(6)}),
        ("subtract", "SET n = n - :v", {"n": n(4)}),
        ("every value is the old one's", "SET k = n, n = :v", {"k": n(5), "n": n(1)}),
        ("a default", "SET fresh = if_not_exists(nope, :v) + :v", {"fresh": n(2)}),
        ("no default needed", "SET fresh = if_not_exists(n, :v)", {"fresh": n(5)}),
        ("into a map", "SET m.b.c = m.b.c + :v", {"m": {"M": {"a": n(1), "b": {"M": {"c": n(3)}}}}}),
        ("into a list", "SET l[1] = n, k = :v", {"l": {"L": [n(0), n(5), n(2), n(3)]}, "k": n(1)}),
        ("beyond a list's end", "SET l[9] = :v, l[8] = n", {"l": {"L": [n(0), n(1), n(2), n(3), n(5), n(1)]}}),
        ("positions are those of the old list", "REMOVE l[0], l[2] SET k = :v", {"l": {"L": [n(1), n(3)]}, "k": n(1)}),
        ("set and remove in one list", "SET l[0] = :v REMOVE l[1]", {"l": {"L": [n(1), n(2), n(3)]}}),
        ("lists joined", "SET l = list_append(l, l), k = :v", {"l": {"L": [n(0), n(1), n(2), n(3)] * 2}, "k": n(1)}),
        ("removing nothing", "REMOVE nope, m.nope, l[9] SET k = :v", {"k": n(1)}),
        ("add", "ADD n :v", {"n": n(6)}),
        ("add to nothing", "ADD fresh :v", {"fresh": n(1)}),
        ("words in any case", "set k = :v add n :v", {"k": n(1), "n": n(6)}),
        ("a sum in parentheses", "SET n = (n + :v)", {"n": n(6)}),
    ],
)
def test_updates_as_dynamodb_does(why: str, update: str, changed: Item) -> None:
    assert outcome(update, {":v": n(1)}) == {**ITEM, **changed}, why


@pytest.mark.parametrize(
    ("why", "update", "values", "attribute", "left"),
    [
        ("add members", "ADD bs :x", {":x": {"BS": [b"b", b"c"]}}, "bs", {"BS": [b"a", b"b", b"c"]}),
        ("a new set", "ADD fresh :x", {":x": {"BS": [b"c"]}}, "fresh", {"BS": [b"c"]}),
        ("take members", "DELETE bs :x", {":x": {"BS": [b"b", b"c"]}}, "bs", {"BS": [b"a"]}),
        ("the last members", "DELETE bs :x", {":x": {"BS": [b"b", b"a"]}}, "bs", None),
        ("from nothing", "DELETE nope :x", {":x": {"BS": [b"b"]}}, "nope", None),
        ("remove", "REMOVE word", None, "word", None),
        ("numbers are kept in one form", "SET n = :x", {":x": n("1.50e2")}, "n", n(150)),
        ("small ones too", "SET n = :x", {":x": n("-1.2300e-5")}, "n", n("-0.0000123")),
        ("minus nothing is nothing", "SET n = :x", {":x": n("-0")}, "n", n(0)),
        ("fractions are exact", "SET n = n - :x", {":x": n("4.9")}, "n", n("0.1")),
        ("empty text is a value", "SET word = :x", {":x": s("")}, "word", s("")),
    ],
)
def test_updates_one_attribute(why: str, update: str, values: Item | None, attribute: str, left: Value | None) -> None:
    found = outcome(update, values)

    assert isinstance(found, dict), why
    assert found.get(attribute) == left, why


@pytest.mark.parametrize(
    ("why", "update"),
    [
        ("nothing", ""),
        ("cut short", "SET k = "),
        ("a comma too many", "SET k = :v, "),
        ("no equals sign", "SET k :v"),
        ("three terms", "SET k = n + :v + :v"),
        ("a section twice", "SET k = :v SET n = :v"),
        ("add an attribute", "ADD n n SET k = :v"),
        ("a path twice", "SET k = :v, k = :v"),
        ("a path and its part", "SET m.b = :v, m.b.c = :v"),
        ("removed and set", "SET k = :v REMOVE k"),
        ("a map and a list at once", "SET m.a = :v, m[0] = :v"),
        ("the key", "SET pk = :v"),
        ("inside the key", "SET pk.a = :v"),
        ("remove the key", "REMOVE sk SET k = :v"),
        ("an absent operand", "SET k = nope + :v"),
        ("an absent value", "SET fresh = nope, k = :v"),
        ("a text is no number", "SET k = word + :v"),
        ("no map to set in", "SET nope.a = :v"),
        ("no list to set in", "SET n[0] = :v"),
        ("no map to remove from", "REMOVE nope.a SET k = :v"),
        ("add to a text", "ADD word :v"),
        ("add a number to a set", "ADD bs :v"),
        ("delete a number", "DELETE n :v"),
        ("append a number", "SET l = list_append(l, :v)"),
        ("append to nothing", "SET l = list_append(nope, l), k = :v"),
        ("a default of itself", "SET n = if_not_exists(n, n) + :v"),
        ("a default without a path", "SET n = if_not_exists(:v, k)"),
        ("a condition's function", "SET k = size(word) + :v"),
    ],
)
def test_refuses_an_update_whole(why: str, update: str) -> None:
    assert outcome(update, {":v": n(1)}) == "ValidationException", why


def nested(levels: int) -> Value:
    value = n(1)
    for _ in range(levels):
        value = {"M": {"a": value}}
    return value


@pytest.mark.parametrize(
    ("why", "update", "value"),
    [
        ("a sum of 39 digits", "SET n = n + :v", n("9" * 38)),
        ("sets of two types", "ADD bs :v", {"SS": ["a"]}),
        ("32 maps in one another", "SET k = :v", nested(32)),
    ],
)
def test_refuses_results_that_it_cannot_keep(why: str, update: str, value: Value) -> None:
    assert outcome(update, {":v": value}) == "ValidationException", why


def test_keeps_31_maps_in_one_another() -> None:
    assert isinstance(outcome("SET k = :v", {":v": nested(31)}), dict)


@pytest.mark.parametrize(
    ("why", "returned", "attributes"),
    [
        ("nothing", "NONE", None),
        ("the whole old item", "ALL_OLD", ITEM),
        ("the whole new item", "ALL_NEW", {name: part for name, part in ITEM.items() if name != "word"} | {"n": n(6)}),
        ("what was updated, before", "UPDATED_OLD", {"n": n(5), "word": s("füß")}),
        ("what was updated, after", "UPDATED_NEW", {"n": n(6)}),
    ],
)
def test_returns_what_is_asked_for(why: str, returned: str, attributes: Item | None) -> None:
    request = an_update("ADD n :v REMOVE word", {":v": n(1)}, ReturnValues=returned)

    assert tables_with(ITEM).call("UpdateItem", request).get("Attributes") == attributes, why


@pytest.mark.parametrize(
    ("why", "projection", "expected"),
    [
        ("attributes", "n, nope", {"n": n(5)}),
        ("in a map", "m.b.c, m.a", {"m": {"M": {"a": n(1), "b": {"M": {"c": n(2)}}}}}),
        ("list elements close up", "l[3], l[1], l[9]", {"l": {"L": [n(1), n(3)]}}),
        ("through what is no map", "n.a", {}),
    ],
)
def test_projects(why: str, projection: str, expected: Item) -> None:
    request = {"TableName": "core", "Key": {"pk": s("acme"), "sk": s("STATE")}, "ProjectionExpression": projection}

    assert tables_with(ITEM).call("GetItem", request)["Item"] == expected, why
