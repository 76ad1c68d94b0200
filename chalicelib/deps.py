"""What an action is given. Adapters fit these protocols without importing them; wiring builds the real ones.

One store method is one atomic write. Methods that write raise ConditionFailed (somebody else was first), Conflict,
Throttled or Unavailable (errors.py); after Unavailable a write may or may not have happened.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chalicelib.domain.accounts import ClosedPeriod, Member, Profile, State
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.credits import Lot, Purchase
from chalicelib.domain.invoices import Checkout, PlanOrder
from chalicelib.domain.journal import Change, Entry
from chalicelib.domain.periods import Instant
from chalicelib.domain.subscriptions import PaymentMethod, Subscription
from chalicelib.messages import DueMessage, StripeEventMessage
from chalicelib.settings import Settings


@dataclass(frozen=True)
class ApiKey:
    """An API key as stored: its hash, never itself. `account` None reaches the whole deployment."""

    digest: str
    name: str
    prefix: str
    scopes: frozenset[str]
    account: str | None = None
    requires_member: bool = False
    expires_at: Instant | None = None
    revoked: bool = False


class Store(Protocol):
    """The accounts in DynamoDB."""

    def cached(self, account: str) -> State | None:
        """The newest state that this process has seen, without asking; it may be stale."""
        ...

    def wait(self, seconds: float) -> None:
        """Lets others go first."""
        ...

    def state(self, account: str, *, consistent: bool = False) -> State | None:
        """The account's state as stored (ask accounts.as_of before judging); None if there is no such account."""
        ...

    def account(self, account: str, *, consistent: bool = False) -> tuple[State, Profile] | None:
        """State and profile in one round trip."""
        ...

    def open_account(self, state: State, profile: Profile, entry: Entry, owner: Member) -> None:
        """A new account with its first entry; ConditionFailed if it exists."""
        ...

    def save_profile(self, profile: Profile) -> Profile:
        """The profile as given, if it is still the version that was read; returns it with its new version."""
        ...

    def attach_customer(self, profile: Profile, stripe_customer_id: str) -> Profile:
        """The Stripe customer into the profile, and the way back from it, at once."""
        ...

    def commit(
        self, change: Change, *, profile: Profile | None = None, purchase: Purchase | None = None, usage: bool = False
    ) -> State:
        """The change and what belongs to it in one transaction; `usage` respects a fence. Returns the state after.

        ConditionFailed carries the state as it stands in `current_state`.
        """
        ...

    def count(self, change: Change, *, asked: bool) -> State | None:
        """An ordinary usage write: one conditional update that commutes with others.

        None if this change cannot be written so (the caller commits it); `asked` keeps available credits from falling
        below zero.
        """
        ...

    def current_state(self, error: Exception) -> State | None:
        """The state that a ConditionFailed of commit or count brought along, if it did."""
        ...

    def fence(self, account: str, until: Instant) -> None:
        """Usage of this account waits until then for a write that keeps losing."""
        ...

    def identities(self, state: State, ids: Sequence[str]) -> list[bytes]:
        """The events' ids as they are remembered: 96 bits, salted by account."""
        ...

    def known(self, state: State, identities: Iterable[bytes], now: Instant) -> set[bytes] | None:
        """Which of these were recorded within the window; None if the state is too old to say: read it again."""
        ...

    def lots(self, state: State) -> tuple[Lot, ...] | None:
        """The queue of lots that belongs to this state; None if the state is too old: read it again."""
        ...

    def closed_periods(self, account: str, *, consistent: bool = False) -> list[ClosedPeriod]:
        """The newest closed usage periods, at most four, newest first."""
        ...

    def closed_period(self, account: str, at: Instant) -> ClosedPeriod | None:
        """The closed usage period that started last at or before `at`."""
        ...

    def entries(self, account: str, *, before: int | None, limit: int) -> list[Entry]:
        """Closed entries, newest first, below the position `before` (Entry.position)."""
        ...

    def member(self, account: str, member: str) -> Member | None: ...

    def account_of_customer(self, stripe_customer_id: str) -> str | None: ...

    def purchase(self, account: str, purchase: str, *, consistent: bool = False) -> Purchase | None: ...

    def save_purchase(self, purchase: Purchase, *, was: str | None) -> None:
        """The purchase as given, if its state is still `was` (None: if it is new)."""
        ...

    def due(self, now: Instant, limit: int) -> list[DueMessage]:
        """Accounts whose due instant has come, from an index that may lag; look again before acting."""
        ...

    def key(self, digest: str) -> ApiKey | None: ...

    def save_key(self, key: ApiKey) -> None: ...

    def note_event(self, event: StripeEventMessage, now: Instant) -> bool:
        """The event into the inbox; False if it was worked off before."""
        ...

    def is_event_done(self, event: str) -> bool | None:
        """Whether the event's work is in effect; None if the inbox does not hold it. May be stale."""
        ...

    def event_done(self, event: str, now: Instant) -> None:
        """The event's work is in effect."""
        ...

    def unseen_events(self, events: Sequence[str]) -> set[str]:
        """Which of these event ids (at most 100) the inbox does not hold as noted."""
        ...

    def undone_events(self, events: Sequence[str], *, noted_by: Instant) -> set[str]:
        """Which of these event ids were noted by then and are not done. May be stale."""
        ...

    def watermark(self) -> Instant | None:
        """Up to when Stripe's events were compared with the inbox."""
        ...

    def move_watermark(self, was: Instant | None, now: Instant) -> None: ...


class Stripe(Protocol):
    """Stripe. Every call that moves money or makes something takes an idempotency key, worth 24 hours.

    Raises StripeUnavailable, StripeRefused or StripeGone.
    """

    def create_customer(self, account: str, name: str, email: str, *, key: str) -> str: ...

    def checkout_plan(self, order: PlanOrder, stripe_customer_id: str, *, key: str) -> Checkout:
        """A Checkout session for a plan; the order's `wish` stays with it."""
        ...

    def checkout_pack(
        self,
        purchase: Purchase,
        stripe_customer_id: str,
        lookup_key: str,
        *,
        success_url: str,
        cancel_url: str,
        key: str,
    ) -> Checkout: ...

    def checkout(self, stripe_session_id: str) -> Checkout: ...

    def checkouts(self, stripe_customer_id: str) -> list[Checkout]:
        """The customer's latest Checkout sessions for plans, newest first, without their lines."""
        ...

    def expire_checkout(self, stripe_session_id: str) -> None:
        """Nobody can pay this session any more; StripeRefused if somebody just did."""
        ...

    def customer_exists(self, stripe_customer_id: str) -> bool:
        """Whether the customer was not deleted at Stripe."""
        ...

    def subscription(self, stripe_subscription_id: str, *, as_of: Instant) -> Subscription: ...

    def subscriptions_of(self, stripe_customer_id: str, *, as_of: Instant) -> list[Subscription]: ...

    def subscriptions(self, *, as_of: Instant) -> Iterable[Subscription]:
        """Every subscription at Stripe, ended ones too, page by page, without next charges."""
        ...

    def cancel_at_period_end(
        self, stripe_subscription_id: str, *, reason: str | None, comment: str | None, key: str
    ) -> None: ...

    def end_now(self, subscription: Subscription, *, reason: str | None, comment: str | None, key: str) -> None:
        """Ends it at once, if it has not ended already, and voids what was not paid of it."""
        ...

    def void_unpaid(self, stripe_subscription_id: str) -> None:
        """Nobody need pay for this subscription's periods any more: its open invoices are void, oldest first."""
        ...

    def resume(self, subscription: Subscription, *, key: str) -> None:
        """Undoes a scheduled cancellation in whichever of Stripe's two forms it has."""
        ...

    def payment_method(
        self, stripe_customer_id: str, stripe_payment_method_id: str | None = None
    ) -> PaymentMethod | None:
        """This payment method, or else the customer's default one."""
        ...

    def use_by_default(self, stripe_customer_id: str, stripe_payment_method_id: str, *, key: str) -> None: ...

    def events_since(self, since: Instant) -> Iterable[tuple[Instant, StripeEventMessage]]:
        """Stripe's events created since then, with their instants, oldest first."""
        ...


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
