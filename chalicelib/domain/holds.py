"""Holds: credits set aside for work whose size is not known yet, then captured, released, or expired.

An expired hold counts as given back though it may not be booked yet: until then what is available is understated.
"""

from dataclasses import dataclass, replace

from chalicelib.domain.accounts import State
from chalicelib.domain.counting import moved
from chalicelib.domain.journal import Change, Line
from chalicelib.domain.periods import Instant

OPEN, CAPTURED, RELEASED, EXPIRED = "open", "captured", "released", "expired"
MOST = 1_000
"""Open holds that an account may have."""
LONGEST = 86_400
"""Seconds after which a hold expires at the latest."""


@dataclass(frozen=True)
class Capture:
    """What was really used of a hold: credits, and units of a counter where it is for one."""

    credits: int
    meter: str | None = None
    quantity: int | None = None


@dataclass(frozen=True)
class Hold:
    """Credits set aside by a backend's own id; `captured` once they were used."""

    id: str
    credits: int
    at: Instant
    expires_at: Instant
    state: str = OPEN
    captured: Capture | None = None

    @property
    def cause(self) -> str:
        return f"hold:{self.id}"

    def state_at(self, now: Instant) -> str:
        """Open, captured, released or expired; one that has run out is expired before anybody books it."""
        return EXPIRED if self.state == OPEN and now >= self.expires_at else self.state


def placed(change: Change, hold: Hold) -> Change:
    """The change with the hold in it."""
    state = change.after
    until = min(hold.expires_at, state.holds_until or hold.expires_at)
    return change.setting(held=state.held + hold.credits, holds=state.holds + 1, holds_until=until)


def given_back(change: Change, *holds: Hold) -> Change:
    """The change with nothing held for these any more."""
    state = change.after
    left = state.holds - len(holds)
    held = state.held - sum(hold.credits for hold in holds)
    return change.setting(held=held, holds=left, holds_until=state.holds_until if left else None)


def captured(change: Change, hold: Hold, capture: Capture) -> Change:
    """The change with what was used of the hold spent, and the rest given back."""
    change = given_back(change, hold)
    if capture.meter:
        change = moved(change, change.after, change.now, capture.meter, capture.quantity or 0, capture.credits)
    else:
        change = change.setting(spent=change.after.spent + capture.credits)
    line = Line("usage", -capture.credits, hold.cause, None, None, capture.meter, capture.quantity)
    return replace(change, lines=(*change.lines, line)) if capture.credits or capture.meter else change


def frees(state: State, now: Instant) -> bool:
    """Whether a hold may have expired that nobody has booked yet."""
    return state.holds_until is not None and state.holds_until <= now
