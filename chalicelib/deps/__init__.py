"""What an action is given. Adapters fit these protocols without importing them; wiring builds the real ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from chalicelib.deps.people import PeopleRecord
from chalicelib.deps.projections import Projections
from chalicelib.deps.store import NOTHING, Beside, Known, Spent, Store
from chalicelib.deps.stripe import Stripe
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.periods import Instant
from chalicelib.messages import DueMessage, RechargeMessage, StripeEventMessage
from chalicelib.settings import Settings

T = TypeVar("T")

__all__ = [
    "NOTHING", "AtOnce", "Beside", "Clock", "Deps", "Known", "PeopleRecord", "Projections", "Queue", "Spent", "Store",
    "Stripe",
]  # fmt: skip


class Queue(Protocol):
    """The queues and the event bus."""

    def stripe_event(self, message: StripeEventMessage) -> None: ...

    def due(self, messages: Sequence[DueMessage]) -> None: ...

    def recharge(self, message: RechargeMessage, now: Instant) -> None: ...

    def give_up_usage(self, body: str, *, group: str, message: str, reason: str) -> None:
        """Sets aside what can never be recorded, once for each body of a message; raises Unavailable."""
        ...

    def publish(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Journal events onto the bus: `{id, type, account, at, ...}`; raises if one was not taken."""
        ...


class AtOnce(Protocol):
    """Does jobs side by side, a bounded number of them; gives what each gave, in order, or raises what one raised."""

    def __call__(self, jobs: Sequence[Callable[[], T]]) -> list[T]: ...


class Clock(Protocol):
    def now(self) -> Instant: ...


@dataclass(frozen=True)
class Deps:
    """What every action is given.

    `verify_stripe` gives the event of a signed body or raises BadSignature; `token` makes ids nobody can guess, `salt`
    bytes for a new account, `secret` the 256 bits of a key or an invitation.
    """

    store: Store
    projections: Projections
    stripe: Stripe
    queue: Queue
    clock: Clock
    at_once: AtOnce
    catalogue: Catalogue
    settings: Settings
    token: Callable[[], str]
    salt: Callable[[], bytes]
    secret: Callable[[], bytes]
    verify_stripe: Callable[[bytes, str | None, Instant], dict[str, Any]]
