"""The same accounts kept in two simpler ways, to be held against: with a marker for every event, and in a dictionary.

The first is what one would build without thinking of its price: one transaction with the counters and an item for each
event id. Neither knows plans that change, and both know every id for ever.
"""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.periods import period_at
from chalicelib.domain.usage import UsageEvent
from infra.resources import TABLES
from tests.simulation.table import Engine

DAY = 86_400
KEY = {"pk": {"S": "A"}, "sk": {"S": "S"}}
ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}


class Plain:
    """One account on Free as a dictionary. Answers are recorded, duplicate or rejected, as ours are."""

    def __init__(self, catalogue: Catalogue, created: int):
        self.catalogue, self.created, self.allowances = catalogue, created, catalogue.plans["free"].allowances
        self.used = Counter[tuple[int, str]]()
        self.gauges: dict[str, tuple[int, int]] = {}
        self.balance, self.ids = 0, set[str]()

    def in_time(self, event: UsageEvent, now: int) -> bool:
        return max(now - 35 * DAY, self.created) <= event.at <= now + 300

    def record(self, events: Sequence[UsageEvent], now: int) -> list[str]:
        return [self._answer(event, now) for event in events]

    def _answer(self, event: UsageEvent, now: int) -> str:
        if event.id in self.ids:
            return "duplicate"
        if not self.in_time(event, now):
            return "rejected"
        self.ids.add(event.id)
        self.count(event, min(event.at, now))
        return "recorded"

    def count(self, event: UsageEvent, at: int) -> None:
        """Unit by unit; of an event's own credits the share beyond the allowance, rounded up."""
        if event.value is not None:
            if event.at >= self.gauges.get(event.meter, (0, event.at))[1]:
                self.gauges[event.meter] = event.value, event.at
            return
        key, allowance = (period_at(self.created, at).start, event.meter), self.allowances[event.meter]
        units = range(self.used[key], self.used[key] + event.quantity)
        beyond = sum(unit >= (allowance.included or 0) for unit in units)
        self.used[key] += event.quantity
        if allowance.policy == "credits":
            rate = self.catalogue.meters[event.meter].credits_per_unit or 0
            self.balance -= rate * beyond if event.credits is None else -(-event.credits * beyond // event.quantity)


class Marked:
    """The same in tables: what was counted, and a marker for each event; of one that is there no second is written."""

    def __init__(self, catalogue: Catalogue, created: int):
        self.empty = Plain(catalogue, created)
        self.tables = Engine([{"TableName": name, **TABLES[name]} for name in TABLES])

    def record(self, events: Sequence[UsageEvent], now: int) -> list[str]:
        firsts = {event.id: event for event in reversed(events) if self.empty.in_time(event, now)}
        fresh, version, written = list(firsts.values())[::-1], self._version(), False
        while fresh and not written:
            counted = self.read()
            for event in fresh:
                counted.count(event, min(event.at, now))
            known = self._write(fresh, counted, version)
            fresh, written = [event for event in fresh if event.id not in known], not known
        return ["recorded" if event in fresh else self._known(event) for event in events]

    def grant(self, credits: int) -> None:
        version, counted = self._version(), self.read()
        counted.balance += credits
        assert not self._write([], counted, version)

    def read(self) -> Plain:
        """What the tables hold, as a dictionary."""
        plain = Plain(self.empty.catalogue, self.empty.created)
        used, plain.gauges, plain.balance = json.loads(self._item().get("counted", {"S": "[[], {}, 0]"})["S"])
        plain.used.update({(start, meter): quantity for start, meter, quantity in used})
        return plain

    def _write(self, fresh: Sequence[UsageEvent], counted: Plain, version: int) -> set[str]:
        """All of it or nothing; the ids that were there already are why nothing was written."""
        used = [(start, meter, quantity) for (start, meter), quantity in counted.used.items()]
        data = json.dumps([used, counted.gauges, counted.balance])
        item = KEY | {"v": {"N": f"{version + 1}"}, "counted": {"S": data}}
        condition = {"ConditionExpression": "v = :v", "ExpressionAttributeValues": {":v": {"N": f"{version}"}}}
        state = {"TableName": "core", "Item": item} | (condition if version else ABSENT)
        markers = [{"TableName": "ephemeral", "Item": {"pk": {"S": event.id}}} | ABSENT for event in fresh]
        try:
            self.tables.call("TransactWriteItems", {"TransactItems": [{"Put": put} for put in (*markers, state)]})
        except ClientError as refusal:
            reasons: Any = refusal.response["CancellationReasons"]  # type: ignore[typeddict-item]  # DynamoDB's own field
            return {event.id for event, reason in zip(fresh, reasons, strict=False) if reason["Code"] != "None"}
        return set()

    def _known(self, event: UsageEvent) -> str:
        found = self.tables.call("GetItem", {"TableName": "ephemeral", "Key": {"pk": {"S": event.id}}})
        return "duplicate" if "Item" in found else "rejected"

    def _item(self) -> dict[str, Any]:
        return self.tables.call("GetItem", {"TableName": "core", "Key": KEY, "ConsistentRead": True}).get("Item", {})

    def _version(self) -> int:
        return int(self._item().get("v", {"N": "0"})["N"])
