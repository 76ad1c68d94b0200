"""Stripe's webhook signatures: an HMAC over the instant and the raw bytes, checked without Stripe's SDK.

The body must be the very bytes that arrived. Stripe's SDK takes any instant ahead of now; here that is bounded, too.
Source: https://docs.stripe.com/webhooks#verify-manually
"""

import hmac
import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from chalicelib.domain.periods import Instant
from chalicelib.errors import BadSignature

TOLERANCE = 300
"""Seconds that a signature may be old, or ahead of our clock."""
LONGEST_HEADER = 4_096


def verify(raw: bytes, header: str | None, secrets: Sequence[str], now: Instant) -> dict[str, Any]:
    """The event in a body that one of the secrets signed within the last five minutes; raises BadSignature."""
    at, signatures = _read(header)
    if abs(now - at) > TOLERANCE:
        raise BadSignature("the signature's time is too far from now")
    expected = [_signed(raw, at, secret) for secret in secrets if secret]
    if not any(hmac.compare_digest(given, ours) for ours in expected for given in signatures):
        raise BadSignature("no signature matches the body")
    return _event(raw)


def sign(raw: bytes, at: Instant, secret: str) -> str:
    """The header that Stripe would send with this body."""
    return f"t={at},v1={_signed(raw, at, secret).decode()}"


def _signed(raw: bytes, at: Instant, secret: str) -> bytes:
    return hmac.new(secret.encode(), f"{at}.".encode() + raw, sha256).hexdigest().encode()


def _read(header: str | None) -> tuple[Instant, list[bytes]]:
    """The instant and every v1 signature; while a secret is rolled there are several."""
    if not header or len(header) > LONGEST_HEADER or not header.isascii():
        raise BadSignature("the Stripe-Signature header is missing or malformed")
    parts = [part.strip().partition("=") for part in header.split(",")]
    instants = [value for name, _, value in parts if name == "t"]
    signatures = [value.encode() for name, _, value in parts if name == "v1"]
    if len(instants) != 1 or not instants[0].isdigit() or len(instants[0]) > 12 or not signatures:
        raise BadSignature("the Stripe-Signature header is malformed")
    return int(instants[0]), signatures


def _event(raw: bytes) -> dict[str, Any]:
    try:
        event = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadSignature("the body is not JSON") from error
    if not isinstance(event, dict) or not isinstance(event.get("id"), str) or not isinstance(event.get("type"), str):
        raise BadSignature("the body is not an event")
    return event
