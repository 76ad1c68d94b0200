"""Receiving a Stripe event: verified, queued, noted, and nothing else, so that Stripe has its answer at once."""

import logging
from collections.abc import Mapping
from typing import Any

from chalicelib.actions.handle_stripe_event import HANDLERS
from chalicelib.deps import Deps
from chalicelib.messages import pointing_at
from chalicelib.settings import STRIPE_API_VERSION, Settings

log = logging.getLogger(__name__)


def receive_stripe_event(deps: Deps, raw: bytes, signature: str | None) -> None:
    """The event is safely queued, or not for us, or of nothing; raises BadSignature.

    Queued before it is noted: what the inbox holds was queued for certain, and catch-up looks for what it lacks.
    """
    now = deps.clock.now()
    event = deps.verify_stripe(raw, signature, now)
    message = pointing_at(event)
    wrong = _not_for_us(event, deps.settings)
    if wrong:
        log.error("stripe_event.not_for_us", extra={"event_id": message.event, "wrong": wrong})
    elif message.type in HANDLERS and not message.points:
        log.error("stripe_event.points_at_nothing", extra={"event_type": message.type})
    elif message.type in HANDLERS:
        deps.queue.stripe_event(message)
        deps.store.note_event(message, now)


def _not_for_us(event: Mapping[str, Any], settings: Settings) -> list[str]:
    """Connect accounts, the other mode and another API version: each would be a mistake in the endpoint's set-up."""
    fits = {
        "account": event.get("account") is None,
        "livemode": event.get("livemode") is settings.stripe_livemode,
        "api_version": event.get("api_version") == STRIPE_API_VERSION,
    }
    return [name for name, right in fits.items() if not right]
