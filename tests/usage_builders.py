"""States, events and changes with defaults, for the tests of usage: an account on Free that has used nothing."""

from dataclasses import replace
from typing import Any

from chalicelib.domain import counting as count
from chalicelib.domain import journal
from chalicelib.domain.accounts import Member, Profile, State
from chalicelib.domain.credits import Lot
from chalicelib.domain.journal import Change, Entry, Line
from chalicelib.domain.opening import first_entry, first_profile, opened
from chalicelib.domain.periods import DAY, Instant, day_start
from chalicelib.domain.usage import UsageEvent
from tests.offers import OFFERS

CREATED: Instant = day_start(2026, 3, 10) + 12 * 3600
"""10 March 2026, noon: the first usage period ends on 10 April at noon."""
NOW: Instant = CREATED + 5 * DAY
SALT = b"0123456789abcdef"


def a_state(account: str = "acme", created: Instant = CREATED, **fields: Any) -> State:
    """An account on Free as it is opened, but for `fields`; of its counters only those given in `used` differ."""
    state = opened(account, SALT, created, OFFERS)
    used = {**state.used, **fields.pop("used", {})}
    return replace(state, used=used, **fields)


def an_opening(account: str, at: Instant = CREATED, **fields: Any) -> tuple[State, Profile, Entry, Member]:
    """What Store.open_account is given; `fields` of the state are as if it had always been so."""
    state = a_state(account, at, **fields)
    owner = Member("ada", "ada@example.com", "Ada", "owner")
    return state, first_profile(account, "Acme", "billing@example.com", owner, at), first_entry(state, "service"), owner


def an_event(
    event_id: str = "e1", meter: str = "runs", quantity: int = 1, at: Instant = NOW, **more: Any
) -> UsageEvent:
    return UsageEvent(event_id, meter, at, quantity, **more)


def a_reading(event_id: str, value: int, at: Instant = NOW) -> UsageEvent:
    """A gauge's event."""
    return UsageEvent(event_id, "storage", at, value=value)


def counting(state: State, *events: UsageEvent, now: Instant = NOW) -> Change:
    """The change that counts these events, each under its id as identity."""
    begun = journal.begin(state, now, OFFERS)
    return count.counting(begun, {named(event.id): event for event in events}, OFFERS)


def named(event_id: str) -> bytes:
    """A 96-bit identity to be told apart by eye."""
    return event_id.encode().rjust(12, b".")


def granting(change: Change, cause: str, credits: int, queue: tuple[Lot, ...] = ()) -> Change:
    """The change with credits from a purchase."""
    lot = Lot(cause.split(":", 1)[-1], "purchase", credits, credits, change.now)
    return change.granting(lot, queue, Line("purchase", credits, cause)).because(cause)
