"""Conditions mean what they mean to DynamoDB, and what it refuses is refused.

Where DYNAMODB_URL names an endpoint, every case is put to it too and must be answered alike.
"""

import pytest

from tests.simulation.builders import n, s
from tests.simulation.cases import outcome
from tests.simulation.values import Item, Value


def holds(condition: str, **values: Value) -> bool | str:
    """Whether a condition holds of ITEM, or the code of its refusal. `v` is 1 where the case says nothing else."""
    given = values if values or ":v" not in condition else {"v": n(1)}
    found = outcome("REMOVE nope", {f":{name}": value for name, value in given.items()}, ConditionExpression=condition)
    return isinstance(found, dict) if found != "ValidationException" else "refused"


@pytest.mark.parametrize(
    ("why", "condition", "expected"),
    [
        ("equal", "k = :v", True),
        ("greater", "n > :v", True),
        ("the constant may come first", ":v < n", True),
        ("two attributes", "k < n", True),
        ("an absent attribute equals nothing", "nope = :v", False),
        ("and differs from everything", "nope <> :v", True),
        ("and is not less", "nope < :v", False),
        ("so NOT of it holds", "NOT nope = :v", True),
        ("two absent ones are not equal", "nope = nada", False),
        ("types differ: not equal", "word = :v", False),
        ("types differ: no order, no error", "word < :v", False),
        ("AND binds closer than OR", "n = :v AND n = :v OR k = :v", True),
        ("NOT binds closer than AND", "NOT n = :v AND k = :v", True),
        ("groups", "n = :v AND (n = :v OR k = :v)", False),
        ("words in any case", "n > :v and not n = :v", True),
        ("between, bounds included", "k BETWEEN :v AND n", True),
        ("in", "k IN (:v, n)", True),
        ("not in", "n IN (:v, k)", False),
        ("absent is in nothing", "nope IN (:v, k)", False),
        ("exists, in a map", "attribute_exists(m.b.c) AND k = :v", True),
        ("does not exist, in a list", "attribute_not_exists(l[9]) AND k = :v", True),
        ("a path through what is no map", "attribute_exists(n.a) AND k = :v", False),
        ("size of a text counts characters", "size(word) > :v AND size(word) < n", True),
        ("size of a set", "size(bs) > :v", True),
        ("a number has no size", "size(n) > :v", False),
        ("what is absent has no size", "size(nope) > :v OR size(nope) < :v", False),
        ("a list contains", "contains(l, :v)", True),
        ("a number contains nothing", "contains(n, :v)", False),
        ("a set contains", "contains(ns, :v)", True),
        ("a map contains nothing", "contains(m, :v)", False),
        ("list position", "l[1] = :v", True),
        ("position beyond the end", "l[9] = :v", False),
        ("an operand in parentheses", "k = (:v)", True),
    ],
)
def test_judges_conditions_as_dynamodb_does(why: str, condition: str, expected: bool) -> None:
    assert holds(condition) is expected, why


@pytest.mark.parametrize(
    ("why", "condition", "values", "expected"),
    [
        ("numbers are equal whatever their form", "n = :x", {"x": n("5.00")}, True),
        ("sets are equal in any order", "ns = :x", {"x": {"NS": ["2", "1.0"]}}, True),
        ("numbers are compared as numbers", "n < :x", {"x": n(10)}, True),
        ("text begins", "begins_with(word, :x)", {"x": s("fü")}, True),
        ("a text contains a text", "contains(word, :x)", {"x": s("ü")}, True),
        ("bytes in a set", "contains(bs, :x)", {"x": {"B": b"b"}}, True),
        ("not in the set", "NOT contains(bs, :x)", {"x": {"B": b"q"}}, True),
        ("type", "attribute_type(bs, :x)", {"x": s("BS")}, True),
        ("another type", "attribute_type(bs, :x)", {"x": s("L")}, False),
        ("true", "flag = :x", {"x": {"BOOL": True}}, True),
        ("null", "nothing = :x", {"x": {"NULL": True}}, True),
        ("a map as a whole", "m.b = :x", {"x": {"M": {"c": n(2)}}}, True),
    ],
)
def test_compares_values_as_dynamodb_does(why: str, condition: str, values: Item, expected: bool) -> None:
    assert holds(condition, **values) is expected, why


@pytest.mark.parametrize(
    ("why", "condition"),
    [
        ("nothing", " "),
        ("cut short", "n = :v AND"),
        ("a strange operator", "n == :v"),
        ("a bare number", "n = 5 AND k = :v"),
        ("arithmetic", "n - k > :v"),
        ("something left over", "n > :v,"),
        ("doubled parentheses", "((n > :v))"),
        ("doubled parentheses around AND", "((n > :v AND k > :v))"),
        ("a bare operand", "n AND k = :v"),
        ("an attribute compared with itself", "n > n AND k = :v"),
        ("an attribute among its own options", "n IN (:v, n)"),
        ("an unknown function", "foo(n) = :v"),
        ("functions are spelled in lower case", "Attribute_exists(n) AND n > :v"),
        ("an update's function", "if_not_exists(n, :v) > :v"),
        ("exists wants a path", "attribute_exists(:v)"),
        ("begins_with wants text or bytes", "begins_with(n, :v)"),
        ("attribute_type wants a text", "attribute_type(n, :v)"),
        ("a constant number has no size", "size(:v) > :v"),
        ("too few operands", "contains(n) AND n = :v"),
        ("a reserved word", "name = :v"),
        ("a name that is not defined", "#n = :v"),
        ("a value that is not defined", "n = :w AND n = :v"),
    ],
)
def test_refuses_what_is_no_condition(why: str, condition: str) -> None:
    assert holds(condition) == "refused", why


@pytest.mark.parametrize(
    ("why", "condition", "values"),
    [
        ("a value that nothing uses", "n = :v", {"v": n(1), "w": n(2)}),
        ("no order of truth values", "n < :v", {"v": {"BOOL": True}}),
        ("no order of sets", "n < :v", {"v": {"NS": ["1"]}}),
        ("bounds the wrong way round", "n BETWEEN :v AND :w", {"v": n(9), "w": n(1)}),
        ("bounds of two types", "n BETWEEN :v AND :w", {"v": n(1), "w": s("x")}),
        ("no such type", "attribute_type(n, :v)", {"v": s("Q")}),
        ("no number", "n = :v", {"v": n("x")}),
        ("an empty number", "n = :v", {"v": n("")}),
        ("39 digits", "n = :v", {"v": n("1" * 39)}),
        ("too large", "n = :v", {"v": n("1e126")}),
        ("too small", "n = :v", {"v": n("1e-131")}),
        ("an empty set", "n = :v", {"v": {"NS": []}}),
        ("a member twice", "n = :v", {"v": {"NS": ["1", "1.0"]}}),
        ("null is true", "n = :v", {"v": {"NULL": False}}),
        ("no type", "n = :v", {"v": {}}),
        ("two types", "n = :v", {"v": {"N": "1", "S": "a"}}),
    ],
)
def test_refuses_values(why: str, condition: str, values: Item) -> None:
    assert holds(condition, **values) == "refused", why


@pytest.mark.parametrize(
    ("why", "condition", "expected"),
    [
        ("300 operators", " AND ".join(["NOT contains(bs, :v)"] * 100), True),
        ("303 operators", " AND ".join(["NOT contains(bs, :v)"] * 101), "refused"),
        ("4,096 bytes", "k = :v" + " " * 4090, True),
        ("4,097 bytes", "k = :v" + " " * 4091, "refused"),
        ("100 operands of IN", f"k IN ({', '.join([':v'] * 100)})", True),
        ("101 operands of IN", f"k IN ({', '.join([':v'] * 101)})", "refused"),
    ],
)
def test_keeps_the_limits_of_an_expression(why: str, condition: str, expected: bool | str) -> None:
    assert holds(condition) == expected, why
