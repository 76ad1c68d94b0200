"""Idempotency keys: the first answer to a key is the answer to it for 24 hours, a failure or a decline included.

What did not pass validation is not kept. Source: https://docs.stripe.com/api/idempotent_requests
"""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from infra.local.stripe.errors import Refusal, invalid

KEPT_FOR = 24 * 3_600
MAX_LENGTH = 255


@dataclass
class Answered:
    """What was asked under a key, and the answer once there is one."""

    asked: Any
    at: int
    request_id: str
    status: int = 0
    body: Any = None


@dataclass
class Keys:
    _kept: dict[str, Answered] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def begin(self, key: str, asked: Any, now: int, request_id: str) -> Answered | None:
        """The kept answer to replay, or None: then go on, and finish.

        Raises Refusal for a key that is too long, was used for another request, or is being worked on right now.
        """
        if len(key) > MAX_LENGTH:
            raise invalid(f"Idempotency keys can have up to {MAX_LENGTH} characters.", param="idempotency_key")
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or (kept.status and kept.at + KEPT_FOR <= now):
                self._kept[key] = Answered(asked, now, request_id)
                return None
            _hold(kept, key, asked)
            return kept

    def finish(self, key: str, status: int, body: Any) -> None:
        """Keep the answer where execution had begun; forget the key where it had not."""
        with self._lock:
            if 200 <= status < 300 or status in (402, 500):
                self._kept[key].status, self._kept[key].body = status, body
            else:
                del self._kept[key]


def _hold(kept: Answered, key: str, asked: Any) -> None:
    if kept.asked != asked:
        raise Refusal(
            400,
            "idempotency_error",
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request.",
        )
    if not kept.status:
        raise Refusal(
            409,
            "idempotency_error",
            f"There is currently another in-progress request using this Idempotent Key ({key}). "
            "Please try again later.",
            code="idempotency_key_in_use",
        )
