"""What an action is given. Adapters fit these protocols without importing them; wiring builds the real ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chalicelib.deps.store import ApiKey, Store
from chalicelib.deps.stripe import Stripe
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.periods import Instant
from chalicelib.messages import DueMessage, StripeEventMessage
from chalicelib.settings import Settings

__all__ = ["ApiKey", "Clock", "Deps", "Queue", "Store", "Stripe"]


class Queue(Protocol):
    """The queues and the event bus."""

    def stripe_event(self, message: StripeEventMessage) -> None: ...

    def due(self, messages: Sequence[DueMessage]) -> None: ...

    def publish(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Journal events onto the bus: `{id, type, account, at, ...}`; raises if one was not taken."""
        ...


class Clock(Protocol):
    def now(self) -> Instant: ...


@dataclass(frozen=True)
class Deps:
    """What every action is given.

    `verify_stripe` gives the event of a signed body or raises BadSignature; `token` makes ids nobody can guess, `salt`
    bytes for a new account.
    """

    store: Store
    stripe: Stripe
    queue: Queue
    clock: Clock
    catalogue: Catalogue
    settings: Settings
    token: Callable[[], str]
    salt: Callable[[], bytes]
    verify_stripe: Callable[[bytes, str | None, Instant], dict[str, Any]]
