"""What a subscription becomes when a phase of its schedule begins.

An item whose price stays keeps its id; another price is another item. What a phase does not say is unset: the card
that pays is then the customer's. A discount that is used up does not come back.
"""

import copy

from infra.local.stripe import schedule_dates, schedule_phases, schedule_status, subscription_items
from infra.local.stripe.metadata import merged
from infra.local.stripe.state import Object, State


def enter(state: State, schedule: Object, subscription: Object, phase: Object) -> None:
    """Make the subscription what the phase says; the renewal that follows begins the items' periods."""
    sold = [(state.get("price", item["price"]), item) for item in phase["items"]]
    before, prices = [item["price"] for item in subscription["items"]["data"]], [price for price, _ in sold]
    card = phase["default_payment_method"] or schedule["default_settings"]["default_payment_method"]
    discounts = [each["discount"] for each in phase["discounts"]]
    subscription.update(
        items=subscription_items.listing(
            subscription["id"], [_item(state, subscription, price, item) for price, item in sold]
        ),
        automatic_tax=dict(schedule_phases.tax_of(schedule, phase)),
        billing_cycle_anchor=schedule_dates.anchor(subscription["billing_cycle_anchor"], before, prices, phase),
        default_payment_method=card,
        discounts=[each for each in discounts if each in subscription["discounts"]],
        metadata=merged(subscription["metadata"], phase["metadata"]),
    )


def at_renewal(state: State, subscription: Object) -> Object:
    """The subscription as its next renewal will find it: a copy of which nothing is kept."""
    found = copy.deepcopy(subscription)
    schedule = schedule_status.of(state, subscription)
    phase = next_phase(schedule) if schedule else None
    if schedule and phase and phase["start_date"] <= subscription_items.first_end(subscription):
        enter(state, schedule, found, phase)
    return found


def next_phase(schedule: Object) -> Object | None:
    start = schedule["current_phase"]["end_date"]
    return next((phase for phase in schedule["phases"] if phase["start_date"] == start), None)


def _item(state: State, subscription: Object, price: Object, asked: Object) -> Object:
    old = subscription["items"]["data"]
    kept = next((dict(item) for item in old if item["price"]["id"] == price["id"]), None)
    item = kept or _new(state, subscription)
    subscription_items.sell(item, price, asked["quantity"])
    item["metadata"] = merged(item["metadata"], asked["metadata"])
    return item


def _new(state: State, subscription: Object) -> Object:
    # Its period is the one that ends now, for the renewal to begin the next from.
    ended = min(subscription["items"]["data"], key=lambda item: item["current_period_end"])
    period = {name: ended[name] for name in ("current_period_start", "current_period_end")}
    return {**subscription_items.blank_item(state, subscription["id"]), **period}
