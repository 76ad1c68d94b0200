"""What a commit writes beside STATE and its entry: each part becomes the puts and deletes of one transaction.

A purchase is written by itself, too.
"""

from collections.abc import Iterator

from chalicelib.adapters.dynamo import hold_records, records
from chalicelib.adapters.dynamo.items import Core
from chalicelib.adapters.dynamo.keys import key_writes
from chalicelib.adapters.dynamo.people import people_writes
from chalicelib.adapters.dynamo.records import account_pk, raw
from chalicelib.adapters.dynamo.transactions import Writer
from chalicelib.adapters.dynamo.wire import Request
from chalicelib.deps import Beside
from chalicelib.domain.accounts import State
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.credits import Purchase
from chalicelib.domain.holds import OPEN, Hold
from chalicelib.domain.purchases import unnamed


def beside_writes(table: str, state: State, beside: Beside, catalogue: Catalogue) -> Iterator[Request]:
    """No conditions but the purchase's and the key's: the rest changes only with STATE, whose version tells of it."""
    account = state.account
    yield from people_writes(table, state, beside.people, beside.people_gone)
    if beside.key is not None:
        yield from key_writes(table, beside.key)
    for hold in beside.holds:
        yield from _hold_writes(table, account, hold, catalogue)
    if beside.purchase is not None:
        # Whoever settles one may have read it before it was erased who bought it.
        bought = beside.purchase if state.erased is None else unnamed(beside.purchase)
        yield purchase_put(table, bought, beside.purchase_was)
    if beside.rule is not None:
        yield _put(table, records.rule_item(account, beside.rule))
    if beside.adjustment is not None:
        yield _put(table, records.adjustment_item(account, beside.adjustment))


def purchase_put(table: str, purchase: Purchase, was: str | None) -> Request:
    """The purchase, if its state is still `was`; None if it is not there."""
    put = _put(table, records.purchase_item(purchase))
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


def _hold_writes(table: str, account: str, hold: Hold, catalogue: Catalogue) -> Iterator[Request]:
    """The hold, and beside it where it expires, as long as it is open."""
    expiry = raw(hold_records.expiry_item(account, hold))
    yield _put(table, hold_records.hold_item(account, hold, catalogue))
    if hold.state == OPEN:
        yield {"TableName": table, "Item": expiry}
    else:
        yield {"TableName": table, "Key": {name: expiry[name] for name in ("pk", "sk")}}


def _put(table: str, item: Core) -> Request:
    return {"TableName": table, "Item": raw(item)}
