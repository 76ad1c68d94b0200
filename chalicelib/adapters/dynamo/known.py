"""Which event ids are counted already, found in the entries of the window; exact, or None.

Reads may be stale, so what was read must be every entry up to the number in the state, without a gap; else it is read
again, the last time consistently.
"""

from typing import Any

from chalicelib.adapters.dynamo.identities import Cache, Log
from chalicelib.adapters.dynamo.items import EntryItem
from chalicelib.adapters.dynamo.journal_records import entry_sk, unpack
from chalicelib.adapters.dynamo.records import account_pk
from chalicelib.adapters.dynamo.wire import Request
from chalicelib.domain.accounts import State
from chalicelib.domain.periods import Instant, day_of
from chalicelib.domain.usage import WINDOW

FIELDS = "n, y, b, ids"


def log_of(state: State, now: Instant, cache: Cache, query: Any, table: str) -> Log | None:
    """The account's log up to the state's last closed entry, or None: the state itself must be read again.

    `query(request)` gives all rows of a query.
    """
    oldest = _oldest(now)
    log = cache.log(state.account)
    if log is not None and log.oldest != oldest:
        cache.drop_log(state.account)
        log = None
    for consistent in (False, False, True):
        if log is not None and log.entries >= state.entries:
            return log
        start = entry_sk(log.day, log.entries) if log else f"E#{oldest:05}"
        rows = query(_request(state.account, start, table, consistent=consistent))
        log = _extended(log, rows, state, oldest) or log
        if log is not None:
            cache.keep(state.account, log)
    return log if log is not None and log.entries >= state.entries else None


def first_request(account: str, now: Instant, table: str) -> Request:
    """Asks for the window's entries of an account of which nothing is known yet."""
    return _request(account, f"E#{_oldest(now):05}", table, consistent=False)


def begin_log(state: State, rows: list[dict[str, Any]], now: Instant, cache: Cache) -> None:
    """Keeps the log of these entries, unless they and the state do not belong together."""
    log = _extended(None, rows, state, _oldest(now))
    if log is not None:
        cache.keep(state.account, log)


def _oldest(now: Instant) -> int:
    """A day more than the window, because an entry is filed under the day it was closed by the writer's clock."""
    return day_of(now - WINDOW) - 1


def _request(account: str, start: str, table: str, *, consistent: bool) -> Request:
    return {
        "TableName": table,
        "KeyConditionExpression": "pk = :a AND sk BETWEEN :from AND :to",
        "ExpressionAttributeValues": {
            ":a": {"S": account_pk(account)},
            ":from": {"S": start},
            ":to": {"S": "E#~"},
        },
        "ProjectionExpression": FIELDS,
        "ConsistentRead": consistent,
    }


def _extended(log: Log | None, rows: list[dict[str, Any]], state: State, oldest: int) -> Log | None:
    """The log with these rows, or None if one is missing at the head or between."""
    numbers = [int(row["n"]["N"]) for row in rows]
    if log is None:
        if rows and numbers[0] and int(rows[0]["b"]["N"]) >= oldest:
            return None
        if not rows and state.day >= oldest:
            return None
        log = Log(oldest, numbers[0] if rows else state.entries, state.day)
    if numbers != list(range(log.entries, log.entries + len(rows))):
        return None
    for number, row in zip(numbers, rows, strict=True):
        ids = EntryItem.ids.deserialize(row["ids"]["B"]) if "ids" in row else None
        log.add(unpack(ids), number + 1, int(row["y"]["N"]))
    return log
