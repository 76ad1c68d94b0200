"""Proration: what a changed item is credited and charged for the rest of its period, by the second and exactly.

A credit refers to what was last billed for the item, not to what the item costs now, and a discount is inside both
amounts (flexible billing mode, https://docs.stripe.com/billing/subscriptions/prorations#credit-prorations).
"""

from dataclasses import dataclass

from infra.local.stripe import discounts, invoice_lines
from infra.local.stripe.state import Object, State


@dataclass(frozen=True)
class Billed:
    """What a whole period of an item was last billed at; `amount` is without the discounts."""

    price: Object
    quantity: int
    amount: int
    start: int
    end: int


def share(amount: int, at: int, start: int, end: int) -> int:
    """The part of a period's amount that falls after an instant, rounded half up.

    >>> share(1_000, 15, 0, 30)
    500
    """
    remaining, length = min(max(end - at, 0), end - start), end - start
    return (2 * amount * remaining + length) // (2 * length)


def whole_periods(state: State, subscription: Object, items: list[Object]) -> dict[str, Billed]:
    """What the whole current periods of these items come to by the subscription's discounts, by item."""
    amounts = [item["price"]["unit_amount"] * item["quantity"] for item in items]
    nets = discounts.nets(state, subscription["discounts"], amounts)
    return {
        item["id"]: Billed(
            item["price"], item["quantity"], net, item["current_period_start"], item["current_period_end"]
        )
        for item, net in zip(items, nets, strict=True)
    }


def unused(state: State, subscription: Object, item_id: str, was: Billed, at: int) -> Object:
    """The negative line that gives back what was billed and is not used up."""
    amount = -share(was.amount, at, was.start, was.end)
    period = {"start": at, "end": max(at, was.end)}
    line = invoice_lines.proration_line(state, subscription, item_id, was.price, was.quantity, period)
    return _completed(line, "Unused", amount)


def remaining(state: State, subscription: Object, item: Object, amount: int, at: int) -> Object:
    """The line that bills the rest of the item's period; `amount` is the whole period's."""
    start, end = item["current_period_start"], item["current_period_end"]
    period = {"start": at, "end": end}
    line = invoice_lines.proration_line(state, subscription, item["id"], item["price"], item["quantity"], period)
    return _completed(line, "Remaining", share(amount, at, start, end))


def _completed(line: Object, which: str, amount: int) -> Object:
    line.update(amount=amount, subtotal=amount, description=f"{which} time on {line['description']}")
    return line
