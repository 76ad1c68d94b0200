"""The accounts in DynamoDB: fits deps.Store. One method is one atomic write, or one read.

What is written together goes through `commit`: STATE under the condition of its version, the entry that closes, and
whatever belongs to the change.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.adapters.dynamo import (
    fences,
    hold_records,
    identities,
    inbox,
    journal_records,
    known,
    people_records,
    records,
)
from chalicelib.adapters.dynamo.beside import beside_writes
from chalicelib.adapters.dynamo.claims import Claims, outcome_writes
from chalicelib.adapters.dynamo.dossiers import Dossiers
from chalicelib.adapters.dynamo.entries import entries_from, entry_writes
from chalicelib.adapters.dynamo.identities import Cache
from chalicelib.adapters.dynamo.items import Core, PointerItem
from chalicelib.adapters.dynamo.keys import DynamoKeys, key_checks
from chalicelib.adapters.dynamo.people import DynamoPeople
from chalicelib.adapters.dynamo.purchases import save_purchase
from chalicelib.adapters.dynamo.reader import Reader
from chalicelib.adapters.dynamo.records import account_pk, raw
from chalicelib.adapters.dynamo.state import SHARDS, number, state_from, state_item
from chalicelib.adapters.dynamo.sweeps import Sweeps
from chalicelib.adapters.dynamo.tables import Tables
from chalicelib.adapters.dynamo.transactions import Writer
from chalicelib.adapters.dynamo.usage import ROOM, usage_request
from chalicelib.adapters.dynamo.wire import Request
from chalicelib.deps import NOTHING, Beside, Known
from chalicelib.domain.accounts import ClosedPeriod, Member, Profile, State
from chalicelib.domain.adjustments import Adjustment
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.credits import Lot, Purchase
from chalicelib.domain.finished import Finished
from chalicelib.domain.holds import Hold
from chalicelib.domain.journal import ENTRIES, Change, Entry
from chalicelib.domain.periods import Instant
from chalicelib.domain.recharge import Rule
from chalicelib.domain.usage import WINDOW
from chalicelib.errors import ConditionFailed
from chalicelib.messages import DueMessage, StripeEventMessage

PERIODS, MOST_PERIODS = 4, 40
"""Closed periods that are read: months, of which three reach the window at most; else all that were cut short in it."""


class DynamoStore:
    """See deps.Store for what each method promises."""

    def __init__(
        self, tables: Tables, catalogue: Catalogue, *, room: int = ROOM, most_ids: int = identities.IDS_IN_WINDOW
    ) -> None:
        self._core, self._ephemeral, self._at_once = tables.core, tables.ephemeral, tables.at_once
        self._catalogue, self._room, self._most_ids, self._cache = catalogue, room, most_ids, Cache()
        self._reader, self._writer = Reader(tables.wire, tables.core), Writer(tables.wire, tables.sleep)
        self.people = DynamoPeople(self._reader, self._writer, self._core)
        self.spent = tables.spent
        self.keys = DynamoKeys(self._reader, self._writer, tables)
        self.sweeps = Sweeps(self._reader, self._writer, self._core)
        self.claims = Claims(self._reader, self._writer, self._ephemeral)
        self.dossiers = Dossiers(self._reader, self._writer, self._core, catalogue)

    # -- accounts

    def cached(self, account: str) -> State | None:
        return self._cache.state(account)

    def state(self, account: str, *, consistent: bool = False) -> State | None:
        item = self._reader.get(account_pk(account), "S", consistent=consistent)
        return self._state(item) if item else None

    def met(self, account: str, now: Instant) -> State | None:
        request = known.first_request(account, now, self._core)
        jobs: list[Callable[[], Any]] = [lambda: self.state(account), lambda: self._reader.query(request)]
        state, rows = self._at_once(jobs)
        if state is not None:
            known.begin_log(state, rows, now, self._cache)
        return state

    def account(self, account: str, *, consistent: bool = False) -> tuple[State, Profile] | None:
        found = self._reader.both(account_pk(account), ("S", "PROFILE"), consistent=consistent)
        both = len(found) == 2
        return (self._state(found["S"]), records.profile_from(found["PROFILE"])) if both else None

    def open_account(
        self, state: State, profile: Profile, entry: Entry, owner: Member, finished: Finished | None = None
    ) -> None:
        first = self._put(state_item(state, self._catalogue), "attribute_not_exists(pk)")
        others = (records.profile_item(profile, 0), people_records.member_item(state.account, owner))
        puts = [first, *entry_writes(self._core, entry, self._catalogue), *(self._put(raw(item)) for item in others)]
        self._writer.transact([*puts, *outcome_writes(self._ephemeral, finished, profile.created)])
        self._cache.remember(state)

    def save_profile(self, profile: Profile) -> Profile:
        self._writer.put(self._profile_put(profile))
        return replace(profile, version=profile.version + 1)

    def attach_customer(self, profile: Profile, stripe_customer_id: str) -> Profile:
        pointer = PointerItem(f"C#{stripe_customer_id}", "C", account=profile.account)
        profile = replace(profile, stripe_customer_id=stripe_customer_id)
        self._writer.transact([self._profile_put(profile), self._put(raw(pointer))])
        return replace(profile, version=profile.version + 1)

    def commit(
        self,
        change: Change,
        *,
        profile: Profile | None = None,
        beside: Beside = NOTHING,
        usage: bool = False,
    ) -> State:
        after, entry = change.finished(self._catalogue)
        terms, values = ["v = :v"], {":v": number(change.before.version)}
        if usage:
            terms.append(fences.NOT_FENCED)
            values[":now"] = number(change.now)
        puts = [self._put(state_item(after, self._catalogue), " AND ".join(terms), values)]
        puts += entry_writes(self._core, entry, self._catalogue, beside.purchase, is_named=after.erased is None)
        puts += [self._period_put(change, closed) for closed in change.periods.values()]
        if change.lots is not None and after.lots_version is not None:
            puts.append(self._put(raw(journal_records.lots_item(after.account, after.lots_version, change.lots))))
        if profile is not None:
            puts.append(self._profile_put(profile))
        puts += beside_writes(self._core, after, beside, self._catalogue)
        puts += outcome_writes(self._ephemeral, beside.finished, change.now)
        self._writer.transact(puts, key_checks(self._core, beside.key))
        log = self._cache.log(after.account)
        if log is not None and log.entries == entry.number:
            log.add(entry.ids, entry.number + 1, entry.day)
            self._cache.keep(after.account, log)
        return self._cache.remember(after)

    def count(self, change: Change, *, asked: bool) -> State | None:
        request = usage_request(change, self._core, self._catalogue, asked=asked, room=self._room)
        return self._state(self._writer.update(request)) if request else None

    def current_state(self, error: Exception) -> State | None:
        item = error.items.get(0) if isinstance(error, ConditionFailed) else None
        return self._state(item) if item and "v" in item and "ps" in item else None

    def fence(self, account: str, until: Instant) -> None:
        self._writer.update(fences.fence_request(self._core, account, until))

    def lift(self, account: str) -> None:
        self._writer.update(fences.lift_request(self._core, account))

    def wait(self, seconds: float) -> None:
        self._writer.sleep(seconds)

    # -- usage

    def identities(self, state: State, ids: Sequence[str]) -> list[bytes]:
        return identities.identify(state.salt, ids)

    def known(self, state: State, identities: Iterable[bytes], now: Instant) -> Known | None:
        log = known.log_of(state, now, self._cache, self._reader.query, self._core)
        if log is None:
            return None
        found = frozenset(each for each in identities if each in state.open_ids or log.holds(each))
        return Known(found, self._most_ids - log.count - len(state.open_ids))

    def closed_periods(self, account: str, *, consistent: bool = False) -> list[ClosedPeriod]:
        found = self._periods(account, "P#~", PERIODS, consistent=consistent)
        if len(found) == PERIODS and found[-1].period.start > found[0].period.end - WINDOW:
            found = self._periods(account, "P#~", MOST_PERIODS, consistent=consistent)
        return found

    def closed_period(self, account: str, at: Instant) -> ClosedPeriod | None:
        return next(iter(self._periods(account, f"P#{at:012}", 1, consistent=True)), None)

    def _periods(self, account: str, last: str, limit: int, *, consistent: bool) -> list[ClosedPeriod]:
        rows = self._reader.newest(account_pk(account), "P#", last, limit, consistent=consistent)
        return [journal_records.period_from(row, self._catalogue) for row in rows]

    # -- credits and history

    def lots(self, state: State) -> tuple[Lot, ...] | None:
        if state.lots_version is None:
            return ()
        for consistent in (False, True):
            item = self._reader.get(account_pk(state.account), "L", consistent=consistent)
            version, lots = journal_records.lots_from(item) if item else (None, ())
            if version == state.lots_version:
                return lots
        return None

    def entries(self, account: str, *, before: int | None, limit: int) -> list[Entry]:
        last = journal_records.entry_sk(*divmod(before - 1, ENTRIES)) if before else "E#~"
        rows = self._reader.newest(account_pk(account), "E#", last, limit)
        return entries_from(self._reader, rows, self._catalogue)

    def hold(self, account: str, hold: str) -> Hold | None:
        item = self._reader.get(account_pk(account), hold_records.hold_sk(hold), consistent=True)
        return hold_records.hold_from(item, self._catalogue) if item else None

    def holds_expiring(self, account: str, limit: int) -> list[Hold]:
        rows = self._reader.first(account_pk(account), "X#", limit)
        keys = [hold_records.hold_sk(row["sk"]["S"].split("#", 2)[2]) for row in rows]
        found = self._reader.both(account_pk(account), keys, consistent=True)
        return [hold_records.hold_from(found[key], self._catalogue) for key in keys if key in found]

    def purchase(self, account: str, purchase: str, *, consistent: bool = False) -> Purchase | None:
        item = self._reader.get(account_pk(account), f"B#{purchase}", consistent=consistent)
        return records.purchase_from(item) if item else None

    def purchases(self, account: str) -> list[Purchase]:
        return [records.purchase_from(row) for row in self._reader.between(account_pk(account), "B#", "B#~")]

    def rule(self, account: str, *, consistent: bool = False) -> Rule | None:
        item = self._reader.get(account_pk(account), "R", consistent=consistent)
        return records.rule_from(item) if item else None

    def save_purchase(self, purchase: Purchase, *, was: str | None, unless_erased: bool = False) -> None:
        save_purchase(self._writer, self._core, purchase, was, unless_erased=unless_erased)

    def adjustment(self, account: str, adjustment: str) -> Adjustment | None:
        item = self._reader.get(account_pk(account), f"J#{adjustment}", consistent=True)
        return records.adjustment_from(item) if item else None

    def adjustments(self, account: str) -> list[Adjustment]:
        return [records.adjustment_from(row) for row in self._reader.between(account_pk(account), "J#", "J#~")]

    # -- who and when

    def account_of_customer(self, stripe_customer_id: str) -> str | None:
        # An event may be handled right after the customer was made: a read that misses it would lose the event.
        item = self._reader.get(f"C#{stripe_customer_id}", "C", consistent=True)
        return item["account"]["S"] if item else None

    def due(self, now: Instant, limit: int) -> list[DueMessage]:
        found: list[DueMessage] = []
        for shard in range(SHARDS):
            rows = self._reader.query(
                {
                    "IndexName": "due",
                    "KeyConditionExpression": "ds = :shard AND due <= :now",
                    "ExpressionAttributeValues": {":shard": number(shard), ":now": number(now)},
                    "Limit": limit,
                }
            )
            found += [DueMessage(row["pk"]["S"][2:], int(row["due"]["N"])) for row in rows]
        return found

    # -- Stripe's events

    def note_event(self, event: StripeEventMessage, now: Instant) -> bool:
        return inbox.note(self._writer, self._ephemeral, event, now)

    def is_event_done(self, event: str) -> bool | None:
        return inbox.is_done(self._reader, self._ephemeral, event)

    def event_done(self, event: str, now: Instant) -> None:
        inbox.done(self._writer, self._ephemeral, event, now)

    def unseen_events(self, events: Sequence[str]) -> set[str]:
        return inbox.unseen(self._reader, self._ephemeral, events)

    def undone_events(self, events: Sequence[str], *, noted_by: Instant) -> set[str]:
        return inbox.undone(self._reader, self._ephemeral, events, noted_by)

    def watermark(self) -> Instant | None:
        return inbox.watermark(self._reader)

    def move_watermark(self, was: Instant | None, now: Instant) -> None:
        inbox.move_watermark(self._writer, self._core, was, now)

    # -- parts of writes

    def _state(self, item: Mapping[str, Any]) -> State:
        return self._cache.remember(state_from(item, self._catalogue))

    def _put(self, item: dict[str, Any], condition: str | None = None, values: Request | None = None) -> Request:
        request: Request = {"TableName": self._core, "Item": item}
        if condition:
            request["ConditionExpression"] = condition
        if values:
            request["ExpressionAttributeValues"] = values
        return request

    def _versioned(self, item: Core, field: str, version: int) -> Request:
        """The item, if its version is still the one that was read."""
        return self._put(raw(item), f"{field} = :was", {":was": number(version)})

    def _profile_put(self, profile: Profile) -> Request:
        return self._versioned(records.profile_item(profile, profile.version + 1), "v", profile.version)

    def _period_put(self, change: Change, closed: ClosedPeriod) -> Request:
        item = journal_records.period_item(change.before.account, closed, change.before.entries, self._catalogue)
        # A period that this very change closes is new by the state's version; one that was read may be stale.
        return self._put(raw(item)) if closed.version is None else self._versioned(item, "n", closed.version)
