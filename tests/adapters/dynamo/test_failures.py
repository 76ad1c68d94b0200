"""DynamoDB's errors told apart: come again, somebody was first, or a mistake of ours that must be seen."""

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from chalicelib.adapters.dynamo.failures import translated
from chalicelib.adapters.dynamo.reader import Reader
from chalicelib.adapters.dynamo.transactions import ACTIONS, TRIES, Writer
from chalicelib.adapters.dynamo.wire import PynamoWire
from chalicelib.errors import BillingError, ConditionFailed, Conflict, Throttled, Unavailable
from tests.adapters.dynamo import wires
from tests.adapters.dynamo.wires import Recorded, Struck, client_error
from tests.stores import Database, connection_to

URL = "http://dynamodb.example.com"
ITEM = {"v": {"N": "7"}}
FAILED = {"Code": "ConditionalCheckFailed", "Item": ITEM}


def cancelled(*reasons: str | dict[str, Any]) -> ClientError:
    listed = [{"Code": reason} if isinstance(reason, str) else reason for reason in reasons]
    return client_error("TransactionCanceledException", "TransactWriteItems", CancellationReasons=listed)


@pytest.mark.parametrize(
    ("reason", "error", "ours"),
    [
        ("a plain write met a transaction", client_error("TransactionConflictException"), Conflict),
        ("the same transaction is still running", client_error("TransactionInProgressException"), Conflict),
        ("on-demand tables say this", client_error("ThrottlingException"), Throttled),
        ("provisioned ones this", client_error("ProvisionedThroughputExceededException"), Throttled),
        ("the whole account asks too much", client_error("RequestLimitExceeded"), Throttled),
        ("a server broke", client_error("InternalServerError", status=500), Unavailable),
        ("a server is away", client_error("ServiceUnavailable", status=503), Unavailable),
        ("a proxy's answer that names no error of DynamoDB's", client_error("502", status=502), Unavailable),
        ("no answer", ReadTimeoutError(endpoint_url=URL), Unavailable),
        ("no connection", ConnectTimeoutError(endpoint_url=URL), Unavailable),
        ("nobody listens", EndpointConnectionError(endpoint_url=URL), Unavailable),
        ("hung up", ConnectionClosedError(endpoint_url=URL), Unavailable),
        ("a condition did not hold", client_error("ConditionalCheckFailedException", Item=ITEM), ConditionFailed),
        ("one of a transaction's did not", cancelled("None", FAILED), ConditionFailed),
        ("it outweighs a conflict beside it", cancelled("TransactionConflict", FAILED), ConditionFailed),
        ("and throttling", cancelled(FAILED, "ThrottlingError"), ConditionFailed),
        ("a conflict in a transaction", cancelled("None", "TransactionConflict"), Conflict),
        ("throttled in a transaction", cancelled("ThrottlingError", "None"), Throttled),
        ("throttled in a transaction, provisioned", cancelled("ProvisionedThroughputExceeded"), Throttled),
        ("a mistake of ours", client_error("ValidationException"), None),
        ("one among a transaction's reasons", cancelled("TransactionConflict", "ValidationError"), None),
        ("too large a set of items", cancelled("ItemCollectionSizeLimitExceeded"), None),
        ("no reason given", cancelled("None", "None"), None),
        ("not allowed", client_error("AccessDeniedException"), None),
        ("no such table", client_error("ResourceNotFoundException"), None),
        ("a token with other parameters", client_error("IdempotentParameterMismatchException"), None),
        ("parameters that cannot be sent", ParamValidationError(report="x"), None),
        ("nobody to sign as", NoCredentialsError(), None),
        ("anything else", ValueError("x"), None),
    ],
)
def test_each_error_is_told_for_what_it_is(reason: str, error: Exception, ours: type[BillingError] | None) -> None:
    said = translated(error)

    assert type(said) is (ours or type(None)), reason


def test_a_failed_condition_brings_the_items_by_position() -> None:
    said = translated(cancelled("None", FAILED, "None", {"Code": "ConditionalCheckFailed"}))

    assert isinstance(said, ConditionFailed)
    assert said.items == {1: ITEM, 3: {}}


# -- the writer


def a_put(database: Database, pk: str, condition: str | None = None) -> dict[str, Any]:
    put: dict[str, Any] = {"TableName": database.core, "Item": {"pk": {"S": pk}, "sk": {"S": "X"}}}
    return put | ({"ConditionExpression": condition} if condition else {})


def test_repeats_a_transaction_under_one_token_so_that_its_effect_is_one(model: Database) -> None:
    seen = Recorded(model.wire)
    conflict = wires.cancelled("TransactionConflict")
    Writer(Struck(seen, conflict, None), sleep=lambda _: None).transact([a_put(model, "x")])
    wire = Recorded(Struck(model.wire, conflict, conflict, None))

    Writer(wire, sleep=lambda _: None).transact([a_put(model, "x")])

    tokens = {request["ClientRequestToken"] for _, request in wire.calls}
    assert (len(wire.calls), len(tokens)) == (3, 1)


def test_waits_longer_each_time_at_random_and_within_a_bound(model: Database) -> None:
    waits: list[float] = []
    wire = Struck(model.wire, *[wires.refused("TransactionConflictException")] * 99)

    with pytest.raises(Conflict):
        Writer(wire, waits.append).put(a_put(model, "x"))

    assert len(waits) == TRIES - 1
    assert all(0 <= wait <= 0.01 * 2**k for k, wait in enumerate(waits))


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError", "ValidationException"])
def test_repeats_nothing_but_conflicts(model: Database, code: str) -> None:
    wire = Struck(model.wire, *[wires.refused(code)] * 9)

    with pytest.raises((Throttled, Unavailable, ClientError)):
        Writer(wire, sleep=lambda _: None).put(a_put(model, "x"))

    assert wire.strikes == 1


@pytest.mark.parametrize("count", [0, ACTIONS + 1])
def test_refuses_a_transaction_that_dynamodb_would_not_take(model: Database, count: int) -> None:
    wire = Recorded(model.wire)

    with pytest.raises(ValueError, match="1 to 100"):
        Writer(wire).transact([a_put(model, f"x{k}") for k in range(count)])

    assert wire.calls == []


def test_takes_as_many_actions_as_dynamodb_does(database: Database, account: str) -> None:
    Writer(database.wire).transact([a_put(database, f"{account}{k}") for k in range(ACTIONS)])

    assert database.item("", "X", pk=f"{account}99") is not None


def test_all_or_nothing_and_which_one_failed(database: Database, account: str) -> None:
    writer, absent = Writer(database.wire), "attribute_not_exists(pk)"
    writer.put(a_put(database, f"{account}2"))

    with pytest.raises(ConditionFailed) as failed:
        writer.transact([a_put(database, f"{account}1", absent), a_put(database, f"{account}2", absent)])

    assert failed.value.items == {1: {"pk": {"S": f"{account}2"}, "sk": {"S": "X"}}}
    assert database.item("", "X", pk=f"{account}1") is None


# -- the reader


def test_reads_say_when_to_come_again(model: Database) -> None:
    reads = frozenset({"GetItem"})
    blows = (wires.refused("ThrottlingException"), wires.answer_lost, wires.refused("ValidationException"))
    reader = Reader(Struck(model.wire, *blows, operations=reads), model.core)

    for raised in (Throttled, Unavailable, ClientError):
        with pytest.raises(raised):
            reader.get("A#x", "S")
    assert reader.get("A#x", "S") is None


def test_a_batch_that_is_answered_in_parts_is_asked_for_the_rest(model: Database, account: str) -> None:
    model.open(account)
    asked: list[int] = []

    def in_parts(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        keys = request["RequestItems"][model.core]["Keys"]
        asked.append(len(keys))
        answer = model.wire(operation, {"RequestItems": {model.core: {"Keys": keys[:1]}}})
        rest = {model.core: {"Keys": keys[1:]}} if keys[1:] else {}
        return {**answer, "UnprocessedKeys": rest}

    found = model.store(in_parts).account(account)

    assert found is not None
    assert asked == [2, 1]


def test_a_query_is_read_to_its_end_page_by_page(model: Database, account: str) -> None:
    model.open(account)

    def one_by_one(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return model.wire(operation, {**request, "Limit": 1})

    rows = Reader(one_by_one, model.core).query(
        {"KeyConditionExpression": "pk = :a", "ExpressionAttributeValues": {":a": {"S": f"A#{account}"}}}
    )

    assert len(rows) == 4


def test_the_real_wire_raises_what_botocore_raised_and_not_pynamodbs_own(engine_url: str) -> None:
    wire = PynamoWire(connection_to(engine_url))

    with pytest.raises(ClientError) as missing:
        wire("GetItem", {"TableName": "there-is-none", "Key": {"pk": {"S": "x"}}})

    assert "ResourceNotFound" in str(missing.value.response.get("Error"))
    assert "ResponseMetadata" in missing.value.response
