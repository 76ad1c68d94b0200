"""Pending updates: a change that waits for its invoice to be paid, for 23 hours or until the period ends.

Until then the subscription is what it was. Paid, the change is made; voided, it is forgotten; a newer one takes its
place (https://docs.stripe.com/billing/subscriptions/pending-updates-reference).
"""

from infra.local.stripe import subscription_changes, subscription_items
from infra.local.stripe.events import emit, updating
from infra.local.stripe.state import Object, State, shown
from infra.local.stripe.subscription_changes import Change

WAITS_FOR = 23 * 3_600


def wait(state: State, subscription: Object, change: Change, invoice: Object) -> None:
    """Keep the change until the invoice is paid."""
    subscription["pending_update"] = {
        "billing_cycle_anchor": change.anchor if change.moves_anchor else None,
        "cancel_at_period_end": None,
        "discount": None,
        "discounts": None,
        "expires_at": min(state.now() + WAITS_FOR, subscription_items.first_end(subscription)),
        "metadata": None,
        "subscription_items": [shown(item) for item in change.items],
        "trial_end": None,
        "trial_from_plan": None,
    }
    subscription["_pending"] = (change, invoice["id"])


def expires_at(subscription: Object) -> int | None:
    return subscription["pending_update"]["expires_at"] if subscription["pending_update"] else None


def invoice_of(state: State, subscription: Object) -> Object | None:
    """The open invoice that a subscription's pending update waits for."""
    return state.get("invoice", subscription["_pending"][1]) if subscription["pending_update"] else None


def paid(state: State, invoice: Object) -> None:
    """Make the change that waited for this invoice, if one did."""
    for subscription in _waiting_for(state, invoice):
        change, _ = subscription["_pending"]
        with updating(state, subscription, "customer.subscription.updated"):
            forget(subscription)
            # One that a debit is on its way for is collected like any other from now on.
            invoice.update(_pending_update=False, auto_advance=invoice["status"] == "open")
            subscription_changes.make(state, subscription, change, invoice)
        emit(state, "customer.subscription.pending_update_applied", subscription)


def voided(state: State, invoice: Object) -> None:
    """Forget the change that waited for this invoice, if one did."""
    for subscription in _waiting_for(state, invoice):
        expired = state.now() >= subscription["pending_update"]["expires_at"]
        with updating(state, subscription, "customer.subscription.updated"):
            forget(subscription)
        if expired:
            emit(state, "customer.subscription.pending_update_expired", subscription)


def forget(subscription: Object) -> None:
    subscription.update(pending_update=None, _pending=None)


def _waiting_for(state: State, invoice: Object) -> list[Object]:
    waiting = [each for each in state.every("subscription") if each["pending_update"]]
    return [each for each in waiting if each["_pending"][1] == invoice["id"]]
