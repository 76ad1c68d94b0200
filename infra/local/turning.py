"""Everything that turns beside Stripe: each queue, stream and schedule with the function of app.py that it calls."""

from collections.abc import Mapping
from typing import Any

from infra.local.aws import Aws
from infra.local.pollers import Queue, QueuePoller
from infra.local.schedules import DAY, MINUTE, Found, Schedule, first_due
from infra.local.streams import Changes, StreamPoller, stream_of
from infra.local.stripe.emulator import Emulator
from infra.local.turner import Turner
from infra.resources import CONSUMERS, FOLLOWED_CHANGE, FOLLOWED_KEYS, QUEUES, TRIES, Created


def add_parts(turner: Turner, app: Any, aws: Aws, made: Created, emulator: Emulator) -> None:
    """Gives the turner a part for every queue, stream and schedule of the deployment."""
    sqs, clock, tell = aws.client("sqs"), turner.clock, emulator.state.problem
    for name, function in CONSUMERS.items():
        queue = Queue(name, made.queues[name], QUEUES[name], TRIES[name])
        turner.add(QueuePoller(clock, sqs, queue, getattr(app, function), tell))
    dynamodb, table = aws.client("dynamodb"), made.tables["core"]
    changes = Changes(clock, aws.client("dynamodbstreams"), stream_of(dynamodb, table))
    turner.add(StreamPoller(changes, app.on_journal, wanted=is_entry, tell=tell))
    moved = anything_moved(emulator, changes)
    turner.add(Schedule(clock, "every_minute", app.every_minute, every=MINUTE, found=first_due(dynamodb, table)))
    turner.add(Schedule(clock, "catch_up", app.catch_up, every=15 * MINUTE, found=newest_event(emulator)))
    turner.add(Schedule(clock, "nightly", app.nightly, every=DAY, at=3 * 3600, found=moved))


def is_entry(record: Mapping[str, Any]) -> bool:
    """What the deployed stream's filter lets through."""
    return record["eventName"] == FOLLOWED_CHANGE and record["dynamodb"]["Keys"]["sk"]["S"].startswith(FOLLOWED_KEYS)


def newest_event(emulator: Emulator) -> Found:
    """Stripe's newest event, if the last run may not have seen it."""

    def found(last: int) -> int | None:
        newest = max((event["created"] for event in emulator.state.every("event")), default=-1)
        return newest if newest >= last else None

    return found


def anything_moved(emulator: Emulator, changes: Changes) -> Found:
    """The last change at Stripe or in the table, if the last run may not have seen it: else they agree as they did."""
    at_stripe = newest_event(emulator)

    def found(last: int) -> int | None:
        moved = [at for at in (at_stripe(last), changes.seen_at) if at is not None and at >= last]
        return max(moved, default=None)

    return found
