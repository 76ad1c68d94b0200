"""What actions ask of the accounts in DynamoDB.

One method is one atomic write. Methods that write raise ConditionFailed (somebody else was first), Conflict, Throttled
or Unavailable (errors.py); after Unavailable a write may or may not have happened.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.deps.claims import Claims
from chalicelib.deps.dossiers import Dossiers
from chalicelib.deps.keys import Keys
from chalicelib.deps.people import People, PeopleRecord
from chalicelib.deps.sweeps import Sweeps
from chalicelib.domain.accounts import ClosedPeriod, Member, Profile, State
from chalicelib.domain.adjustments import Adjustment
from chalicelib.domain.credits import Lot, Purchase
from chalicelib.domain.finished import Finished
from chalicelib.domain.holds import Hold
from chalicelib.domain.journal import Change, Entry
from chalicelib.domain.key_changes import KeyChange
from chalicelib.domain.periods import Instant
from chalicelib.domain.purchases import OPEN
from chalicelib.domain.recharge import Rule
from chalicelib.messages import DueMessage, StripeEventMessage


@dataclass(frozen=True)
class Beside:
    """What is written with a change, or goes with it; `purchase_was` is the purchase's state as it was read."""

    purchase: Purchase | None = None
    purchase_was: str = OPEN
    holds: Sequence[Hold] = ()
    rule: Rule | None = None
    adjustment: Adjustment | None = None
    key: KeyChange | None = None
    people: Sequence[PeopleRecord] = ()
    people_gone: Sequence[PeopleRecord] = ()
    finished: Finished | None = None


NOTHING = Beside()


@dataclass(frozen=True)
class Spent:
    """Capacity units of the database."""

    reads: float = 0
    writes: float = 0


@dataclass(frozen=True)
class Known:
    """Those of the ids asked for that were recorded within the window; `room` is how many more may be remembered."""

    ids: frozenset[bytes]
    room: int


class Store(Protocol):
    """The accounts in DynamoDB."""

    @property
    def keys(self) -> Keys: ...

    @property
    def people(self) -> People: ...

    @property
    def sweeps(self) -> Sweeps: ...

    @property
    def claims(self) -> Claims: ...

    @property
    def dossiers(self) -> Dossiers: ...

    def spent(self) -> Spent:
        """What this process has used up so far; a write that was refused is charged and not told."""
        ...

    def cached(self, account: str) -> State | None:
        """The newest state that this process has seen, without asking; it may be stale."""
        ...

    def wait(self, seconds: float) -> None:
        """Lets others go first."""
        ...

    def state(self, account: str, *, consistent: bool = False) -> State | None:
        """The account's state as stored (ask accounts.as_of before judging); None if there is no such account."""
        ...

    def met(self, account: str, now: Instant) -> State | None:
        """The state of an account that is new to this process, and which ids it knows fetched at the same time."""
        ...

    def account(self, account: str, *, consistent: bool = False) -> tuple[State, Profile] | None:
        """State and profile in one round trip."""
        ...

    def open_account(
        self, state: State, profile: Profile, entry: Entry, owner: Member, finished: Finished | None = None
    ) -> None:
        """A new account with its first entry; ConditionFailed if it exists."""
        ...

    def save_profile(self, profile: Profile) -> Profile:
        """The profile as given, if it is still the version that was read; returns it with its new version."""
        ...

    def attach_customer(self, profile: Profile, stripe_customer_id: str) -> Profile:
        """The Stripe customer into the profile, and the way back from it, at once."""
        ...

    def commit(
        self,
        change: Change,
        *,
        profile: Profile | None = None,
        beside: Beside = NOTHING,
        usage: bool = False,
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

    def lift(self, account: str) -> None:
        """No usage of this account waits any longer, whatever its process's clock says."""
        ...

    def identities(self, state: State, ids: Sequence[str]) -> list[bytes]:
        """The events' ids as they are remembered: 96 bits, salted by account."""
        ...

    def known(self, state: State, identities: Iterable[bytes], now: Instant) -> Known | None:
        """Which of these were recorded within the window; None if the state is too old to say: read it again."""
        ...

    def lots(self, state: State) -> tuple[Lot, ...] | None:
        """The queue of lots that belongs to this state; None if the state is too old: read it again."""
        ...

    def closed_periods(self, account: str, *, consistent: bool = False) -> list[ClosedPeriod]:
        """The newest closed usage periods, newest first, and among them all that the window of usage reaches."""
        ...

    def closed_period(self, account: str, at: Instant) -> ClosedPeriod | None:
        """The closed usage period that started last at or before `at`."""
        ...

    def hold(self, account: str, hold: str) -> Hold | None:
        """The hold as it stands, open or not."""
        ...

    def holds_expiring(self, account: str, limit: int) -> list[Hold]:
        """The open holds that expire next, the first of them first."""
        ...

    def entries(self, account: str, *, before: int | None, limit: int) -> list[Entry]:
        """Closed entries, newest first, below the position `before` (Entry.position)."""
        ...

    def account_of_customer(self, stripe_customer_id: str) -> str | None: ...

    def purchase(self, account: str, purchase: str, *, consistent: bool = False) -> Purchase | None: ...

    def purchases(self, account: str) -> list[Purchase]:
        """All of them, consistently read."""
        ...

    def rule(self, account: str, *, consistent: bool = False) -> Rule | None:
        """The recharge's rule; None where none was ever set."""
        ...

    def save_purchase(self, purchase: Purchase, *, was: str | None, unless_erased: bool = False) -> None:
        """The purchase as given, if its state is still `was` (None: if it is new).

        `unless_erased`: and if nobody has begun to erase the account.
        """
        ...

    def adjustment(self, account: str, adjustment: str) -> Adjustment | None:
        """What was adjusted under this id."""
        ...

    def adjustments(self, account: str) -> list[Adjustment]:
        """All of them, consistently read."""
        ...

    def due(self, now: Instant, limit: int) -> list[DueMessage]:
        """Accounts whose due instant has come, from an index that may lag; look again before acting."""
        ...

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
