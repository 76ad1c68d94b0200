"""What is told without a key: the catalogue, the contract, and that the service stands."""

from typing import Any, Literal

from msgspec import Struct

from chalicelib.web.shapes.common import Amount


class Price(Amount):
    tax_behavior: Literal["exclusive", "inclusive"]


class Prices(Struct):
    month: Price | None
    year: Price | None


class SeatRange(Struct):
    min: int
    max: int


class Allowance(Struct):
    """What the plan includes of a meter in each usage period, and what happens beyond it; null is all."""

    included: int | None
    policy: Literal["stop", "credits", "allow"]
    up_to: int | None


class Plan(Struct):
    id: str
    name: str
    rank: int
    contact_sales: bool
    prices: Prices
    per_seat: bool
    seats: SeatRange
    allowances: dict[str, Allowance]
    features: list[str]


class Meter(Struct):
    id: str
    name: str
    unit: str
    kind: Literal["counter", "gauge"]
    warning_percent: int
    credits_per_unit: int | None


class Pack(Struct):
    id: str
    name: str
    credits: int
    price: Price


class Catalogue(Struct):
    plans: list[Plan]
    meters: list[Meter]
    packs: list[Pack]
    grace_days: int


class Health(Struct):
    status: Literal["ok"]


class Received(Struct):
    """The event is safely queued."""

    received: Literal[True]


class Document(Struct):
    """An OpenAPI document."""

    openapi: str
    info: dict[str, Any]
    servers: list[dict[str, Any]]
    paths: dict[str, Any]
    components: dict[str, Any]
