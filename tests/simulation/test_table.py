"""The model answers as DynamoDB does: held against other engines by random requests, and by tables where they err."""

from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.simulation.builders import (
    CORE,
    a_due_query,
    a_key,
    a_put,
    a_put_action,
    a_query,
    a_transaction,
    an_item,
    an_update,
    n,
    refusal,
    s,
    tables_with,
)
from tests.simulation.engines import MOTO_LACKS, URL, Call, answer, endpoint, moto
from tests.simulation.random_requests import RandomRequests
from tests.simulation.table import Engine
from tests.simulation.values import Item
from tests.simulation.writes import Unplayed

KB = 1024


def compare(other: Call, requests: RandomRequests, count: int) -> None:
    model = Engine([CORE])
    for _ in range(count):
        operation, request = requests.next()

        ours, theirs = answer(model.call, operation, request), answer(other, operation, request)

        assert ours == theirs, (operation, request)


@pytest.mark.parametrize("seed", range(12))
def test_answers_as_moto_does(seed: int) -> None:
    with moto() as other:
        compare(other, RandomRequests(Random(seed), MOTO_LACKS), 60)


@pytest.mark.skipif(not URL, reason="DYNAMODB_URL names no other DynamoDB")
@pytest.mark.parametrize("seed", range(20))
def test_answers_as_the_named_endpoint_does(seed: int) -> None:
    compare(endpoint(), RandomRequests(Random(seed)), 60)


def of_size(size: int, sk: str = "STATE") -> Item:
    return an_item(sk, x=s("y" * (size - 9 - len(sk))))


@pytest.mark.parametrize(
    ("why", "item"),
    [
        ("no sort key", {"pk": s("a")}),
        ("an empty key", {"pk": s(""), "sk": s("b")}),
        ("a key of another type", {"pk": n(1), "sk": s("b")}),
        ("a partition key over 2,048 bytes", {"pk": s("a" * 2049), "sk": s("b")}),
        ("a sort key over 1,024 bytes", {"pk": s("a"), "sk": s("b" * 1025)}),
        ("an index key of another type", an_item(ds=s("b"))),
        ("null in an index key", an_item(ds={"NULL": True})),
        ("an empty set", an_item(x={"SS": []})),
        ("an empty set inside a list", an_item(x={"L": [{"NS": []}]})),
        ("a set with a member twice", an_item(x={"NS": ["1", "1.0"]})),
        ("a number of 39 digits", an_item(x=n("1" * 39))),
        ("an attribute without a name", {**an_item(), "": n(1)}),
        ("a byte over 400 KB", of_size(400 * KB + 1)),
    ],
)
def test_refuses_items(why: str, item: Item) -> None:
    assert refusal(tables_with(), "PutItem", a_put(item)) == "ValidationException", why


@pytest.mark.parametrize(
    ("why", "item"),
    [
        ("just 400 KB", of_size(400 * KB)),
        ("text may be empty", an_item(x=s(""))),
        ("a sparse index key may be missing", an_item(ds=n(1))),
        ("38 digits", an_item(x=n("1" * 38))),
    ],
)
def test_keeps_items(why: str, item: Item) -> None:
    assert tables_with(item).items("core") == {("acme", "STATE"): item}, why


@pytest.mark.parametrize(
    ("why", "operation", "request_"),
    [
        ("an update past 400 KB", "UpdateItem", an_update("SET z = :v", {":v": s("y" * 400 * KB)})),
        ("an index key of another type", "UpdateItem", an_update("SET ds = :v", {":v": s("a")})),
        ("names without an expression", "PutItem", a_put(ExpressionAttributeNames={"#a": "b"})),
        ("values without an expression", "PutItem", a_put(ExpressionAttributeValues={":a": n(1)})),
        ("no names at all", "PutItem", a_put(ConditionExpression="n = k", ExpressionAttributeNames={})),
        ("a strange ReturnValues", "PutItem", a_put(ReturnValues="ALL_NEW")),
        ("half a key", "GetItem", {"TableName": "core", "Key": {"pk": s("a")}}),
        ("more than a key", "GetItem", {"TableName": "core", "Key": {**a_key(), "x": n(1)}}),
        ("overlapping projections", "GetItem", {"TableName": "core", "Key": a_key(), "ProjectionExpression": "m, m.b"}),
    ],
)
def test_refuses_requests(why: str, operation: str, request_: dict[str, Any]) -> None:
    assert refusal(tables_with(an_item()), operation, request_) == "ValidationException", why


def test_knows_its_tables() -> None:
    request = {"TableName": "nope", "Key": a_key()}

    assert refusal(tables_with(), "GetItem", request) == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("Scan", {"TableName": "core"}),
        ("PutItem", a_put(Expected={})),
        ("GetItem", {"AttributesToGet": ["a"]}),
        ("TransactWriteItems", {"TransactItems": [{"Put": a_put(ReturnValues="ALL_OLD")}]}),
        ("UpdateItem", an_update("SET m.a = :v", {":v": n(1)}, ReturnValues="UPDATED_NEW")),
    ],
)
def test_refuses_loudly_what_it_does_not_play(operation: str, request_: dict[str, Any]) -> None:
    with pytest.raises(Unplayed):
        tables_with(an_item(m={"M": {}})).call(operation, request_)


def test_a_failed_condition_shows_the_item_only_when_asked() -> None:
    tables, request = tables_with(an_item(k=n(1))), a_put(ConditionExpression="attribute_not_exists(pk)")

    with pytest.raises(ClientError) as plain:
        tables.call("PutItem", request)
    with pytest.raises(ClientError) as shown:
        tables.call("PutItem", {**request, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"})

    assert "Item" not in plain.value.response
    assert shown.value.response["Item"] == an_item(k=n(1))  # type: ignore[typeddict-item]  # DynamoDB's own field


def test_what_it_answers_may_be_changed_without_harm() -> None:
    tables = tables_with(an_item(m={"M": {"l": {"L": [n(1)]}}}))

    tables.call("GetItem", {"TableName": "core", "Key": a_key()})["Item"]["m"]["M"]["l"]["L"].clear()

    assert tables.items("core")["acme", "STATE"]["m"] == {"M": {"l": {"L": [n(1)]}}}


def test_what_it_is_given_may_be_changed_without_harm() -> None:
    given = an_item(ids={"BS": [b"a"]})
    tables = tables_with(given)

    given["ids"]["BS"].append(b"b")

    assert tables.items("core")["acme", "STATE"]["ids"] == {"BS": [b"a"]}


def test_the_stream_has_what_changed_and_nothing_else() -> None:
    tables = tables_with(an_item(k=n(1)))

    tables.call("PutItem", a_put(an_item(k=n("1.0"))))
    tables.call(
        "TransactWriteItems", a_transaction(a_put_action("E#1"), {"Update": an_update("SET k = :v", {":v": n(2)})})
    )
    tables.call("DeleteItem", {"TableName": "core", "Key": a_key()})
    tables.call("DeleteItem", {"TableName": "core", "Key": a_key()})

    changes = [(each.sequence, each.keys["sk"]["S"], each.old, each.new) for each in tables.stream]
    one, two = an_item(k=n(1)), an_item(k=n(2))
    assert changes == [
        (1, "STATE", None, one),
        (3, "E#1", None, an_item("E#1")),
        (3, "STATE", one, two),
        (4, "STATE", two, None),
    ]


def test_a_read_may_be_served_from_the_past_unless_it_is_consistent() -> None:
    tables = tables_with(an_item(k=n(1)), an_item(k=n(2)), an_item("E#1"))
    get = {"TableName": "core", "Key": a_key()}

    past = tables.call("GetItem", get, lambda: 1)
    present = tables.call("GetItem", {**get, "ConsistentRead": True}, lambda: 1)
    rows = tables.call("Query", a_query(), lambda: 2)

    assert (past["Item"]["k"], present["Item"]["k"], rows["Items"]) == (n(1), n(2), [an_item(k=n(2))])


def test_an_index_may_lag_too() -> None:
    tables = tables_with(an_item(ds=n(1), due=n(5)), an_item(ds=n(1), due=n(9)))

    assert tables.call("Query", a_due_query(), lambda: 1)["Items"] == [an_item(ds=n(1), due=n(5))]
