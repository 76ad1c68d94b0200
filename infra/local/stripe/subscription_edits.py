"""A subscription updated over the API: what it sells, when it ends, its card, its discounts, its metadata.

What is refused has changed nothing, whichever of the parameters it was.
"""

from typing import Any

from infra.local.stripe import (
    collection_pauses,
    discounts,
    payment_methods,
    sent_invoices,
    subscription_changes,
    subscription_items,
    subscription_life,
    subscription_updates,
)
from infra.local.stripe.errors import invalid, not_built
from infra.local.stripe.events import updating
from infra.local.stripe.metadata import merged
from infra.local.stripe.routing import Route, Routes
from infra.local.stripe.state import Object, Params, State

ENDINGS = ("cancel_at", "cancel_at_period_end")
# What a subscription whose first invoice is not paid takes.
WHILE_INCOMPLETE = {"default_payment_method", "metadata"}
# What a change that may have to wait for its payment can be asked with.
MAY_WAIT = {"items", "proration_behavior", "proration_date", "billing_cycle_anchor", "payment_behavior"}


def update(state: State, params: Params, subscription_id: str) -> Object:
    subscription = state.get("subscription", subscription_id)
    _check(subscription, params)
    behavior = params.get("payment_behavior", "allow_incomplete")
    change, old_discounts = None, subscription["discounts"]
    with updating(state, subscription, subscription_life.UPDATED):
        _set_plain(state, subscription, params)
        if subscription_changes.asked_for(params):
            change = subscription_changes.reckon(state, subscription, params)
            subscription_updates.check(state, subscription, change, behavior)
    discounts.tell(state, old_discounts, subscription["discounts"])
    if change:
        subscription_updates.carry_out(state, subscription, change, behavior)
    return subscription


def explain(subscription: Object, details: dict[str, Any]) -> None:
    """Keep why the subscription is cancelled."""
    said = {name: details[name] or None for name in ("comment", "feedback") if name in details}
    subscription["cancellation_details"] = {**subscription["cancellation_details"], **said}


def _check(subscription: Object, params: Params) -> None:
    if subscription["status"] in subscription_life.ENDED and set(params) - {"cancellation_details", "metadata"}:
        raise invalid("A canceled subscription can only update its cancellation_details and metadata.")
    changes = subscription_changes.asked_for(params)
    if subscription["status"] == "incomplete" and (changes or set(params) - WHILE_INCOMPLETE):
        raise invalid("You cannot update a subscription in `incomplete` status in this way: pay its invoice first.")
    if subscription["status"] == "paused" and (changes or any(name in params for name in ENDINGS)):
        raise not_built("changing or ending a paused subscription by an update")
    if subscription["pause_collection"] and changes:
        raise not_built("changing a subscription whose collection is paused")
    if subscription["schedule"]:
        _check_schedule(subscription, params, changes)
    if params.get("payment_behavior") == "pending_if_incomplete":
        _check_pending(subscription, params)


def _check_pending(subscription: Object, params: Params) -> None:
    if sent_invoices.is_sent(subscription):
        raise invalid(
            "`payment_behavior` `pending_if_incomplete` is for `collection_method` `charge_automatically` only.",
            param="payment_behavior",
        )
    unsupported = sorted(set(params) - MAY_WAIT)
    if unsupported:
        raise invalid(
            "With `payment_behavior` `pending_if_incomplete` only supported parameters can be updated. "
            f"Unsupported: {', '.join(unsupported)}.",
            param=unsupported[0],
        )


def _check_schedule(subscription: Object, params: Params, changes: bool) -> None:
    managed = f"The subscription is managed by the subscription schedule `{subscription['schedule']}`, and updating any"
    if any(name in params for name in ENDINGS):
        raise invalid(
            f"{managed} cancelation behavior directly is not allowed. Please update the schedule instead.",
            param=next(name for name in ENDINGS if name in params),
        )
    if "pause_collection" in params:
        raise invalid(
            f"{managed} pause behavior directly is not allowed. Please update the schedule instead.",
            param="pause_collection",
        )
    if changes:
        # Stricter than Stripe may be: there the next phase would undo the change.
        raise invalid(f"{managed} items directly is not allowed. Please update the schedule instead.", param="items")


def _set_plain(state: State, subscription: Object, params: Params) -> None:
    _set_end(state, subscription, params)
    if "cancellation_details" in params:
        explain(subscription, params["cancellation_details"])
    if "default_payment_method" in params:
        subscription["default_payment_method"] = _own_card(state, subscription, params["default_payment_method"])
    if "discounts" in params:
        subscription["discounts"] = discounts.read(state, subscription, params["discounts"])
    if "pause_collection" in params:
        collection_pauses.put(state, subscription, params["pause_collection"])
    subscription["metadata"] = merged(subscription["metadata"], params.get("metadata"))


def _own_card(state: State, subscription: Object, method_id: str) -> str | None:
    if not method_id:
        return None
    return payment_methods.owned(state, method_id, subscription["customer"], "default_payment_method")["id"]


def _set_end(state: State, subscription: Object, params: Params) -> None:
    if "cancel_at" in params and "cancel_at_period_end" in params:
        raise invalid("You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
    if "cancel_at_period_end" in params:
        at_end = params["cancel_at_period_end"]
        subscription["cancel_at_period_end"] = at_end
        _cancel_at(state, subscription, subscription_life.first_end(subscription) if at_end else None)
    elif "cancel_at" in params:
        subscription["cancel_at_period_end"] = False
        _cancel_at(state, subscription, _instant(state, subscription, params["cancel_at"]))


def _instant(state: State, subscription: Object, cancel_at: Any) -> int | None:
    if cancel_at == "":
        return None
    if cancel_at == "min_period_end":
        return subscription_life.first_end(subscription)
    if cancel_at == "max_period_end":
        return max(each["current_period_end"] for each in subscription["items"]["data"])
    if not isinstance(cancel_at, int) or cancel_at <= state.now():
        raise invalid("`cancel_at` must be a timestamp in the future.", param="cancel_at")
    if not subscription_items.are_whole_at(subscription, cancel_at):
        raise not_built("`cancel_at` inside a billing period, which would have to be prorated")
    return cancel_at


def _cancel_at(state: State, subscription: Object, instant: int | None) -> None:
    subscription["cancel_at"] = instant
    subscription["canceled_at"] = None if instant is None else state.now()
    reason = None if instant is None else "cancellation_requested"
    subscription["cancellation_details"] = {"comment": None, "feedback": None, "reason": reason}


ROUTES: Routes = {
    "POST /v1/subscriptions/{}": Route(
        update,
        "billing_cycle_anchor.type cancel_at cancel_at_period_end cancellation_details default_payment_method "
        "discounts items.id items.price items.quantity items.deleted metadata pause_collection payment_behavior "
        "proration_behavior proration_date",
    ),
}
