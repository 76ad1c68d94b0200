"""The inbox of Stripe's events, and up to when it was compared with Stripe's own list.

An event that was noted but is not done must be worked off again: only `done` makes a repeat harmless to skip.
"""

from collections.abc import Sequence
from typing import Any

from chalicelib.adapters.dynamo.items import EventItem, WatermarkItem
from chalicelib.adapters.dynamo.reader import Reader
from chalicelib.adapters.dynamo.records import raw
from chalicelib.adapters.dynamo.state import number
from chalicelib.adapters.dynamo.transactions import Writer
from chalicelib.domain.periods import Instant
from chalicelib.errors import ConditionFailed
from chalicelib.messages import StripeEventMessage

KEPT = 60 * 86_400
"""Seconds; Stripe lists its events for 30 days."""


def event_key(event: str) -> dict[str, Any]:
    return {"pk": {"S": f"V#{event}"}}


def note(writer: Writer, table: str, event: StripeEventMessage, now: Instant) -> bool:
    item = EventItem(f"V#{event.event}", ttl=now + KEPT, type=event.type, object=event.object, at=now, done=False)
    request = {"TableName": table, "Item": raw(item), "ConditionExpression": "attribute_not_exists(pk)"}
    try:
        writer.put(request)
    except ConditionFailed as error:
        return not error.items[0].get("done", {}).get("BOOL", False)
    return True


def is_done(reader: Reader, table: str, event: str) -> bool | None:
    """None if the event was never noted. A stale answer makes somebody look twice, which is harmless."""
    item = reader.call("GetItem", {"TableName": table, "Key": event_key(event)}).get("Item")
    return item.get("done", {}).get("BOOL", False) if item else None


def done(writer: Writer, table: str, event: str, now: Instant) -> None:
    """Marked even if it was never noted, as when the queue was filled by hand."""
    writer.update(
        {
            "TableName": table,
            "Key": event_key(event),
            "UpdateExpression": "SET done = :yes, #t = if_not_exists(#t, :ttl)",
            "ExpressionAttributeNames": {"#t": "ttl"},
            "ExpressionAttributeValues": {":yes": {"BOOL": True}, ":ttl": number(now + KEPT)},
        }
    )


def unseen(reader: Reader, table: str, events: Sequence[str]) -> set[str]:
    keys = [event_key(event) for event in dict.fromkeys(events)]
    return set(events) - {item["pk"]["S"][2:] for item in reader.batch(table, keys, consistent=True)}


def undone(reader: Reader, table: str, events: Sequence[str], noted_by: Instant) -> set[str]:
    keys = [event_key(event) for event in dict.fromkeys(events)]
    items = reader.batch(table, keys, consistent=False)
    return {item["pk"]["S"][2:] for item in items if not item["done"]["BOOL"] and int(item["at"]["N"]) <= noted_by}


def watermark(reader: Reader) -> Instant | None:
    item = reader.get("W#stripe", "W", consistent=True)
    return int(item["at"]["N"]) if item else None


def move_watermark(writer: Writer, table: str, was: Instant | None, now: Instant) -> None:
    request: dict[str, Any] = {"TableName": table, "Item": raw(WatermarkItem("W#stripe", "W", at=now))}
    if was is None:
        request["ConditionExpression"] = "attribute_not_exists(pk)"
    else:
        request |= {
            "ConditionExpression": "#at = :was",
            "ExpressionAttributeNames": {"#at": "at"},
            "ExpressionAttributeValues": {":was": number(was)},
        }
    writer.put(request)
