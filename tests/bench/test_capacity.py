"""The capacity calculator: AWS's rules as tables, and DynamoDB Local's own figures where DYNAMODB_URL names it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.bench.capacity import Index, index_units, item_size, query_units, read_units, transaction_units, write_units
from tests.bench.meter import Meter, Table, tables_of
from tests.simulation.builders import CORE, a_key, a_put, an_item, an_update, n, s, tables_with
from tests.simulation.engines import URL, endpoint
from tests.simulation.values import Item

DUE = Index(("ds", "due"), ("pk", "sk"))


def of_size(size: int, **more: Any) -> Item:
    """An item of just this many bytes."""
    item = an_item(**more)
    return {**item, "x": s("y" * (size - item_size(item) - 1))}


@pytest.mark.parametrize(
    ("why", "value", "size"),
    [
        ("text is UTF-8", s("aü"), 3),
        ("empty text has only a name", s(""), 0),
        ("a number: half its digits and one", n(1234), 3),
        ("zero", n(0), 1),
        ("zeros at the end do not count", n(1200), 2),
        ("an odd number of digits fills a pair", n(120), 3),
        ("digits pair around the point", n("1.5"), 3),
        ("a minus is one more", n(-12), 3),
        ("bytes", {"B": b"abc"}, 3),
        ("true", {"BOOL": True}, 1),
        ("nothing", {"NULL": True}, 1),
        ("a set is its elements", {"BS": [b"a" * 12, b"b" * 12]}, 24),
        ("a set of numbers", {"NS": ["1", "22"]}, 4),
        ("an empty list", {"L": []}, 3),
        ("each element of a list is one more", {"L": [s("a"), s("b")]}, 7),
        ("a map: names and elements", {"M": {"a": n(1)}}, 7),
        ("maps in maps", {"M": {"a": {"M": {"b": s("q")}}}}, 11),
    ],
)
def test_measures_values_as_documented(why: str, value: Any, size: int) -> None:
    assert item_size({"abc": value}) == 3 + size, why


@pytest.mark.parametrize(
    ("why", "before", "after", "units"),
    [
        ("one KB is one unit", None, of_size(1024), 1),
        ("a byte more is two", None, of_size(1025), 2),
        ("an update pays for the larger item before", of_size(3000), of_size(900), 3),
        ("and for the larger item after", of_size(900), of_size(3000), 3),
        ("a deletion pays for what goes", of_size(2500), None, 3),
        ("deleting nothing is one", None, None, 1),
    ],
)
def test_counts_write_units_of_one_item(why: str, before: Item | None, after: Item | None, units: int) -> None:
    assert write_units(before, after) == units, why


@pytest.mark.parametrize(
    ("why", "before", "after", "units"),
    [
        ("no key attributes, no entry", an_item(), an_item(k=n(1)), 0),
        ("half a key is no entry", None, an_item(ds=n(1)), 0),
        ("put", an_item(), an_item(ds=n(1), due=n(5)), 1),
        ("taken out", an_item(ds=n(1), due=n(5)), an_item(ds=n(1)), 1),
        ("deleted", an_item(ds=n(1), due=n(5)), None, 1),
        ("key changed: out and in", an_item(ds=n(1), due=n(5)), an_item(ds=n(1), due=n(6)), 2),
        ("what it does not hold changed", an_item(ds=n(1), due=n(5)), an_item(ds=n(1), due=n(5), k=n(1)), 0),
    ],
)
def test_counts_write_units_of_a_sparse_index(why: str, before: Item | None, after: Item | None, units: int) -> None:
    assert index_units(DUE, before, after) == units, why


def test_an_index_that_holds_an_attribute_pays_for_its_change() -> None:
    index = Index(("ds", "due"), ("pk", "sk"), frozenset({"k"}))
    before, after = an_item(ds=n(1), due=n(5), k=n(1)), an_item(ds=n(1), due=n(5), k=n(2))

    assert index_units(index, before, after) == 1


def test_a_transaction_pays_twice_for_items_and_once_for_indexes() -> None:
    state = (of_size(900), of_size(900, ds=n(1), due=n(5)))
    entry = (None, of_size(1500))
    check = (of_size(100), of_size(100))

    assert transaction_units([state, entry, check], [DUE]) == (2 + 1) + 4 + 2


@pytest.mark.parametrize(
    ("why", "units", "expected"),
    [
        ("a small eventually consistent read", read_units([100], 0.5), 0.5),
        ("4 KB are one block", read_units([4096], 1), 1),
        ("a byte more is two", read_units([4097], 1), 2),
        ("a missing item costs the least", read_units([0], 1), 1),
        ("a transactional read is double", read_units([100, 100], 2), 4),
        ("items of a batch are rounded one by one", read_units([100] * 20, 0.5), 10),
        ("rows of a query together", query_units([1024] * 20, 0.5), 2.5),
        ("an empty page costs the least", query_units([], 0.5), 0.5),
    ],
)
def test_counts_read_units(why: str, units: float, expected: float) -> None:
    assert units == expected, why


def a_meter(*items: Item) -> Meter:
    return Meter(tables_with(*items).call, tables_of([CORE]))


def test_the_meter_knows_tables_from_their_definitions() -> None:
    assert tables_of([CORE]) == {"core": Table(("pk", "sk"), (DUE,))}


def test_the_meter_adds_up_what_passes() -> None:
    meter = a_meter(of_size(900))

    meter.call("GetItem", {"TableName": "core", "Key": a_key()})
    meter.call("UpdateItem", an_update("SET ds = :n, due = :n", {":n": n(1)}))
    meter.call("PutItem", a_put(of_size(1100, sk="E#1")))
    meter.call("BatchWriteItem", {"RequestItems": {"core": [{"DeleteRequest": {"Key": a_key("E#1")}}]}})

    assert (meter.write_units, meter.read_units, meter.round_trips) == (2 + 2 + 2, 0.5, 4)


def test_the_meter_counts_what_a_filter_hides() -> None:
    rows = [of_size(1024, sk=f"E#{each}") for each in range(20)]
    meter = a_meter(*rows)

    meter.call(
        "Query",
        {
            "TableName": "core",
            "KeyConditionExpression": "pk = :pk",
            "FilterExpression": "#k = :pk",
            "ExpressionAttributeNames": {"#k": "k"},
            "ExpressionAttributeValues": {":pk": s("acme")},
            "Select": "COUNT",
        },
    )

    assert (meter.read_units, meter.round_trips) == (2.5, 1)


@pytest.mark.parametrize(
    ("why", "operation", "request_", "units"),
    [
        ("an update", "UpdateItem", an_update("SET k = :n", {":n": n(1)}, ConditionExpression="k = :n"), 3),
        ("a put of a larger item", "PutItem", a_put(of_size(4000), ConditionExpression="attribute_not_exists(pk)"), 4),
        (
            "a transaction",
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": a_put(of_size(1500, sk="E#1"))},
                    {"Update": an_update("SET k = :n", {":n": n(1)}, ConditionExpression="k = :n")},
                ]
            },
            2 * (2 + 3),
        ),
    ],
)
def test_a_refused_condition_costs_as_if_it_held(why: str, operation: str, request_: Any, units: int) -> None:
    meter = a_meter(of_size(2500))

    with pytest.raises(ClientError):
        meter.call(operation, request_)

    assert meter.write_units == units, why


def test_a_request_that_is_not_valid_costs_nothing() -> None:
    meter = a_meter()

    with pytest.raises(ClientError):
        meter.call("UpdateItem", an_update("SET"))

    assert meter.write_units == 0


def single_item_operations() -> list[tuple[str, dict[str, Any]]]:
    """A story in which each request meets what the one before left. DynamoDB Local takes nothing for an empty page."""
    indexed = {"ds": n(1), "due": n(5)}
    key = {"TableName": "core", "Key": a_key()}
    query = {"TableName": "core", "KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": s("acme")}}
    return [
        ("PutItem", a_put(of_size(1024))),
        ("PutItem", a_put(of_size(1025))),
        ("UpdateItem", an_update("SET x = :x", {":x": s("short")})),
        ("UpdateItem", an_update("SET ds = :a, due = :b", {":a": n(1), ":b": n(5)})),
        ("UpdateItem", an_update("SET due = :b", {":b": n(6)})),
        ("UpdateItem", an_update("ADD k :one", {":one": n(1)})),
        ("UpdateItem", an_update("SET ids = :ids", {":ids": {"BS": [bytes([each]) * 12 for each in range(80)]}})),
        ("UpdateItem", an_update("SET tags = :l", {":l": {"L": [n(each) for each in range(200)]}})),
        ("UpdateItem", an_update("REMOVE ds")),
        ("GetItem", key),
        ("GetItem", {**key, "ConsistentRead": True}),
        ("GetItem", {"TableName": "core", "Key": a_key("none"), "ConsistentRead": True}),
        ("PutItem", a_put(of_size(9000, sk="E#1", **indexed))),
        ("GetItem", {"TableName": "core", "Key": a_key("E#1")}),
        ("PutItem", a_put(of_size(3000, sk="E#2"))),
        ("Query", query),
        ("Query", {**query, "ConsistentRead": True, "Limit": 1}),
        ("DeleteItem", {"TableName": "core", "Key": a_key("E#1")}),
        ("DeleteItem", {"TableName": "core", "Key": a_key("none")}),
    ]


@pytest.mark.skipif(not URL, reason="DYNAMODB_URL names no other DynamoDB")
def test_agrees_with_the_named_endpoint_on_single_items() -> None:
    call = endpoint()
    meter = Meter(call, tables_of([CORE]))
    figures: list[tuple[str, float, float]] = []

    for operation, request in single_item_operations():
        meter.reset()
        answer = meter.call(operation, {**request, "ReturnConsumedCapacity": "TOTAL"})
        ours = meter.write_units + meter.read_units
        figures.append((str((operation, request))[:120], ours, answer["ConsumedCapacity"]["CapacityUnits"]))

    assert [row for row in figures if row[1] != row[2]] == []
    assert len(figures) == 19
