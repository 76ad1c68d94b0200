"""Everything of an account's partition, kind by kind, and the part of it that names people: fits deps.Dossiers.

What is in a partition is either shown here or only says again what another item says; a test looks for any other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from chalicelib.adapters.dynamo import hold_records, journal_records, people_records, records
from chalicelib.adapters.dynamo.entries import entries_from
from chalicelib.adapters.dynamo.items import DaysItem, ToldItem
from chalicelib.adapters.dynamo.reader import Reader
from chalicelib.adapters.dynamo.records import account_pk
from chalicelib.adapters.dynamo.state import meters_by_code, state_from
from chalicelib.adapters.dynamo.transactions import Writer
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.members import MOST_OWNERS
from chalicelib.domain.roles import OWNER

Raw = Mapping[str, Any]
Plain = dict[str, Any]

KINDS: Mapping[str, str] = {
    "S": "state", "PROFILE": "account", "U": "member", "RO": "role", "I": "invitation", "B": "purchase", "H": "hold",
    "R": "rule", "J": "adjustment", "E": "entry", "P": "period", "D": "days", "N": "notice", "L": "lots",
}  # fmt: skip
"""By what stands before the first # of the sort key."""
SAID_ELSEWHERE = frozenset({"W", "T", "G", "X", "IX", "IM"})
"""Who stands behind an entry is shown with it; the others are ways to find what is shown."""
OF_PEOPLE = ("U#", "RO#", "I#", "IX#", "IM#", "W#")

AT_ONCE = 500
"""Items that are read, and then erased, at once."""


class Dossiers:
    """See deps.Dossiers for what each method promises."""

    def __init__(self, reader: Reader, writer: Writer, table: str, catalogue: Catalogue) -> None:
        self._reader, self._writer, self._table, self._catalogue = reader, writer, table, catalogue
        self._plain: Mapping[str, Callable[[Raw], Plain]] = {
            "state": lambda item: asdict(state_from(item, catalogue)),
            "account": lambda item: asdict(records.profile_from(item)),
            "member": lambda item: asdict(people_records.member_from(item)),
            "role": lambda item: asdict(people_records.role_from(item)),
            "invitation": lambda item: asdict(people_records.invitation_from(item)),
            "purchase": lambda item: asdict(records.purchase_from(item)),
            "hold": lambda item: asdict(hold_records.hold_from(item, catalogue)),
            "rule": lambda item: asdict(records.rule_from(item)),
            # Its reason stands beside its entry, and is shown there.
            "adjustment": lambda item: _but(asdict(records.adjustment_from(item)), "reason"),
            "period": lambda item: asdict(journal_records.period_from(item, catalogue)),
            "days": self._days,
            "notice": _notices,
            "lots": lambda item: {"lots": [asdict(lot) for lot in journal_records.lots_from(item)[1]]},
        }

    def page(self, account: str, after: str | None) -> tuple[list[tuple[str, Raw]], str | None]:
        request: Plain = {
            "KeyConditionExpression": "pk = :a" + (" AND sk > :after" if after else ""),
            "ExpressionAttributeValues": {":a": {"S": account_pk(account)}}
            | ({":after": {"S": after}} if after else {}),
            "ConsistentRead": True,
        }
        answer = self._reader.call("Query", {"TableName": self._table, **request})
        last = answer.get("LastEvaluatedKey")
        return list(self._shown(answer["Items"])), last["sk"]["S"] if last else None

    def erase_people(self, account: str, most: int) -> bool:
        left = most
        for prefix in OF_PEOPLE:
            while rows := self._going(account, prefix, min(left, AT_ONCE)):
                gone = [{"DeleteRequest": {"Key": {name: row[name] for name in ("pk", "sk")}}} for row in rows]
                self._writer.batch(self._table, gone)
                left -= len(rows)
                if left == 0:
                    return False
        return True

    def _going(self, account: str, prefix: str, limit: int) -> list[dict[str, Any]]:
        rows = self._reader.first(account_pk(account), prefix, limit + MOST_OWNERS)
        return [row for row in rows if prefix != "U#" or people_records.member_from(row).role != OWNER][:limit]

    def _shown(self, items: Sequence[Raw]) -> Iterator[tuple[str, Raw]]:
        entries = [item for item in items if kind_of(item) == "entry"]
        whole = (
            {entry.number: entry for entry in entries_from(self._reader, entries, self._catalogue)} if entries else {}
        )
        for item in items:
            kind = kind_of(item)
            if kind == "entry":
                yield kind, asdict(whole[int(item["n"]["N"])])
            elif kind is not None:
                yield kind, self._plain[kind](item)

    def _days(self, item: Raw) -> Plain:
        names = meters_by_code(self._catalogue)
        stored = DaysItem.from_raw_data(dict(item)).d
        sums = {(int(day), names[code]): both for day, meters in stored.items() for code, both in meters.items()}
        return {"sums": sums}


def _but(fields: Plain, name: str) -> Plain:
    return {each: value for each, value in fields.items() if each != name}


def kind_of(item: Raw) -> str | None:
    """What the item is shown as; None for what says something again. Raises KeyError for what nobody has thought of."""
    name = item["sk"]["S"].partition("#")[0]
    return None if name in SAID_ELSEWHERE else KINDS[name]


def _notices(item: Raw) -> Plain:
    row = ToldItem.from_raw_data(dict(item))
    return {"at": int(row.at), "notices": list(row.no)}
