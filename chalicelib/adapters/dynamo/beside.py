"""What a commit writes beside STATE and its entry: each part becomes the puts and deletes of one transaction."""

from collections.abc import Iterator

from chalicelib.adapters.dynamo import hold_records, records
from chalicelib.adapters.dynamo.items import Core
from chalicelib.adapters.dynamo.keys import key_writes
from chalicelib.adapters.dynamo.people import people_writes
from chalicelib.adapters.dynamo.purchases import purchase_put
from chalicelib.adapters.dynamo.records import raw
from chalicelib.adapters.dynamo.wire import Request
from chalicelib.deps import Beside
from chalicelib.domain.accounts import State
from chalicelib.domain.catalogue import Catalogue
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
