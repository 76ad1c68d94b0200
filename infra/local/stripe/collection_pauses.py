"""Collection paused: the subscription goes on and renews, and its invoices are not collected.

They stay drafts, or are given up as uncollectible, or void at once; the status is what it was.
Source: https://docs.stripe.com/billing/subscriptions/pause-payment
"""

from typing import Any

from infra.local.stripe import invoice_life
from infra.local.stripe.errors import Refusal, invalid
from infra.local.stripe.events import updating
from infra.local.stripe.state import Object, State

UPDATED = "customer.subscription.updated"


def put(state: State, subscription: Object, given: Any) -> None:
    """Pause as the parameter says, or go on where it is empty; raises Refusal for an end that is past."""
    if given == "":
        subscription["pause_collection"] = None
        return
    resumes_at = given.get("resumes_at")
    if resumes_at is not None and resumes_at <= state.now():
        raise invalid("`resumes_at` must be a timestamp in the future.", param="pause_collection[resumes_at]")
    subscription["pause_collection"] = {"behavior": given["behavior"], "resumes_at": resumes_at}


def resumes_at(subscription: Object) -> int | None:
    if subscription["ended_at"] is not None or not subscription["pause_collection"]:
        return None
    return subscription["pause_collection"]["resumes_at"]


def resume(state: State, subscription: Object) -> None:
    """Collect again from now on. What was made before stays as it is."""
    with updating(state, subscription, UPDATED):
        subscription["pause_collection"] = None


def treat(state: State, subscription: Object, invoice: Object) -> None:
    """Do with a new draft what the pause means for it, if there is one."""
    behavior = (subscription["pause_collection"] or {"behavior": None})["behavior"]
    if behavior is None:
        return
    invoice_life.stop_collecting(state, invoice)
    if behavior == "keep_as_draft":
        return
    try:
        invoice_life.finalize(state, invoice)
    except Refusal:
        # Told as invoice.finalization_failed; the draft waits for somebody to mend it.
        return
    if invoice["status"] == "open":
        (invoice_life.void if behavior == "void" else invoice_life.mark_uncollectible)(state, invoice)
