"""Transactions and batches: all or none, the reasons, request tokens, limits."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.simulation.builders import (
    a_key,
    a_put,
    a_put_action,
    a_refused_put,
    a_transaction,
    an_item,
    an_update,
    core,
    n,
    of_size,
    refusal,
    s,
    tables_with,
)
from tests.simulation.table import Engine


def test_a_transaction_does_all_or_nothing_and_says_why() -> None:
    tables = tables_with(an_item(k=n(1)))
    update = {"Update": an_update("SET k = :v", {":v": n(2)}, ConditionExpression="k = :v")}
    update["Update"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"

    with pytest.raises(ClientError) as refused:
        tables.call("TransactWriteItems", a_transaction(a_put_action("E#1"), update, a_refused_put("E#2")))

    failed = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    reasons = refused.value.response["CancellationReasons"]  # type: ignore[typeddict-item]  # DynamoDB's own field
    assert reasons == [{"Code": "None"}, {**failed, "Item": an_item(k=n(1))}, failed]
    assert tables.items("core") == {("acme", "STATE"): an_item(k=n(1))}


def test_a_misfit_in_a_transaction_is_a_reason() -> None:
    tables = tables_with(an_item(k=n(1), word=s("a")))
    update = {"Update": an_update("SET k = word + :v", {":v": n(1)})}

    with pytest.raises(ClientError) as refused:
        tables.call("TransactWriteItems", a_transaction(a_put_action("E#1"), update))

    reasons = refused.value.response["CancellationReasons"]  # type: ignore[typeddict-item]  # DynamoDB's own field
    assert [reason["Code"] for reason in reasons] == ["None", "ValidationError"]


@pytest.mark.parametrize(
    ("why", "actions"),
    [
        ("nothing", []),
        ("101 actions", [a_put_action(str(each)) for each in range(101)]),
        ("an item twice", [a_put_action("E#1"), a_put_action("E#1")]),
        ("an item written and checked", [a_put_action("E#1"), {"Delete": {"TableName": "core", "Key": a_key("E#1")}}]),
        ("two verbs in one action", [{**a_put_action("E#1"), "Delete": {"TableName": "core", "Key": a_key("E#2")}}]),
        ("over 4 MB", [{"Put": a_put(of_size(400_000, str(each)))} for each in range(11)]),
        ("a check of nothing", [{"ConditionCheck": {"TableName": "core", "Key": a_key()}}]),
        ("a syntax error", [a_put_action("E#1"), {"Update": an_update("SET k =")}]),
    ],
)
def test_refuses_transactions(why: str, actions: list[Any]) -> None:
    assert refusal(tables_with(), "TransactWriteItems", a_transaction(*actions)) == "ValidationException", why


def test_takes_100_actions() -> None:
    tables = tables_with()

    tables.call("TransactWriteItems", a_transaction(*[a_put_action(str(each)) for each in range(100)]))

    assert len(tables.items("core")) == 100


class TestRequestTokens:
    """A transaction's token: honoured for ten minutes, of successes only."""

    def setup_method(self) -> None:
        self.now = 0
        self.tables = Engine([core()], now=lambda: self.now)

    def add(self, amount: int, token: str = "t") -> None:
        update = {"Update": an_update("ADD k :v", {":v": n(amount)})}
        self.tables.call("TransactWriteItems", a_transaction(update, ClientRequestToken=token))

    def k(self) -> str:
        return self.tables.items("core")["acme", "STATE"]["k"]["N"]

    @pytest.mark.parametrize(
        ("why", "token", "seconds", "expected"),
        [
            ("at once", "t", 0, "1"),
            ("just before ten minutes", "t", 599, "1"),
            ("after ten minutes it is forgotten", "t", 600, "2"),
            ("another token is another transaction", "u", 0, "2"),
        ],
    )
    def test_the_same_request_again(self, why: str, token: str, seconds: int, expected: str) -> None:
        self.add(1)
        self.now += seconds
        self.add(1, token)

        assert self.k() == expected, why

    def test_another_request_with_the_token_is_refused(self) -> None:
        self.add(1)

        with pytest.raises(ClientError, match="IdempotentParameterMismatchException"):
            self.add(2)

        assert self.k() == "1"

    def test_a_failure_is_not_remembered(self) -> None:
        request = a_transaction(a_refused_put("E#1"), ClientRequestToken="t")
        assert refusal(self.tables, "TransactWriteItems", request) == "TransactionCanceledException"

        self.tables.call("PutItem", a_put(an_item("E#1")))

        assert self.tables.call("TransactWriteItems", request) == {}


def test_a_transaction_reads_one_moment() -> None:
    tables = tables_with(an_item("a", k=n(1)))
    gets = [{"Get": {"TableName": "core", "Key": a_key(each)}} for each in ("a", "b")]

    assert tables.call("TransactGetItems", a_transaction(*gets)) == {"Responses": [{"Item": an_item("a", k=n(1))}, {}]}
    assert refusal(tables, "TransactGetItems", a_transaction(gets[0], gets[0])) == "ValidationException"


@pytest.mark.parametrize(
    ("why", "operation", "wanted"),
    [
        ("an item read twice", "BatchGetItem", {"Keys": [a_key(), a_key()]}),
        ("101 items read", "BatchGetItem", {"Keys": [a_key(str(each)) for each in range(101)]}),
        ("an item written twice", "BatchWriteItem", [{"PutRequest": {"Item": an_item()}}] * 2),
        ("26 items written", "BatchWriteItem", [{"DeleteRequest": {"Key": a_key(str(each))}} for each in range(26)]),
    ],
)
def test_refuses_batches(why: str, operation: str, wanted: Any) -> None:
    assert refusal(tables_with(), operation, {"RequestItems": {"core": wanted}}) == "ValidationException", why
