"""Entries written with who stands behind them, and read with them again, which costs only where there is somebody.

Who bought a pack is said by the purchase already.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.adapters.dynamo.items import WhoItem
from chalicelib.adapters.dynamo.journal_records import entry_from, entry_item
from chalicelib.adapters.dynamo.reader import Reader
from chalicelib.adapters.dynamo.records import account_pk, purchase_from, raw
from chalicelib.adapters.dynamo.wire import Request
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.credits import Purchase
from chalicelib.domain.erasable import NOBODY, Who, acting, is_marked, joined, split, unnamed
from chalicelib.domain.journal import Entry

Raw = Mapping[str, Any]


def entry_writes(
    table: str, entry: Entry, catalogue: Catalogue, bought: Purchase | None = None, *, is_named: bool = True
) -> Iterator[Request]:
    """The entry, and beside it whoever is behind it: not of an erased account, where nobody is named any more.

    `bought` is the purchase that is written with it, which says itself who bought.
    """
    marked, who = split(entry if is_named else unnamed(entry))
    yield {"TableName": table, "Item": raw(entry_item(marked, catalogue))}
    if who not in (NOBODY, _buyer(bought) if bought and bought.cause == entry.cause else NOBODY):
        item = WhoItem(account_pk(entry.account), _sk(entry), who=who.member, why=who.why, of=list(who.of) or None)
        yield {"TableName": table, "Item": raw(item)}


def entries_from(reader: Reader, rows: Sequence[Raw], catalogue: Catalogue) -> list[Entry]:
    """The entries of these items, all of one account and consistently read, as whole as they still are."""
    entries = [entry_from(row, catalogue) for row in rows]
    beside = [sk for entry in entries if is_marked(entry) for sk in (_sk(entry), *_purchase_sk(entry))]
    found = reader.both(account_pk(entries[0].account), list(dict.fromkeys(beside)), consistent=True) if beside else {}
    return [joined(entry, _who(entry, found)) for entry in entries]


def _sk(entry: Entry) -> str:
    return f"W#{entry.number:09}"


def _purchase_sk(entry: Entry) -> list[str]:
    kind, _, purchase = entry.cause.partition(":")
    return [f"B#{purchase}"] if kind == "purchase" else []


def _who(entry: Entry, found: Mapping[str, Raw]) -> Who:
    item = found.get(_sk(entry))
    if item is not None:
        row = WhoItem.from_raw_data(dict(item))
        return Who(row.who, row.why, tuple(row.of or ()))
    bought = next((purchase_from(found[sk]) for sk in _purchase_sk(entry) if sk in found), None)
    return _buyer(bought) if bought and is_marked(entry) else NOBODY


def _buyer(bought: Purchase) -> Who:
    return Who(acting(bought.actor))
