"""A schedule's phases: what a subscription is to be, from when till when.

A phase says all of it: what a new phase leaves out is unset when it begins, only automatic tax falls back to the
schedule's defaults. A phase that gives way to another must end with a billing period; inside one is not built.
"""

from typing import Any

from infra.local.stripe import discounts, payment_methods, prices, schedule_dates, tax
from infra.local.stripe.errors import invalid, not_built
from infra.local.stripe.metadata import merged
from infra.local.stripe.parameters import missing
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State

MAX_PHASES, MAX_ITEMS = 10, 20


def from_subscription(subscription: Object) -> Object:
    """The phase that a subscription is in by itself: its current period. The items' own metadata stay behind."""
    items = subscription["items"]["data"]
    return _phase(
        subscription,
        automatic_tax=dict(subscription["automatic_tax"]),
        default_payment_method=subscription["default_payment_method"],
        discounts=[_discount(each) for each in subscription["discounts"]],
        end_date=min(item["current_period_end"] for item in items),
        items=[_item(item["price"]["id"], item["quantity"]) for item in items],
        metadata=dict(subscription["metadata"]),
        start_date=max(item["current_period_start"] for item in items),
    )


def replacing(state: State, schedule: Object, subscription: Object, given: list[Params]) -> list[Object]:
    """The past phases as they were, then what the parameters say; raises Refusal where that cannot be."""
    current = schedule["current_phase"]
    if not 1 <= len(given) <= MAX_PHASES:
        raise invalid(f"A subscription schedule must have 1 to {MAX_PHASES} phases.", param="phases")
    phases = [_asked(state, subscription, each, f"phases[{index}]") for index, each in enumerate(given)]
    schedule_dates.place(state, subscription, current, phases, given)
    for phase in phases:
        _check_tax(state, schedule, phase)
    if not _same(schedule, phases[0], subscription):
        raise not_built("changing what the current phase is, which must be as the subscription is")
    return [phase for phase in schedule["phases"] if phase["end_date"] <= current["start_date"]] + phases


def left(schedule: Object) -> list[Object]:
    """The current phase and those that follow."""
    start = schedule["current_phase"]["start_date"]
    return [phase for phase in schedule["phases"] if phase["start_date"] >= start]


def tax_of(schedule: Object, phase: Object) -> Object:
    """The automatic tax of a phase, which is the schedule's where the phase says nothing."""
    return phase["automatic_tax"] or schedule["default_settings"]["automatic_tax"]


def _asked(state: State, subscription: Object, given: Params, path: str) -> Object:
    if given.get("collection_method", subscription["collection_method"]) != subscription["collection_method"]:
        raise not_built("phases that are collected in another way")
    if given.get("currency", subscription["currency"]) != subscription["currency"]:
        raise invalid("The currency of a phase must be the subscription's.", param=f"{path}[currency]")
    return _phase(
        subscription,
        automatic_tax=automatic_tax(given["automatic_tax"]["enabled"]) if "automatic_tax" in given else None,
        billing_cycle_anchor=given.get("billing_cycle_anchor"),
        default_payment_method=_card(state, subscription, given, path),
        discounts=_discounts(state, subscription, given),
        items=_items(state, subscription, given, path),
        metadata=_metadata(given),
        proration_behavior=given.get("proration_behavior", "create_prorations"),
    )


def automatic_tax(enabled: bool) -> Object:
    return {"disabled_reason": None, "enabled": enabled, "liability": {"type": "self"} if enabled else None}


def _phase(subscription: Object, **fields: Any) -> Object:
    return blank(
        "subscription_schedule_phase",
        collection_method=subscription["collection_method"],
        currency=subscription["currency"],
        **fields,
    )


def _item(price_id: str, quantity: int, metadata: Object | None = None) -> Object:
    return blank(
        "subscription_schedule_item", metadata=metadata or {}, plan=price_id, price=price_id, quantity=quantity
    )


def _items(state: State, subscription: Object, given: Params, path: str) -> list[Object]:
    asked = given["items"]
    if not 1 <= len(asked) <= MAX_ITEMS:
        raise invalid(f"A phase must have 1 to {MAX_ITEMS} items.", param=f"{path}[items]")
    return [_asked_item(state, subscription, each, f"{path}[items][{index}]") for index, each in enumerate(asked)]


def _asked_item(state: State, subscription: Object, given: Params, path: str) -> Object:
    if "price" not in given:
        raise missing(f"{path}[price]")
    price = prices.sellable(state, given["price"], f"{path}[price]")
    if price["type"] != "recurring":
        raise invalid(
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
            param=f"{path}[price]",
        )
    if price["currency"] != subscription["currency"]:
        raise invalid("The currency of a phase must be the subscription's.", param=f"{path}[price]")
    quantity = given.get("quantity", 1)
    if quantity < 0:
        raise invalid(
            "This value must be greater than or equal to 0.", "parameter_invalid_integer", f"{path}[quantity]"
        )
    return _item(price["id"], quantity, _metadata(given))


def _metadata(given: Params) -> Object:
    # An empty value is kept: it unsets that key of the subscription's when the phase begins.
    asked = given.get("metadata") or {}
    merged({}, asked)
    return dict(asked)


def _card(state: State, subscription: Object, given: Params, path: str) -> str | None:
    if "default_payment_method" not in given:
        return None
    param = f"{path}[default_payment_method]"
    return payment_methods.owned(state, given["default_payment_method"], subscription["customer"], param)["id"]


def _discounts(state: State, subscription: Object, given: Params) -> list[Object]:
    asked = given.get("discounts") or []
    if any(set(each) != {"discount"} for each in asked):
        raise not_built("phases with discounts that the subscription does not have yet")
    return [_discount(each) for each in discounts.read(state, subscription, asked)]


def _discount(discount_id: str) -> Object:
    return {"coupon": None, "discount": discount_id, "promotion_code": None}


def _check_tax(state: State, schedule: Object, phase: Object) -> None:
    if not tax_of(schedule, phase)["enabled"]:
        return
    for item in phase["items"]:
        tax.check_behavior(state.get("price", item["price"]), "phases[items][price]")


def _same(schedule: Object, phase: Object, subscription: Object) -> bool:
    """Whether a phase describes the subscription as it is."""
    asked = sorted((item["price"], item["quantity"]) for item in phase["items"])
    real = sorted((item["price"]["id"], item["quantity"]) for item in subscription["items"]["data"])
    taxed = tax_of(schedule, phase)["enabled"] == subscription["automatic_tax"]["enabled"]
    return asked == real and taxed and phase["billing_cycle_anchor"] != "phase_start"
