"""Credits: the balance with its lots, the history, purchases, the recharge rule, adjustments."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from chalicelib.web.shapes.common import Amount, At, NextCursor, Span


class NoRecharge(Struct, forbid_unknown_fields=True):
    """A rule that was never set."""

    enabled: Literal[False]


class Recharge(Struct):
    """The rule, and how it stands; `left_to_spend` leaves out what is reserved, too."""

    enabled: bool
    threshold: int
    pack: str
    spending_limit: Amount
    spent: Amount
    left_to_spend: Amount
    period: Span
    state: Literal["idle", "pending", "action_required", "backing_off", "blocked", "limit_reached", "no_payment_method"]
    detail: str | None
    next_attempt_at: At | None
    action_url: str | None


_EITHER = [{"$ref": f"#/components/schemas/{each.__name__}"} for each in (Recharge, NoRecharge)]
# msgspec has no union of two Structs that no tag tells apart.
RechargeNow = Annotated[Any, Meta(extra_json_schema={"anyOf": _EITHER})]


class Lot(Struct):
    id: str
    kind: Literal["purchase", "recharge", "adjustment", "promotion"]
    credits: int
    left: int
    at: At
    expires_at: At | None


class Credits(Struct):
    """`balance` below zero is debt; `available` is the balance without what is held."""

    balance: int
    held: int
    available: int
    debt: int
    lots: list[Lot]
    recharge: RechargeNow


class HistoryLine(Struct):
    id: str
    at: At
    kind: Literal["purchase", "recharge", "usage", "refund", "dispute", "adjustment", "expiry"]
    credits: int
    balance_after: int
    meter: str | None
    quantity: int | None
    money: Amount | None
    cause: str
    note: str | None


class History(Struct):
    """Newest first; the lines add up to the balance."""

    data: list[HistoryLine]
    next_cursor: NextCursor


class PurchaseBegun(Struct):
    """Credits arrive when the Checkout at `url` is paid."""

    id: str
    url: str


class Purchase(Struct):
    id: str
    pack: str
    credits: int
    money: Amount
    state: Literal["open", "paid", "expired", "failed", "partially_refunded", "refunded", "disputed"]
    invoice: str | None


class Adjustment(Struct):
    id: str
    credits: int
    balance: int
    available: int
    reason: str
    expires_at: At | None
