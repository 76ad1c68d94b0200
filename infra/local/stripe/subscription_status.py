"""What an invoice's payment, or its failure, does to the subscription it belongs to."""

from infra.local.stripe.events import updating
from infra.local.stripe.state import Object, State


def paid(state: State, invoice: Object) -> None:
    """A subscription whose latest invoice is paid is active again."""
    subscription = _of(state, invoice)
    if subscription and subscription["status"] in ("incomplete", "past_due", "unpaid"):
        _becomes(state, subscription, "active")


def failed(state: State, invoice: Object) -> None:
    subscription = _of(state, invoice)
    if subscription and subscription["status"] == "active":
        _becomes(state, subscription, "past_due")


def _of(state: State, invoice: Object) -> Object | None:
    for subscription in state.every("subscription", latest_invoice=invoice["id"]):
        return subscription
    return None


def _becomes(state: State, subscription: Object, status: str) -> None:
    with updating(state, subscription, "customer.subscription.updated"):
        subscription["status"] = status
