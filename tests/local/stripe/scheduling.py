"""Builders for what is to change later."""

from datetime import UTC, datetime
from typing import Any

from tests.local.stripe.shop import Shop

HOURS = 3_600
VERBS = ("aborted", "canceled", "completed", "expiring", "released", "updated")
EVENTS = tuple(f"subscription_schedule.{verb}" for verb in VERBS)


def a_schedule(shop: Shop, subscription: Any) -> Any:
    return shop.service.v1.subscription_schedules.create({"from_subscription": subscription.id})


def phases(schedule: Any, price: Any, quantity: int = 2, interval: str = "month", **fields: Any) -> list[Any]:
    """The current phase as it is, and after it this price and quantity for one interval."""
    return [
        now_phase(schedule),
        {
            "items": [{"price": price.id, "quantity": quantity}],
            "duration": {"interval": interval, "interval_count": 1},
            **_card(schedule.phases[-1]),
            "proration_behavior": "none",
            **fields,
        },
    ]


def now_phase(schedule: Any, **fields: Any) -> dict[str, Any]:
    current = next(each for each in schedule.phases if each.start_date == schedule.current_phase.start_date)
    return {
        "items": [{"price": item.price, "quantity": item.quantity} for item in current["items"]],
        "start_date": current.start_date,
        "end_date": current.end_date,
        **_card(current),
        **fields,
    }


def changed_later(shop: Shop, subscription: Any, price: Any, quantity: int = 2, **fields: Any) -> Any:
    """A schedule under which the subscription will be for this price and quantity from its next period on."""
    schedule = a_schedule(shop, subscription)
    params = {"end_behavior": "release", "phases": phases(schedule, price, quantity, **fields)}
    return shop.service.v1.subscription_schedules.update(schedule.id, params)


def _card(phase: Any) -> dict[str, str]:
    """What a phase does not say is unset, the card too."""
    return {"default_payment_method": phase.default_payment_method} if phase.default_payment_method else {}


def day(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).date().isoformat()


def to_the_end(shop: Shop, subscription: Any) -> None:
    """Past the renewal that is due next, its invoice finalised and charged."""
    shop.later(by=subscription["items"].data[0].current_period_end - shop.now + 2 * HOURS)


def invoices(shop: Shop, subscription: Any) -> list[Any]:
    return shop.service.v1.invoices.list({"subscription": subscription.id}).data
