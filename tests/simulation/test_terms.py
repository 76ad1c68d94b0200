"""Terms have names that stay, and a mutant is the same wire without one of them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.simulation.builders import a_key, a_put, an_item, an_update, n, s, tables_with
from tests.simulation.terms import Term, Terms

USAGE = "entries = :n AND #u <= :max AND NOT contains(ids, :i0) AND NOT contains(ids, :i1)"


def usage(**more: Any) -> dict[str, Any]:
    values = {":n": n(3), ":max": n(10), ":one": n(1), ":i0": {"B": b"a"}, ":i1": {"B": b"b"}}
    names = {"#u": "used"}
    request = an_update("ADD #u :one", values, ConditionExpression=USAGE, ExpressionAttributeNames=names)
    return {**request, **more}


def names(terms: Terms) -> list[str]:
    return sorted({term.text for term in terms.seen})


def state(**attributes: Any) -> Any:
    return an_item(**{"entries": n(3), "used": n(0), "ids": {"BS": [b"x"]}, **attributes})


def test_numbered_values_and_named_attributes_give_one_name() -> None:
    terms = Terms(tables_with(state()).call)

    terms.call("UpdateItem", usage())

    assert names(terms) == ["NOT contains(ids, :i)", "entries = :n", "used <= :max"]
    assert {term.where for term in terms.seen} == {"UpdateItem core STATE"}


@pytest.mark.parametrize(
    ("why", "condition", "texts"),
    [
        ("groups of AND are one level", "((a = :v AND b = :v) AND c = :v)", ["a = :v", "b = :v", "c = :v"]),
        ("OR is one term", "a = :v AND (b = :v OR c = :v)", ["a = :v", "b = :v OR c = :v"]),
        ("NOT of a group too", "NOT (a = :v AND b = :v)", ["NOT (a = :v AND b = :v)"]),
        ("the AND of BETWEEN joins nothing", "a BETWEEN :v AND b", ["a BETWEEN :v AND b"]),
        ("one option for all of a kind", "a IN (:v, :v1, :v22)", ["a IN (:v)"]),
        ("paths and sizes", "size(d.e[0]) < :v", ["size(d.e[0]) < :v"]),
    ],
)
def test_takes_a_condition_apart(why: str, condition: str, texts: list[str]) -> None:
    terms = Terms(lambda *_: {})

    terms.call("PutItem", a_put(ConditionExpression=condition))

    assert names(terms) == texts, why


def test_a_term_belongs_to_its_operation_kind_of_item_and_condition() -> None:
    terms = Terms(tables_with().call)
    absent = {"ConditionExpression": "attribute_not_exists(pk)"}

    terms.call("PutItem", a_put(an_item("E#1"), **absent))
    terms.call("PutItem", a_put(an_item("E#2"), **absent))
    terms.call("PutItem", a_put(an_item("purchase:1"), **absent))
    terms.call("TransactWriteItems", {"TransactItems": [{"Put": a_put(an_item("E#3"), **absent)}]})

    text = "attribute_not_exists(pk)"
    places = ["PutItem core E", "PutItem core purchase", "TransactPut core E"]
    assert sorted(terms.seen) == [Term(where, text, text) for where in places]
    assert terms.seen[Term("PutItem core E", text, text)] == 2


@pytest.mark.parametrize(
    ("gone", "item"),
    [
        ("entries = :n", state(entries=n(4))),
        ("used <= :max", state(used=n(11))),
        ("NOT contains(ids, :i)", state(ids={"BS": [b"b"]})),
    ],
)
def test_a_mutant_lacks_just_its_term(gone: str, item: Any) -> None:
    whole = Terms(tables_with(item).call)
    with pytest.raises(ClientError):
        whole.call("UpdateItem", usage())
    term = next(each for each in whole.seen if each.text == gone)

    mutant = Terms(tables_with(item).call, dropped={term.name})

    assert mutant.call("UpdateItem", usage()) == {}
    assert mutant.seen == whole.seen


def test_the_other_terms_of_a_mutant_still_hold() -> None:
    whole = Terms(tables_with(state()).call)
    whole.call("UpdateItem", usage())
    term = next(each for each in whole.seen if each.text == "entries = :n")

    mutant = Terms(tables_with(state(used=n(11))).call, dropped={term.name})

    with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
        mutant.call("UpdateItem", usage())


def test_a_check_without_its_only_term_keeps_its_place() -> None:
    check = {"TableName": "core", "Key": a_key("none"), "ConditionExpression": "attribute_exists(pk)"}
    late = a_put(an_item("E#1"), ConditionExpression="attribute_exists(pk)")
    request = {"TransactItems": [{"ConditionCheck": check}, {"Put": late}]}
    text = "attribute_exists(pk)"
    mutant = Terms(tables_with().call, dropped={f"TransactConditionCheck core none: {text}"})

    with pytest.raises(ClientError) as refusal:
        mutant.call("TransactWriteItems", request)

    reasons = refusal.value.response["CancellationReasons"]  # type: ignore[typeddict-item]  # DynamoDB's own field
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]


def test_a_request_without_a_condition_passes_untouched() -> None:
    sent: list[Any] = []
    request = a_put(an_item(word=s("a")))

    Terms(lambda _, passed: sent.append(passed) or {}).call("PutItem", request)

    assert sent == [request]
