"""Each fault does to a call what the real thing does, and a seed repeats a whole history."""

from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from tests.simulation.builders import a_key, a_put, an_item, an_update, n, s, tables_with
from tests.simulation.faults import Faults, Rates
from tests.simulation.scheduler import Crash
from tests.simulation.table import Engine
from tests.simulation.values import Item

ADD = an_update("ADD k :one", {":one": n(1)})
READ = {"TableName": "core", "Key": a_key()}
CALM = Rates().scaled(0)


def always(fault: str, tables: Engine | None = None, pause: Callable[[], None] = lambda: None) -> Faults:
    """Engine that have one fault and always that."""
    return Faults(tables or tables_with(an_item(k=n(0))), Random(1), Rates(**{**vars(CALM), fault: 1.0}), pause)


def k(faults: Faults) -> str:
    return faults.tables.items("core")["acme", "STATE"]["k"]["N"]


def transaction(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"TransactItems": list(actions)}


@pytest.mark.parametrize(
    ("why", "fault", "operation", "request_", "error", "left"),
    [
        ("dead before: nothing done", "crash_before", "UpdateItem", ADD, Crash, "0"),
        ("dead after: done", "crash_after", "UpdateItem", ADD, Crash, "1"),
        ("never arrived", "request_lost", "UpdateItem", ADD, EndpointConnectionError, "0"),
        ("a plain write is done at each try", "answer_lost", "UpdateItem", ADD, ReadTimeoutError, "3"),
        (
            "one token, one effect",
            "answer_lost",
            "TransactWriteItems",
            transaction({"Update": ADD}),
            ReadTimeoutError,
            "1",
        ),
        ("a conflict does nothing", "conflict", "UpdateItem", ADD, ClientError, "0"),
        ("throttled three times", "throttle", "UpdateItem", ADD, ClientError, "0"),
        ("a conflict cancels", "conflict", "TransactWriteItems", transaction({"Update": ADD}), ClientError, "0"),
        ("throttling cancels", "throttle", "TransactWriteItems", transaction({"Update": ADD}), ClientError, "0"),
    ],
)
def test_does_what_the_fault_does(
    why: str, fault: str, operation: str, request_: Any, error: type[BaseException], left: str
) -> None:
    faults = always(fault)

    with pytest.raises(error):
        faults.call(operation, request_)

    assert k(faults) == left, why
    assert faults.struck[fault] >= 1


@pytest.mark.parametrize(
    ("fault", "operation", "request_", "code"),
    [
        ("conflict", "UpdateItem", ADD, "TransactionConflictException"),
        ("throttle", "UpdateItem", ADD, "ProvisionedThroughputExceededException"),
        ("throttle", "GetItem", READ, "ProvisionedThroughputExceededException"),
        ("conflict", "TransactWriteItems", transaction({"Update": ADD}), "TransactionConflict"),
        ("throttle", "TransactWriteItems", transaction({"Update": ADD}), "ThrottlingError"),
        ("conflict", "TransactGetItems", transaction({"Get": READ}), "TransactionConflict"),
    ],
)
def test_says_it_in_dynamodbs_form(fault: str, operation: str, request_: Any, code: str) -> None:
    with pytest.raises(ClientError) as refusal:
        always(fault).call(operation, request_)

    answer: Any = refusal.value.response
    reasons = [reason["Code"] for reason in answer.get("CancellationReasons", ())]
    assert (reasons or [answer["Error"]["Code"]]) == [code]


def test_a_second_try_meets_the_effect_of_the_first() -> None:
    faults = Faults(tables_with(), Random(0), Rates(**{**vars(CALM), "answer_lost": 0.5}))
    outcomes = set()
    for each in range(30):
        try:
            faults.call("PutItem", a_put(an_item(str(each)), ConditionExpression="attribute_not_exists(pk)"))
            outcomes.add("done")
        except ClientError:
            outcomes.add("refused by its own effect")
        except ReadTimeoutError:
            outcomes.add("unknown")

    assert outcomes == {"done", "refused by its own effect", "unknown"}
    assert len(faults.tables.items("core")) == 30


def test_a_write_given_up_may_arrive_later() -> None:
    faults = always("late")
    with pytest.raises(ReadTimeoutError):
        faults.call("PutItem", a_put(an_item("E#1")))

    faults.rates = CALM
    for _ in range(30):
        faults.call("GetItem", READ)

    assert faults.struck["late"] == 3
    assert ("acme", "E#1") in faults.tables.items("core")


def test_a_throttled_batch_hands_back_what_it_left() -> None:
    other: Any = {"TableName": "other"}
    tables = tables_with()
    schema = tables.stores["core"].schema
    faults = always("throttle", Engine([schema, type(schema)(other["TableName"], ("pk",), {"pk": "S"})]))
    puts: dict[str, Any] = {
        "core": [{"PutRequest": {"Item": an_item()}}],
        "other": [{"PutRequest": {"Item": {"pk": s("a")}}}],
    }

    left = faults.call("BatchWriteItem", {"RequestItems": puts})["UnprocessedItems"]

    assert len(left) == 1
    done = (set(puts) - set(left)).pop()
    assert [len(faults.tables.items(done)), len(faults.tables.items(next(iter(left))))] == [1, 0]


def versions(count: int) -> Engine:
    """An item and three rows beside it, written over and over, each row a step behind the one before."""
    tables = tables_with()
    for version in range(count):
        for sk in ("E#1", "E#2", "E#3"):
            tables.call("PutItem", a_put(an_item(sk, k=n(version))))
    return tables


def seen(rows: list[Item]) -> list[int]:
    return [int(row["k"]["N"]) for row in rows]


def test_a_stale_read_is_old_and_a_consistent_one_never() -> None:
    faults = always("stale", versions(20))
    get = {"TableName": "core", "Key": a_key("E#1")}

    stale = {faults.call("GetItem", get)["Item"]["k"]["N"] for _ in range(30)}
    fresh = {faults.call("GetItem", {**get, "ConsistentRead": True})["Item"]["k"]["N"] for _ in range(30)}

    assert len(stale) > 3
    assert fresh == {"19"}


def test_a_query_is_no_snapshot_but_never_goes_back() -> None:
    faults = Faults(versions(20), Random(3), Rates(**{**vars(CALM), "stale": 1.0, "moving": 0.7}))
    query = {
        "TableName": "core",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": s("acme")},
    }

    pages = [seen(faults.call("Query", query)["Items"]) for _ in range(200)]

    # Rows are written E#1 first: as one moment sees them, a row is as new as the next or one version newer.
    torn = [page for page in pages if any(after > before for before, after in pairwise(page))]
    assert torn
    assert all(after >= before - 1 for page in pages for before, after in pairwise(page))


def test_others_may_write_between_the_rows_of_a_consistent_query() -> None:
    tables = versions(1)

    def write() -> None:
        tables.call("PutItem", a_put(an_item("E#3", k=n(tables.sequence))))

    faults = always("moving", tables, pause=write)
    query = {
        "TableName": "core",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": s("acme")},
        "ConsistentRead": True,
    }

    first, _, third = seen(faults.call("Query", query)["Items"])

    assert first == 0
    assert third > 3


def history(seed: int) -> tuple[list[str], dict[Any, Item]]:
    faults, told = Faults(tables_with(), Random(seed)), []
    for each in range(200):
        try:
            faults.call("PutItem", a_put(an_item(str(each % 7), k=n(each)), ReturnValues="ALL_OLD"))
            told.append("done")
        except (Crash, ClientError, EndpointConnectionError, ReadTimeoutError) as error:
            told.append(repr(error))
    return told, faults.tables.items("core")


def test_a_seed_repeats_a_history() -> None:
    assert history(5) == history(5)
    assert history(5) != history(6)


def test_on_a_calm_day_nothing_fails() -> None:
    faults = Faults(tables_with(), Random(1), CALM)

    for each in range(200):
        faults.call("PutItem", a_put(an_item(str(each))))

    assert not faults.struck
