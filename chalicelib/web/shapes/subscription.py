"""What a change of a subscription would do, and what came of it."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from chalicelib.web.shapes.accounts import Account, Charge, ScheduledChange
from chalicelib.web.shapes.common import At

Outcome = Literal["checkout", "applied", "payment_required", "scheduled", "contact_sales", "unchanged"]


class Due(Struct):
    """What the card pays at once, tax included; `tax` is null where only Checkout can tell it."""

    amount: int
    tax: int | None
    currency: str


class PreviewLine(Struct):
    """One line of the invoice, net."""

    description: str | None
    quantity: int | None
    amount: int
    proration: bool


class Preview(Struct):
    outcome: Outcome
    effective_at: At
    due_now: Due
    lines: list[PreviewLine]
    next_charge: Charge | None
    drops: list[ScheduledChange]
    preview_id: str


class Changed(Struct):
    """With `url` the customer goes on there."""

    outcome: Outcome
    account: Account
    url: str | UnsetType = UNSET
