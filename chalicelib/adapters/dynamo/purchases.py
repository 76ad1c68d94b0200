"""Writing a purchase: within a commit, or by itself. Its state moves on once, and only from where it was read."""

from chalicelib.adapters.dynamo import records
from chalicelib.adapters.dynamo.records import account_pk, raw
from chalicelib.adapters.dynamo.transactions import Writer
from chalicelib.adapters.dynamo.wire import Request
from chalicelib.domain.credits import Purchase


def purchase_put(table: str, purchase: Purchase, was: str | None) -> Request:
    """The purchase, if its state is still `was`; None if it is not there."""
    put: Request = {"TableName": table, "Item": raw(records.purchase_item(purchase))}
    if was is None:
        return put | {"ConditionExpression": "attribute_not_exists(pk)"}
    return put | {
        "ConditionExpression": "#state = :was",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {":was": {"S": was}},
    }


def save_purchase(writer: Writer, table: str, purchase: Purchase, was: str | None, *, unless_erased: bool) -> None:
    """The purchase by itself; see deps.Store."""
    put = purchase_put(table, purchase, was)
    if not unless_erased:
        writer.put(put)
        return
    state = {"pk": {"S": account_pk(purchase.account)}, "sk": {"S": "S"}}
    writer.transact([put], [{"TableName": table, "Key": state, "ConditionExpression": "attribute_not_exists(er)"}])
