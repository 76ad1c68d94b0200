"""A paused subscription on its way back: a new period, from the instant that was asked, once its invoice is settled.

Paid or given up as uncollectible, the subscription is active. Voided, it stays paused; so it is after 23 hours in
which nobody tried to pay. A try that fails makes it past due, unless it was to wait for success.
"""

from infra.local.stripe import prorations, subscription_items
from infra.local.stripe.events import emit, updating
from infra.local.stripe.state import Object, State

WAITS_FOR = 23 * 3_600
SETTLED = ("paid", "uncollectible")


def begin(subscription: Object, invoice_id: str, at: int, waits_for_success: bool) -> list[Object]:
    """Wait for this invoice; answers the items with the periods that they will have."""
    items = [dict(item) for item in subscription["items"]["data"]]
    for item in items:
        subscription_items.begin_period({"billing_cycle_anchor": at}, item, at)
    subscription["_resuming"] = {"invoice": invoice_id, "items": items, "at": at, "waits": waits_for_success}
    return items


def invoice_of(state: State, subscription: Object) -> Object | None:
    """The invoice that a paused subscription waits for to be resumed."""
    resuming = subscription.get("_resuming") if subscription["status"] == "paused" else None
    return state.get("invoice", resuming["invoice"]) if resuming else None


def expires_at(state: State, subscription: Object) -> int | None:
    """When a resumption that nobody tried to pay for is given up."""
    invoice = invoice_of(state, subscription)
    return subscription["_resuming"]["at"] + WAITS_FOR if invoice and not invoice["attempted"] else None


def follow(state: State, invoice: Object) -> None:
    """An invoice was settled, voided or tried in vain: the subscription that waited for it goes on."""
    for subscription in [each for each in state.every("subscription") if invoice_of(state, each) is invoice]:
        if invoice["status"] == "void":
            subscription["_resuming"] = None
        elif invoice["status"] in SETTLED:
            _resume(state, subscription, "active")
        elif not subscription["_resuming"]["waits"]:
            _resume(state, subscription, "past_due")


def _resume(state: State, subscription: Object, status: str) -> None:
    resuming = subscription["_resuming"]
    with updating(state, subscription, "customer.subscription.updated"):
        for item, new in zip(subscription["items"]["data"], resuming["items"], strict=True):
            item.update(new)
        subscription["_billed"] = prorations.whole_periods(state, subscription, resuming["items"])
        subscription.update(status=status, status_details=None, billing_cycle_anchor=resuming["at"], _resuming=None)
    emit(state, "customer.subscription.resumed", subscription)
