"""The API keys in DynamoDB: fits deps.Keys.

Each secret is an item of its own, found by its digest and kept for ever, revoked or not: who made and who ended it
stands there. One partition lists the keys that were not revoked, another has those that were, and each account has one
of its own that were.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.adapters.dynamo.claims import outcome_writes
from chalicelib.adapters.dynamo.items import KeyItem, KeyRowItem
from chalicelib.adapters.dynamo.reader import Reader
from chalicelib.adapters.dynamo.records import raw
from chalicelib.adapters.dynamo.state import number
from chalicelib.adapters.dynamo.tables import Tables
from chalicelib.adapters.dynamo.transactions import Writer
from chalicelib.adapters.dynamo.wire import Request
from chalicelib.deps.keys import KeyRow
from chalicelib.domain.finished import Finished
from chalicelib.domain.key_changes import Held, KeyChange
from chalicelib.domain.keys import ApiKey, unnamed
from chalicelib.domain.periods import Instant

LIST, ENDED = "KEYS", "KEYS#ENDED"


class DynamoKeys:
    """See deps.Keys for what each method promises."""

    def __init__(self, reader: Reader, writer: Writer, tables: Tables) -> None:
        self._reader, self._writer, self._table, self._ephemeral = reader, writer, tables.core, tables.ephemeral

    def find(self, digest: str) -> ApiKey | None:
        item = self._reader.get(_secret_pk(digest), "K", consistent=True)
        return key_from(item) if item else None

    def rows(self) -> list[KeyRow]:
        return [_row_from(item) for item in self._reader.between(LIST, " ", "~")]

    def read(self, rows: Sequence[KeyRow]) -> list[Held]:
        wanted = [_secret_key(digest) for row in rows for digest in row.digests]
        items = self._reader.batch(self._table, wanted, consistent=True)
        found = {key.digest: key for key in map(key_from, items)}
        secrets = [[found[digest] for digest in row.digests if digest in found] for row in rows]
        return [Held(*each) for each in secrets if each]

    def held(self, key: str) -> Held | None:
        return self._listed(LIST, key)

    def ended(self, key: str) -> Held | None:
        return self._listed(ENDED, key)

    def of(self, account: str) -> list[Held]:
        own = [_row_from(item) for item in self._reader.between(_ended_of(account), " ", "~")]
        return self.read([*(row for row in self.rows() if row.account == account), *own])

    def unname(self, held: Held) -> None:
        for key in held.secrets:
            if key != unnamed(key):
                self._writer.put({"TableName": self._table, "Item": raw(key_item(unnamed(key)))})

    def _listed(self, where: str, key: str) -> Held | None:
        item = self._reader.get(where, key, consistent=True)
        return next(iter(self.read([_row_from(item)])), None) if item else None

    def write(self, change: KeyChange, finished: Finished | None = None, now: Instant = 0) -> None:
        writes = [*key_writes(self._table, change), *outcome_writes(self._ephemeral, finished, now)]
        self._writer.transact(writes, key_checks(self._table, change))

    def note_use(self, key: ApiKey, day: int) -> None:
        self._writer.update(
            {
                "TableName": self._table,
                "Key": _secret_key(key.digest),
                "UpdateExpression": "SET used = :day",
                "ConditionExpression": "attribute_exists(pk)",
                "ExpressionAttributeValues": {":day": number(day)},
            }
        )


def key_writes(table: str, change: KeyChange) -> Iterator[Request]:
    """All of its secrets, and its row in the list if the row is still the one that was read."""
    for secret in change.secrets:
        yield {"TableName": table, "Item": raw(key_item(secret))}
    condition: Request = {"ConditionExpression": "attribute_not_exists(pk)"}
    if change.was is not None:
        condition = {
            "ConditionExpression": "newest = :was",
            "ExpressionAttributeValues": {":was": {"S": change.was.newest.digest}},
        }
    if change.held is None:
        ended = Held(*change.ended)
        for where in (ENDED, *(_ended_of(account) for account in [ended.newest.account] if account)):
            yield {"TableName": table, "Item": raw(_row_item(where, ended))}
        yield {"TableName": table, "Key": {"pk": {"S": LIST}, "sk": {"S": change.id}}, **condition}
    else:
        yield {"TableName": table, "Item": raw(_row_item(LIST, change.held)), **condition}


def key_checks(table: str, change: KeyChange | None) -> list[Request]:
    """That the key which asks is as it was read; where it changes itself, its row in the list says so."""
    own = change.asked_by if change else None
    if change is None or own is None or own.digest in {secret.digest for secret in change.secrets}:
        return []
    read, names = raw(key_item(own)), ("revoked", "expires", "op")
    terms = [f"{name} = :{name}" if name in read else f"attribute_not_exists({name})" for name in names]
    return [
        {
            "TableName": table,
            "Key": _secret_key(own.digest),
            "ConditionExpression": " AND ".join(terms),
            "ExpressionAttributeValues": {f":{name}": read[name] for name in names if name in read},
        }
    ]


def key_item(key: ApiKey) -> KeyItem:
    return KeyItem(
        _secret_pk(key.digest),
        "K",
        id=key.id or None,
        name=key.name,
        prefix=key.prefix,
        scopes=sorted(key.scopes),
        account=key.account,
        member=key.requires_member,
        created=key.created,
        by=key.by or None,
        expires=key.expires_at,
        used=key.used,
        revoked=key.revoked,
        ended_by=key.ended_by,
        op=key.operation or None,
    )


def key_from(item: Mapping[str, Any]) -> ApiKey:
    row = KeyItem.from_raw_data(dict(item))
    return ApiKey(
        digest=row.pk[2:],
        name=row.name,
        prefix=row.prefix,
        scopes=frozenset(row.scopes),
        account=row.account,
        requires_member=row.member,
        expires_at=_whole(row.expires),
        revoked=row.revoked,
        id=row.id or row.pk[2:],
        created=int(row.created or 0),
        by=row.by or "",
        used=_whole(row.used),
        ended_by=row.ended_by,
        operation=row.op or "",
    )


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _row_item(where: str, held: Held) -> KeyRowItem:
    key, older = held.newest, held.older
    return KeyRowItem(
        where,
        key.id,
        newest=key.digest,
        older=older.digest if older else None,
        account=key.account,
        created=key.created,
    )


def _row_from(item: Mapping[str, Any]) -> KeyRow:
    row = KeyRowItem.from_raw_data(dict(item))
    digests = (row.newest,) if row.older is None else (row.newest, row.older)
    return KeyRow(row.sk, row.account, int(row.created), digests)


def _ended_of(account: str) -> str:
    return f"{ENDED}#{account}"


def _secret_pk(digest: str) -> str:
    return f"K#{digest}"


def _secret_key(digest: str) -> Request:
    return {"pk": {"S": _secret_pk(digest)}, "sk": {"S": "K"}}
