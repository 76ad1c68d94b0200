"""A subscription's items: one line each of what is sold, with the period that is paid for.

In the pinned version periods belong to the items; the subscription has none of its own.
"""

from infra.local.stripe.periods import is_boundary, period_after
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, State, shown


def listing(subscription_id: str, items: list[Object]) -> Object:
    """The list as a subscription shows it."""
    url = f"/v1/subscription_items?subscription={subscription_id}"
    return {"object": "list", "data": items, "has_more": False, "url": url}


def make(state: State, subscription_id: str, price: Object, quantity: int) -> Object:
    """A new item, its period not begun."""
    item = blank_item(state, subscription_id)
    sell(item, price, quantity)
    return state.add(item)


def blank_item(state: State, subscription_id: str) -> Object:
    """An item of nothing, not kept."""
    return blank("subscription_item", id=state.ids.make("si"), created=state.now(), subscription=subscription_id)


def sell(item: Object, price: Object, quantity: int) -> None:
    """Let the item be for this price and quantity from now on."""
    item.update(plan=_plan(price), price=shown(price), quantity=quantity)


def first_end(subscription: Object) -> int:
    """The next instant at which a period of the subscription ends."""
    return min(item["current_period_end"] for item in subscription["items"]["data"])


def are_whole_at(subscription: Object, at: int) -> bool:
    """Whether the billing periods of all items end at this instant."""
    intervals = [item["price"]["recurring"] for item in subscription["items"]["data"]]
    anchor = subscription["billing_cycle_anchor"]
    return all(is_boundary(anchor, at, each["interval"], each["interval_count"]) for each in intervals)


def begin_period(subscription: Object, item: Object, start: int) -> None:
    recurring = item["price"]["recurring"]
    anchor = subscription["billing_cycle_anchor"]
    item["current_period_start"] = start
    item["current_period_end"] = period_after(anchor, start, recurring["interval"], recurring["interval_count"])


def _plan(price: Object) -> Object:
    """The legacy twin of a recurring price."""
    same = ("id", "active", "billing_scheme", "created", "currency", "livemode", "metadata", "nickname", "product")
    return {
        **{name: price[name] for name in same},
        "object": "plan",
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "meter": None,
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
