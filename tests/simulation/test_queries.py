"""Queries of tables and of sparse indexes: ranges, pages, what is refused."""

from typing import Any

import pytest

from tests.simulation.builders import a_due_query, a_key, a_query, an_item, n, of_size, refusal, s, tables_with


@pytest.mark.parametrize(
    ("why", "more", "found", "more_to_come"),
    [
        ("all", {}, "0123456", False),
        ("backwards", {"ScanIndexForward": False}, "6543210", False),
        ("a page", {"Limit": 3}, "012", True),
        ("a page that ends with the rows", {"Limit": 7}, "0123456", True),
        ("a page that is not full", {"Limit": 8}, "0123456", False),
        ("the next page", {"Limit": 2, "ExclusiveStartKey": a_key("2")}, "34", True),
        ("from a row that is gone", {"Limit": 2, "ExclusiveStartKey": a_key("25")}, "34", True),
        ("the page before", {"ScanIndexForward": False, "ExclusiveStartKey": a_key("2")}, "10", False),
        (
            "a filter comes after the page",
            {"Limit": 5, "FilterExpression": "k > :k", "values": {":k": n(3)}},
            "4",
            True,
        ),
    ],
)
def test_queries_by_pages(why: str, more: dict[str, Any], found: str, more_to_come: bool) -> None:
    tables = tables_with(*[an_item(str(each), k=n(each)) for each in range(7)])

    page = tables.call("Query", a_query(**more))

    assert "".join(item["sk"]["S"] for item in page["Items"]) == found, why
    assert ("LastEvaluatedKey" in page) is more_to_come, why


@pytest.mark.parametrize(
    ("why", "more"),
    [
        ("no partition", {"KeyConditionExpression": "sk = :pk"}),
        ("a range of partitions", {"KeyConditionExpression": "pk > :pk"}),
        ("two conditions on one key", {"KeyConditionExpression": "pk = :pk AND sk > :pk AND sk < :pk"}),
        ("OR", {"KeyConditionExpression": "pk = :pk OR sk = :pk"}),
        ("IN", {"KeyConditionExpression": "pk = :pk AND sk IN (:pk)"}),
        ("contains", {"KeyConditionExpression": "pk = :pk AND contains(sk, :pk)"}),
        ("not equal", {"KeyConditionExpression": "pk = :pk AND sk <> :pk"}),
        ("an attribute that is no key", {"KeyConditionExpression": "pk = :pk AND k = :pk"}),
        ("a size", {"KeyConditionExpression": "pk = :pk AND size(sk) > :pk"}),
        ("a number for a text", {"values": {":pk": n(1)}}),
        ("a filter on the key", {"FilterExpression": "sk > :pk"}),
        ("a page of nothing", {"Limit": 0}),
        ("a start in another partition", {"ExclusiveStartKey": a_key(pk="zeta")}),
        ("half a start", {"ExclusiveStartKey": {"pk": s("acme")}}),
        ("a strange index", {"IndexName": "nope"}),
        ("a count of chosen attributes", {"Select": "COUNT", "ProjectionExpression": "sk"}),
    ],
)
def test_refuses_queries(why: str, more: dict[str, Any]) -> None:
    assert refusal(tables_with(), "Query", a_query(**more)) == "ValidationException", why


def test_a_page_ends_with_the_row_that_passes_1_mb() -> None:
    tables = tables_with(*[of_size(100_000, f"{each:02}") for each in range(15)])

    page = tables.call("Query", a_query(FilterExpression="attribute_exists(nope)"))

    assert (page["Count"], page["ScannedCount"], page["LastEvaluatedKey"]) == (0, 11, a_key("10"))


def test_a_sparse_index_holds_keys_of_items_that_have_its_key() -> None:
    tables = tables_with(
        an_item("a", ds=n(1), due=n(7), k=n(1)), an_item("b", ds=n(1)), an_item("c", ds=n(1), due=n(5))
    )

    rows = tables.call("Query", a_due_query())["Items"]

    assert rows == [an_item("c", ds=n(1), due=n(5)), an_item("a", ds=n(1), due=n(7))]


def test_a_page_of_an_index_goes_on_where_it_ended() -> None:
    tables = tables_with(*[an_item(str(each), ds=n(1), due=n(each // 2)) for each in range(5)])

    first = tables.call("Query", a_due_query(Limit=3))
    second = tables.call("Query", a_due_query(ExclusiveStartKey=first["LastEvaluatedKey"]))

    assert [row["sk"]["S"] for row in first["Items"] + second["Items"]] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("why", "more"),
    [
        ("a consistent read", {"ConsistentRead": True}),
        ("an attribute that it does not hold", {"ProjectionExpression": "k"}),
        ("a filter on what it does not hold", {"FilterExpression": "k > :pk"}),
        ("all attributes", {"Select": "ALL_ATTRIBUTES"}),
    ],
)
def test_refuses_of_an_index(why: str, more: dict[str, Any]) -> None:
    assert refusal(tables_with(), "Query", a_due_query(**more)) == "ValidationException", why
