"""What an invoice's payment, or its failure, does to the subscription it belongs to.

The status follows the latest invoice that counts: finalised, not void, and not that of a pending update, which has
touched nothing yet.
"""

from infra.local.stripe.events import updating
from infra.local.stripe.state import Object, State

OWING = ("past_due", "unpaid")
FORGIVEN = ("paid", "uncollectible")


def follow(state: State, invoice: Object) -> None:
    """An invoice was paid, given up or voided: what owed its money may be active again."""
    subscription = _of(state, invoice)
    if not subscription:
        return
    latest = _latest(state, subscription)
    is_settled = latest is None or latest["status"] in FORGIVEN
    began = subscription["status"] == "incomplete" and invoice["status"] == "paid"
    if began or (subscription["status"] in OWING and is_settled):
        _becomes(state, subscription, "active")


def begun(state: State, invoice: Object) -> None:
    """A debit for the first invoice is on its way: the subscription does not wait for it."""
    subscription = _of(state, invoice)
    if subscription and subscription["status"] == "incomplete":
        _becomes(state, subscription, "active")


def failed(state: State, invoice: Object) -> None:
    subscription = _of(state, invoice)
    if subscription and subscription["status"] == "active" and _latest(state, subscription) is invoice:
        _becomes(state, subscription, "past_due")


def _of(state: State, invoice: Object) -> Object | None:
    details = (invoice["parent"] or {}).get("subscription_details")
    return state.get("subscription", details["subscription"]) if details else None


def _latest(state: State, subscription: Object) -> Object | None:
    newest = None
    for invoice in state.every("invoice"):
        details = (invoice["parent"] or {}).get("subscription_details")
        if details and details["subscription"] == subscription["id"] and _counts(invoice):
            newest = invoice
    return newest


def _counts(invoice: Object) -> bool:
    return invoice["status"] not in ("draft", "void") and not invoice.get("_pending_update")


def _becomes(state: State, subscription: Object, status: str) -> None:
    with updating(state, subscription, "customer.subscription.updated"):
        subscription["status"] = status
