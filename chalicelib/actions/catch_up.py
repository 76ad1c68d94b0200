"""Catching up: Stripe's own list of events, compared with the inbox, brings what no webhook did."""

import logging
from itertools import islice

from chalicelib.actions.handle_stripe_event import HANDLERS
from chalicelib.deps import Deps
from chalicelib.errors import ConditionFailed
from chalicelib.messages import StripeEventMessage

log = logging.getLogger(__name__)

OVERLAP_SECONDS = 600
"""How late an event may appear in Stripe's list."""
FIRST_SECONDS = 86_400
"""How far the first run looks back; before that, nothing at Stripe was this service's doing."""
CHUNK = 100


def catch_up(deps: Deps) -> int:
    """How many missing events were queued. The watermark moves only after them, so a run that dies is repeated."""
    now, was = deps.clock.now(), deps.store.watermark()
    since = (now - FIRST_SECONDS if was is None else was) - OVERLAP_SECONDS
    handled = (message for _, message in deps.stripe.events_since(since) if message.type in HANDLERS)
    queued = 0
    while chunk := list(islice(handled, CHUNK)):
        queued += _queue_missing(deps, chunk)
    _move_watermark(deps, was, now)
    return queued


def _queue_missing(deps: Deps, messages: list[StripeEventMessage]) -> int:
    unseen = deps.store.unseen_events([message.event for message in messages])
    missing = [message for message in messages if message.event in unseen]
    for message in missing:
        log.warning("stripe_event.caught_up", extra={"event_id": message.event, "event_type": message.type})
        deps.queue.stripe_event(message)
    return len(missing)


def _move_watermark(deps: Deps, was: int | None, now: int) -> None:
    try:
        deps.store.move_watermark(was, now)
    except ConditionFailed:
        log.info("catch_up.another_run_moved_on")
