"""Subscription schedules: what happens to a subscription at its period's end.

An update replaces every phase, so the running one is repeated as it is. The last phase has a duration, after which the
schedule lets go: one without would manage the subscription for ever. Source:
https://docs.stripe.com/billing/subscriptions/subscription-schedules
"""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.adapters.stripe.calls import Calls
from chalicelib.adapters.stripe.objects import id_of, interval_of, plan_named
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.orders import Item
from chalicelib.domain.subscriptions import Scheduled, Subscription

Raw = Mapping[str, Any]
OVER = frozenset({"released", "completed", "canceled"})


def item_change(subscription: Subscription, price: str, item: Item) -> dict[str, Any]:
    """The subscription's own item with another price or quantity."""
    return {"id": subscription.stripe_item_id, "price": price, "quantity": item.quantity}


def scheduled(raw: Raw | None, price_of: Callable[[str], Raw], catalogue: Catalogue) -> Scheduled | None:
    """What an expanded schedule has ahead; None where there is none."""
    if raw is None or raw["status"] in OVER:
        return None
    running = (raw.get("current_phase") or {}).get("end_date") or 0
    ahead = [phase for phase in raw["phases"] if phase["start_date"] >= running and phase.get("items")]
    if not ahead:
        return Scheduled(raw["id"])
    item, price = _chosen(ahead[0]["items"], price_of, catalogue)
    plan = plan_named(price, catalogue)
    return Scheduled(raw["id"], plan, interval_of(price), item.get("quantity") or 0, ahead[0]["start_date"])


def schedule(calls: Calls, subscription: Subscription, price: str, item: Item, key: str) -> None:
    """The item changed when the running phase ends; a schedule that is there already is given the new phases."""
    attached = subscription.scheduled
    found = _retrieved(calls, attached.stripe_schedule_id) if attached else _made(calls, subscription, key)
    running = _running(found)
    params: Any = {
        "end_behavior": "release",
        "proration_behavior": "none",
        "phases": [_repeated(running), _next(running, subscription, price, item)],
    }
    calls.make(
        f"{key}:{found['id']}",
        lambda client, options: client.v1.subscription_schedules.update(found["id"], params, options),
    )


def release(calls: Calls, attached: Scheduled, key: str, *, keeps_end: bool) -> None:
    released = attached.stripe_schedule_id
    params: Any = {"preserve_cancel_date": keeps_end}
    calls.make(key, lambda client, options: client.v1.subscription_schedules.release(released, params, options))


def _chosen(items: list[Raw], price_of: Callable[[str], Raw], catalogue: Catalogue) -> tuple[Raw, Raw]:
    """The phase's item whose price maps to a plan, and that price."""
    priced = [(each, price_of(id_of(each["price"]) or "")) for each in items]
    return next((each for each in priced if plan_named(each[1], catalogue)), priced[0])


def _made(calls: Calls, subscription: Subscription, key: str) -> Raw:
    params: Any = {"from_subscription": subscription.stripe_subscription_id}
    return calls.make(
        key,
        lambda client, options: client.v1.subscription_schedules.create(params, options).to_dict(),
        look=lambda: _attached(calls, subscription),
    )


def _attached(calls: Calls, subscription: Subscription) -> Raw | None:
    params: Any = {"expand": ["schedule"]}
    found = calls.ask(lambda client: client.v1.subscriptions.retrieve(subscription.stripe_subscription_id, params))
    return found.to_dict().get("schedule")


def _retrieved(calls: Calls, stripe_schedule_id: str) -> Raw:
    return calls.ask(lambda client: client.v1.subscription_schedules.retrieve(stripe_schedule_id)).to_dict()


def _running(raw: Raw) -> Raw:
    """The phase that runs now, which an update must repeat."""
    start = (raw.get("current_phase") or {}).get("start_date")
    return next((phase for phase in raw["phases"] if phase["start_date"] == start), raw["phases"][0])


def _repeated(phase: Raw) -> dict[str, Any]:
    items = [{"price": id_of(each["price"]), "quantity": each.get("quantity")} for each in phase["items"]]
    dates = {"start_date": phase["start_date"], "end_date": phase["end_date"]}
    card = phase.get("default_payment_method")
    charged = {"default_payment_method": id_of(card)} if card else {}
    return dates | {"items": items, "proration_behavior": "none"} | charged | _kept(phase)


def _next(running: Raw, subscription: Subscription, price: str, item: Item) -> dict[str, Any]:
    """The phase that follows: the changed item, and beside it whatever else the subscription has.

    It names no card: a card given since would not be asked, but the one of today. The customer's default pays.
    """
    own, others = subscription.stripe_price_id, running["items"]
    kept = [
        {"price": id_of(each["price"]), "quantity": each.get("quantity")}
        for each in others
        if id_of(each["price"]) != own
    ]
    return {
        "start_date": running["end_date"],
        "duration": {"interval": item.interval, "interval_count": 1},
        "items": [{"price": price, "quantity": item.quantity}, *kept],
        "proration_behavior": "none",
    } | _kept(running)


def _kept(phase: Raw) -> dict[str, Any]:
    """What a phase does not name it loses: tax and discounts are named as they are."""
    kept: dict[str, Any] = {}
    if "enabled" in (phase.get("automatic_tax") or {}):
        kept["automatic_tax"] = {"enabled": phase["automatic_tax"]["enabled"]}
    discounts = [id_of(each.get("discount")) for each in phase.get("discounts") or []]
    if any(discounts):
        kept["discounts"] = [{"discount": each} for each in discounts if each]
    return kept
