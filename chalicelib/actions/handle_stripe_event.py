"""Handling a Stripe event: what it points at is fetched from Stripe and brought up to date.

Effects are keyed by their causes, so order and repeats do not matter; the inbox spares the work of looking twice, and
so does the batch: its messages were all received before the first fetch began, whose answer is newer than each of them.
"""

import logging
from collections.abc import Mapping

from chalicelib.actions.stripe_events import EVENTS, Handler, Look
from chalicelib.deps import Deps
from chalicelib.errors import StripeGone
from chalicelib.messages import StripeEventMessage

log = logging.getLogger(__name__)

HANDLERS: Mapping[str, Handler] = {kind: each for kind, each in EVENTS.items() if isinstance(each, Handler)}
"""Every type of event that is handled."""
Fresh = set[Look]
"""What one batch has brought up to date already."""


def handle_stripe_event(deps: Deps, message: StripeEventMessage, fresh: Fresh | None = None) -> None:
    """The event's work is in effect; raises what stopped it, and is then called again.

    `fresh` is what earlier messages of the same batch brought up to date; this one's is added when it is in effect.
    """
    about = {"event_id": message.event, "event_type": message.type, "stripe_object": message.object}
    handler = HANDLERS.get(message.type)
    if handler is None:
        log.info("stripe_event.unknown_type", extra=about)
        return
    # It was noted when it was received: looking costs a tenth of writing it in vain.
    is_done = deps.store.is_event_done(message.event)
    if is_done or (is_done is None and not deps.store.note_event(message, deps.clock.now())):
        log.info("stripe_event.done_before", extra=about)
        return
    try:
        _bring_up_to_date(deps, handler.look(message), set() if fresh is None else fresh)
    except StripeGone:
        log.info("stripe_event.object_gone", extra=about)
    deps.store.event_done(message.event, deps.clock.now())
    log.info("stripe_event.done", extra=about)


def _bring_up_to_date(deps: Deps, look: Look | None, fresh: Fresh) -> None:
    if look is None or look in fresh:
        return
    bring, stripe_id = look
    bring(deps, stripe_id)
    fresh.add(look)
