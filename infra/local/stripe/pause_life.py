"""How a subscription comes to be paused: because somebody asked, or because nobody paid."""

from infra.local.stripe import prorations, schedule_status, subscription_life
from infra.local.stripe.events import emit, updating
from infra.local.stripe.state import Object, State


def begin(state: State, subscription: Object, why: str, unused_from: str = "none") -> None:
    """Pause now. `unused_from` says from where on the period's price is credited: now, its start, or not at all."""
    now = state.now()
    with updating(state, subscription, subscription_life.UPDATED):
        credit = _credit(state, subscription, unused_from)
        subscription["_pending_lines"] = [*subscription.get("_pending_lines", []), *credit]
        subscription["_billed"] = {}
        for item in subscription["items"]["data"]:
            item["current_period_end"] = now
        paused = {"subscription": {"type": why}, "transitioned_at": now, "type": "subscription"}
        subscription.update(status="paused", status_details={"paused": paused})
    emit(state, "customer.subscription.paused", subscription)


def unpaid(state: State, subscription: Object) -> None:
    """The last try has failed: pause; what cannot be paused is cancelled.

    Source: https://docs.stripe.com/billing/revenue-recovery/smart-retries/pause-on-payment-failure
    """
    if schedule_status.of(state, subscription) or subscription["cancel_at"] is not None:
        subscription_life.end(state, subscription, "payment_failed")
    else:
        begin(state, subscription, "final_payment_failure")


def _credit(state: State, subscription: Object, unused_from: str) -> list[Object]:
    if unused_from == "none":
        return []
    return [
        prorations.unused(state, subscription, item_id, was, state.now() if unused_from == "now" else was.start)
        for item_id, was in subscription.get("_billed", {}).items()
    ]
