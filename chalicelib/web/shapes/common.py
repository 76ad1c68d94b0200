"""What many answers are made of: instants, money, periods, bars."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

DATE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}"
At = Annotated[str, Meta(pattern=f"{DATE}T[0-9:]{{8}}Z$", extra_json_schema={"format": "date-time"})]
OnDay = Annotated[str, Meta(pattern=f"{DATE}$", extra_json_schema={"format": "date"})]
Standing = Literal["good", "grace", "none"]
Level = Literal["ok", "warning", "reached", "over"]
NextCursor = Annotated[str | None, Meta(description="where the list goes on; null at its end")]


class Amount(Struct):
    """Money in minor units."""

    amount: int
    currency: str


class Span(Struct):
    """From `start` on, up to `end` and without it."""

    start: At
    end: At


class Bar(Struct):
    """A meter as a customer sees it; a `limit` of null is none."""

    meter: str
    name: str
    unit: str
    kind: Literal["counter", "gauge"]
    used: int
    limit: int | None
    left: int | None
    level: Level


class Address(Struct):
    """Where to go."""

    url: str
