"""The journal's projections in DynamoDB: fits deps.Projections.

Recent days are one item, written once for each closed entry, so it stays small; the past lies in stretches of 32 days,
touched every few days. Both are guarded by how many entries the recent item has in it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from chalicelib.adapters.dynamo.entries import entries_from
from chalicelib.adapters.dynamo.items import DaysItem, ToldItem
from chalicelib.adapters.dynamo.journal_records import entry_item
from chalicelib.adapters.dynamo.reader import Reader
from chalicelib.adapters.dynamo.records import account_pk, raw
from chalicelib.adapters.dynamo.state import codes_by_meter, meters_by_code, number
from chalicelib.adapters.dynamo.tables import Tables
from chalicelib.adapters.dynamo.transactions import Writer
from chalicelib.adapters.dynamo.wire import Request
from chalicelib.deps.projections import Told
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.days import Days, DaySums, merged
from chalicelib.domain.erasable import split
from chalicelib.domain.history import lines_of
from chalicelib.domain.journal import Entry
from chalicelib.domain.notices import Notice

STRETCH = 32
"""Days in one item of the past."""


class DynamoProjections:
    """See deps.Projections for what each method promises."""

    def __init__(self, tables: Tables, catalogue: Catalogue) -> None:
        self._reader, self._writer = Reader(tables.wire, tables.core), Writer(tables.wire, tables.sleep)
        self._core, self._catalogue = tables.core, catalogue

    def days(self, account: str, *, consistent: bool = True) -> Days:
        item = self._reader.get(account_pk(account), "D", consistent=consistent)
        if item is None:
            return Days(account)
        row = DaysItem.from_raw_data(item)
        return Days(account, int(row.n), self._sums(row.d))

    def past_days(self, account: str, first: int, last: int) -> tuple[DaySums, int]:
        rows = self._reader.between(account_pk(account), _stretch_sk(first), _stretch_sk(last))
        sums, entries = dict[tuple[int, str], tuple[int, int]](), 0
        for item in rows:
            row = DaysItem.from_raw_data(item)
            sums |= self._sums(row.d)
            entries = max(entries, int(row.n))
        return sums, entries

    def save_days(self, was: Days, days: Days, past: DaySums) -> None:
        put = self._days_put(days.account, "D", days.entries, days.recent)
        if was.entries:
            put |= {"ConditionExpression": "n = :was", "ExpressionAttributeValues": {":was": number(was.entries)}}
        else:
            put |= {"ConditionExpression": "attribute_not_exists(pk)"}
        if past:
            self._writer.transact([put, *self._past_puts(days, past)])
        else:
            self._writer.put(put)

    def keep(self, entries: Sequence[Entry]) -> None:
        self._writer.batch(
            self._core, [{"PutRequest": {"Item": item}} for each in entries for item in self._kept(each)]
        )

    def _kept(self, entry: Entry) -> Iterator[Request]:
        if entry.notices:
            said = [asdict(notice) for notice in entry.notices]
            yield raw(ToldItem(account_pk(entry.account), _told_sk(entry.number), at=entry.at, no=said))
        marked, _ = split(replace(entry, ids=frozenset(), notices=(), changed={}))
        if lines_of(entry):
            yield self._copy(_credited_sk(entry.number), replace(marked, touched=()))
        if entry.is_logged:
            yield self._copy(_logged_sk(entry.number), replace(marked, sums={}, gauges={}))

    def _copy(self, sk: str, entry: Entry) -> Request:
        return raw(entry_item(entry, self._catalogue)) | {"sk": {"S": sk}}

    def credited(self, account: str, before: int, limit: int) -> list[Entry]:
        return self._copies(account, _credited_sk, before, limit)

    def logged(self, account: str, before: int, limit: int) -> list[Entry]:
        return self._copies(account, _logged_sk, before, limit)

    def _copies(self, account: str, sk: Callable[[int], str], before: int, limit: int) -> list[Entry]:
        if before == 0:
            return []
        rows = self._reader.newest(account_pk(account), sk(0), sk(before - 1), limit)
        return entries_from(self._reader, rows, self._catalogue)

    def told(self, account: str, before: int, limit: int) -> list[Told]:
        if before == 0:
            return []
        rows = self._reader.newest(account_pk(account), _told_sk(0), _told_sk(before - 1), limit)
        return [_told(ToldItem.from_raw_data(item)) for item in rows]

    def _past_puts(self, days: Days, past: DaySums) -> list[Request]:
        """The stretches with what is added to them, as they were read: the condition on the recent days guards them."""
        puts: list[Request] = []
        for stretch in sorted({day // STRETCH for day, _ in past}):
            own = {key: both for key, both in past.items() if key[0] // STRETCH == stretch}
            first = stretch * STRETCH
            before, _ = self.past_days(days.account, first, first)
            sums = merged(before, own, self._catalogue)
            puts.append(self._days_put(days.account, _stretch_sk(first), days.entries, sums))
        return puts

    def _days_put(self, account: str, sk: str, entries: int, sums: DaySums) -> Request:
        codes = codes_by_meter(self._catalogue)
        stored: dict[int, dict[str, tuple[int, int]]] = {}
        for (day, meter), both in sums.items():
            stored.setdefault(day, {})[codes[meter]] = both
        return {"TableName": self._core, "Item": raw(DaysItem(account_pk(account), sk, n=entries, d=stored))}

    def _sums(self, stored: Mapping[str, Mapping[str, list[int]]]) -> dict[tuple[int, str], tuple[int, int]]:
        names = meters_by_code(self._catalogue)
        return {
            (int(day), names[code]): (quantity, credits)
            for day, meters in stored.items()
            for code, (quantity, credits) in meters.items()
        }


def _stretch_sk(day: int) -> str:
    return f"D#{day // STRETCH:05}"


def _credited_sk(number: int) -> str:
    return f"T#{number:09}"


def _logged_sk(number: int) -> str:
    return f"G#{number:09}"


def _told_sk(number: int) -> str:
    return f"N#{number:09}"


def _told(row: Any) -> Told:
    return Told(int(row.sk[2:]), int(row.at), [Notice(**notice) for notice in row.no])
