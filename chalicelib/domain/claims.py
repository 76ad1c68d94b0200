"""Claims: an idempotency key taken for one request, so that the same request again is the same operation.

A claim that nobody holds and that has no answer is gone on with under its own operation id: what its first run did is
known again by that. Expiry is compared here, and never left to when DynamoDB happens to delete an item.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from chalicelib.domain.periods import DAY, Instant

HELD_SECONDS = 60
"""Longer than the function that answers requests may run: whoever held a claim for so long is dead."""
KEPT_SECONDS = DAY

Meaning = Literal["free", "reused", "answered", "running", "left"]


@dataclass(frozen=True)
class Kept:
    """What is kept of an answer: its status, and as much of its body as holds nobody's data and no secret."""

    status: int
    body: Any


@dataclass(frozen=True)
class Claim:
    """Of the key with this hash `id`, for the request with this hash; before `until` its newest `run` is at work."""

    id: str
    request: str
    operation: str
    run: str
    until: Instant
    expires: Instant
    answer: Kept | None = None

    def answered(self, answer: Kept) -> "Claim":
        return replace(self, until=0, answer=answer)

    def let_go(self) -> "Claim":
        """As it is where nobody knows what came of it: the same request goes on with it at once."""
        return replace(self, until=0)

    def given_up(self, now: Instant) -> "Claim":
        """As it is where nothing was done: the key may be used again for anything."""
        return replace(self, until=0, expires=now)

    def going_on_with(self, left: "Claim") -> "Claim":
        """This run of the operation that another one left."""
        return replace(self, operation=left.operation, expires=left.expires)


def claimed(id: str, request: str, operation: str, now: Instant) -> Claim:
    """A new claim, held from now on by its first run."""
    return Claim(id, request, operation, operation, now + HELD_SECONDS, now + KEPT_SECONDS)


def meaning(found: Claim, request: str, now: Instant) -> Meaning:
    """What a claim that was found there means for this request.

    >>> meaning(claimed("id", "this", "op", now=0), "this", now=59)
    'running'
    >>> meaning(claimed("id", "this", "op", now=0), "this", now=60)
    'left'
    """
    if now >= found.expires:
        return "free"
    if found.request != request:
        return "reused"
    if found.answer is not None:
        return "answered"
    return "running" if now < found.until else "left"
