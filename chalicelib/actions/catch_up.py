"""Catching up: Stripe's own list of events, compared with the inbox, brings what no webhook did.

A message that was given up on lies noted and undone. Each night what is undone of three days is queued again, so a
paid pack is granted within a day once its handler works, with nobody emptying the dead-letter queue.
"""

import logging
from collections.abc import Iterator
from itertools import islice

from chalicelib.actions.handle_stripe_event import HANDLERS
from chalicelib.deps import Deps
from chalicelib.domain.periods import DAY, Instant
from chalicelib.errors import ConditionFailed
from chalicelib.messages import StripeEventMessage

log = logging.getLogger(__name__)

OVERLAP_SECONDS = 600
"""How late an event may appear in Stripe's list."""
FIRST_SECONDS = 86_400
"""How far the first run looks back; before that, nothing at Stripe was this service's doing."""
AGAIN_SECONDS = 3 * DAY
"""How far back the night looks for what is undone."""
UNDONE_SECONDS = 3_600
"""How long a noted event is left alone, far beyond the five minutes in which the queue drops a repeat. One that waits
longer, for Stripe to answer again, is queued twice and has its effect once."""
CHUNK = 100


def catch_up(deps: Deps) -> int:
    """How many missing events were queued. The watermark moves only after them, so a run that dies is repeated."""
    now, was = deps.clock.now(), deps.store.watermark()
    since = (now - FIRST_SECONDS if was is None else was) - OVERLAP_SECONDS
    handled = _handled_since(deps, since)
    queued = 0
    while chunk := list(islice(handled, CHUNK)):
        queued += _queue_missing(deps, chunk)
    _move_watermark(deps, was, now)
    return queued


def take_up_again(deps: Deps) -> int:
    """How many events were queued again that were noted more than an hour ago and are not done."""
    now, queued = deps.clock.now(), 0
    handled = _handled_since(deps, now - AGAIN_SECONDS)
    while chunk := list(islice(handled, CHUNK)):
        undone = deps.store.undone_events([message.event for message in chunk], noted_by=now - UNDONE_SECONDS)
        for message in chunk:
            if message.event in undone:
                log.error("stripe_event.taken_up_again", extra=_about(message))
                deps.queue.stripe_event(message)
        queued += len(undone)
    return queued


def _handled_since(deps: Deps, since: Instant) -> Iterator[StripeEventMessage]:
    """The events since then that somebody handles, oldest first."""
    return (each for _, each in deps.stripe.events_since(since) if each.type in HANDLERS and each.points)


def _queue_missing(deps: Deps, messages: list[StripeEventMessage]) -> int:
    unseen = deps.store.unseen_events([message.event for message in messages])
    missing = [message for message in messages if message.event in unseen]
    for message in missing:
        log.warning("stripe_event.caught_up", extra=_about(message))
        deps.queue.stripe_event(message)
    return len(missing)


def _about(message: StripeEventMessage) -> dict[str, str]:
    return {"event_id": message.event, "event_type": message.type}


def _move_watermark(deps: Deps, was: int | None, now: int) -> None:
    try:
        deps.store.move_watermark(was, now)
    except ConditionFailed:
        log.info("catch_up.another_run_moved_on")
