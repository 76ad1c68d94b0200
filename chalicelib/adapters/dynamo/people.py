"""The people of an account in DynamoDB: fits deps.People. Every read is consistent.

What changes with STATE is written by the store's commit, through `people_writes`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.adapters.dynamo import people_records as records
from chalicelib.adapters.dynamo.items import Core
from chalicelib.adapters.dynamo.reader import Reader
from chalicelib.adapters.dynamo.records import account_pk, raw
from chalicelib.adapters.dynamo.state import number
from chalicelib.adapters.dynamo.transactions import Writer
from chalicelib.adapters.dynamo.wire import Request
from chalicelib.deps import PeopleRecord
from chalicelib.domain.accounts import Member, State
from chalicelib.domain.invitations import OPEN, Invitation
from chalicelib.domain.periods import Instant
from chalicelib.domain.roles import Role

BEHIND, LAST = "!", "~"
"""Before and after every character that an id may hold."""


class DynamoPeople:
    """See deps.People for what each method promises."""

    def __init__(self, reader: Reader, writer: Writer, table: str) -> None:
        self._reader, self._writer, self._table = reader, writer, table

    def member(self, account: str, member: str) -> Member | None:
        item = self._get(account, f"U#{member}")
        return records.member_from(item) if item else None

    def members(self, account: str, *, after: str | None, limit: int) -> tuple[list[Member], str | None]:
        rows = self._page(account, f"U#{after}{BEHIND}" if after else "U#", "U#", limit)
        found = [records.member_from(row) for row in rows[:limit]]
        return found, found[-1].id if len(rows) > limit else None

    def role(self, account: str, role: str) -> Role | None:
        item = self._get(account, f"RO#{role}")
        return records.role_from(item) if item else None

    def roles(self, account: str) -> list[Role]:
        return [records.role_from(row) for row in self._reader.between(account_pk(account), "RO#", f"RO#{LAST}")]

    def invitation(self, account: str, invitation: str) -> Invitation | None:
        item = self._get(account, records.invitation_sk(invitation))
        return records.invitation_from(item) if item else None

    def invitation_to(self, state: State, email: str) -> Invitation | None:
        item = self._get(state.account, records.address_sk(state, email))
        return self.invitation(state.account, item["to"]["S"]) if item else None

    def invitations(
        self, account: str, *, now: Instant, after: str | None, limit: int
    ) -> tuple[list[Invitation], str | None]:
        # Of two places the later: what has expired since the last page is not shown.
        first = max(_open_from(now), records.open_sk(f"{after}{BEHIND}") if after else "")
        rows = self._page(account, first, "IX#", limit)
        found = self._invitations(account, rows[:limit])
        return found, rows[limit - 1]["sk"]["S"].removeprefix("IX#") if len(rows) > limit else None

    def invited(self, account: str, now: Instant) -> int:
        return self._reader.count(account_pk(account), _open_from(now), f"IX#{LAST}")

    def invites_to(self, account: str, role: str, now: Instant) -> bool:
        rows = self._reader.between(account_pk(account), _open_from(now), f"IX#{LAST}")
        return any(row["role"]["S"] == role for row in rows)

    def expired_by(self, account: str, at: Instant, limit: int) -> list[Invitation]:
        rows = self._reader.oldest(account_pk(account), "IX#", _open_from(at), limit)
        return self._invitations(account, rows)

    def save_tries(self, account: str, was: Invitation, invitation: Invitation) -> None:
        self._writer.update(
            {
                "TableName": self._table,
                "Key": {"pk": {"S": account_pk(account)}, "sk": {"S": records.invitation_sk(was.id)}},
                "UpdateExpression": "SET tries = :tries, #first = :first",
                "ConditionExpression": "tries = :had AND #first = :began",
                "ExpressionAttributeNames": {"#first": "first"},
                "ExpressionAttributeValues": {
                    ":tries": number(invitation.tries),
                    ":first": number(invitation.tried_from),
                    ":had": number(was.tries),
                    ":began": number(was.tried_from),
                },
            }
        )

    def _get(self, account: str, sk: str) -> dict[str, Any] | None:
        return self._reader.get(account_pk(account), sk, consistent=True)

    def _page(self, account: str, first: str, prefix: str, limit: int) -> list[dict[str, Any]]:
        """One row more than the page, which tells whether there is another."""
        return self._reader.oldest(account_pk(account), first, prefix + LAST, limit + 1)

    def _invitations(self, account: str, rows: Sequence[dict[str, Any]]) -> list[Invitation]:
        keys = [records.invitation_sk(row["sk"]["S"].split("#", 2)[2]) for row in rows]
        items = self._reader.both(account_pk(account), keys, consistent=True)
        found = [records.invitation_from(items[key]) for key in keys if key in items]
        return [each for each in found if each.state == OPEN]


def people_writes(
    table: str, state: State, people: Sequence[PeopleRecord], gone: Sequence[PeopleRecord]
) -> Iterator[Request]:
    """Each of them put, or taken away, wherever it stands."""
    taken = {item.sk: item for each in gone for item in _items(state, each)}
    for each in people:
        if isinstance(each, Invitation) and each.state != OPEN:
            taken |= {item.sk: item for item in _signposts(state, each)}
    put = {item.sk: item for each in people for item in _items(state, each)}
    yield from ({"TableName": table, "Item": raw(item)} for item in put.values())
    for sk in taken.keys() - put.keys():
        yield {"TableName": table, "Key": {"pk": {"S": account_pk(state.account)}, "sk": {"S": sk}}}


def _items(state: State, person: PeopleRecord) -> list[Core]:
    match person:
        case Member():
            return [records.member_item(state.account, person)]
        case Role():
            return [records.role_item(state.account, person)]
        case Invitation():
            more = _signposts(state, person) if person.state == OPEN else []
            return [records.invitation_item(state.account, person), *more]


def _signposts(state: State, invitation: Invitation) -> list[Core]:
    """Where it is found as long as it is open."""
    return [records.open_item(state.account, invitation), records.address_item(state, invitation)]


def _open_from(now: Instant) -> str:
    """Where those begin that expire after `now`."""
    return records.open_sk(f"{now + 1:012}")
