"""Usage: decisions, what became of events, bars, days, notices, holds."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from chalicelib.domain import notices
from chalicelib.web.shapes.common import At, Bar, Level, NextCursor, OnDay, Span, Standing


class DecisionCredits(Struct):
    needed: int
    balance: int
    available: int


class Decision(Struct):
    """A refusal is an answer, too. One about a feature names it, and has no numbers of a meter."""

    account: str
    allowed: bool
    reason: Literal[
        "included", "credits", "allowed_over", "duplicate",
        "limit_reached", "not_enough_credits", "not_in_plan", "standing", "seats_over",
    ]  # fmt: skip
    recorded: bool
    duplicate: bool
    meter: str | None
    quantity: int | None
    used: int | None
    limit: int | None
    left: int | None
    level: Level | None
    credits: DecisionCredits
    period: Span
    standing: Standing
    feature: str | UnsetType = UNSET


class ReturnedCredits(Struct):
    returned: int
    balance: int
    available: int


class Corrected(Struct):
    account: str
    id: str
    recorded: bool
    duplicate: bool
    meter: str
    quantity: int
    used: int
    limit: int | None
    left: int | None
    level: Level
    credits: ReturnedCredits
    period: Span


class EventResult(Struct):
    """A rejected event has a code, and what it means."""

    id: str
    result: Literal["recorded", "duplicate", "rejected"]
    code: (
        Literal["invalid", "unknown_meter", "unknown_account", "at_out_of_range", "erased", "try_again"] | UnsetType
    ) = UNSET
    detail: str | UnsetType = UNSET


class Recorded(Struct):
    """What became of each event, in the order sent."""

    recorded: int
    duplicates: int
    rejected: int
    results: list[EventResult]


class Bars(Struct):
    period: Span
    meters: list[Bar]


class UsageDay(Struct):
    day: OnDay
    meter: str
    quantity: int
    credits: int


class UsageDays(Struct):
    """All that was asked for: there is no next page."""

    data: list[UsageDay]
    next_cursor: None


class Notice(Struct):
    id: str
    at: At
    kind: notices.Kind
    detail: str
    meter: str | UnsetType = UNSET


class Notices(Struct):
    data: list[Notice]
    next_cursor: NextCursor


class Captured(Struct):
    credits: int
    meter: str | None
    quantity: int | None


class Hold(Struct):
    id: str
    state: Literal["open", "captured", "released", "expired"]
    credits: int
    expires_at: At
    captured: Captured | None
