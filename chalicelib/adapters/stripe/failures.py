"""What Stripe's errors mean: ours raised for the SDK's, in one closed list.

The code is read from the error's body: the SDK leaves `error.code` empty on several of its classes. A key of ours that
Stripe does not take, or that may not do this, says nothing of the account: it is waited for like Stripe itself.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.errors import BillingError, StripeGone, StripeRefused, StripeUnavailable

log = logging.getLogger(__name__)

GONE = frozenset({"resource_missing"})
"""Codes that mean "already gone", where the object itself was asked for and not found."""
NOT_IMPLEMENTED = 501
KEY_REFUSED = frozenset({401, 403})
"""Statuses that are about our key. Source: https://docs.stripe.com/api/errors"""
BUSY = frozenset({"lock_timeout", "idempotency_key_in_use"})
NOTHING_UPCOMING = frozenset({"invoice_upcoming_none"})


@contextmanager
def translating() -> Iterator[None]:
    """Our error for whatever the SDK raises inside."""
    import stripe

    try:
        yield
    except stripe.StripeError as error:
        raise translated(error) from error


def translated(error: Any) -> BillingError:
    """Our error for one of the SDK's; it carries no text of Stripe's, which may name people."""
    status, code = error.http_status or 0, code_of(error)
    told = f"Stripe answered {status} {code}".strip() if status else "Stripe did not answer"
    if status in KEY_REFUSED:
        log.error("stripe.key_refused", extra={"status": status, "stripe_code": code})
        return StripeUnavailable(f"Stripe did not take this service's own key ({status})")
    if status in (0, 409, 429) or (status >= 500 and status != NOT_IMPLEMENTED) or code in BUSY:
        return StripeUnavailable(told)
    if status == 404 and code in GONE:
        return StripeGone(told)
    return StripeRefused(told, code, getattr(error.error, "decline_code", None) or "")


def code_of(error: Any) -> str:
    """Stripe's own code, as its body has it."""
    return getattr(error.error, "code", None) or getattr(error.error, "type", None) or ""


def is_replay(error: Any) -> bool:
    """Whether Stripe repeated an answer that it kept under the idempotency key."""
    return str((error.headers or {}).get("idempotent-replayed", "")).lower() == "true"
