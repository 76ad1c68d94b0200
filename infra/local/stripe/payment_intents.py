"""Payment intents: one sum to be paid, through as many attempts as it takes.

They are made by invoices and Checkout; making one by itself is not built.
"""

from typing import Any

from infra.local.stripe import charges, lists
from infra.local.stripe.cards import MESSAGES, card_of, declined
from infra.local.stripe.errors import Refusal
from infra.local.stripe.events import emit
from infra.local.stripe.metadata import merged
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State, shown


def make(state: State, amount: int, currency: str, customer_id: str | None, **fields: Any) -> Object:
    intent_id = state.ids.make("pi")
    intent: Object = blank(
        "payment_intent",
        id=intent_id,
        amount=amount,
        client_secret=f"{intent_id}_secret_{state.ids.letters(25)}",
        created=state.now(),
        currency=currency,
        customer=customer_id,
        **fields,
    )
    emit(state, "payment_intent.created", state.add(intent))
    return intent


def obstacle(method: Object, authenticated: bool) -> str | None:
    """Why this card would not be charged now, as a decline code."""
    card = card_of(method["_number"])
    if card.declines:
        return card.declines
    needs_it = card.authentication == "always" or (card.authentication == "setup" and not method["_set_up"])
    return "authentication_required" if needs_it and not authenticated else None


def confirm(state: State, intent: Object, method: Object, authenticated: bool = False) -> str | None:
    """Try to charge the card; None if it paid, else the decline code."""
    reason = obstacle(method, authenticated)
    intent["payment_method"] = method["id"]
    if reason == "authentication_required":
        _wait_for_customer(state, intent, method)
    elif reason:
        _fail(state, intent, method, reason)
    else:
        _succeed(state, intent, method, authenticated)
    return reason


def refusal(state: State, intent: Object, reason: str) -> Refusal:
    """The card error that an API call is answered with when the charge did not go through."""
    method = state.find(intent["payment_method"] or "")
    return declined(
        reason,
        charge=intent["latest_charge"] if reason != "authentication_required" else None,
        payment_intent=shown(intent),
        payment_method=shown(method) if method else None,
    )


def cancel(state: State, intent: Object) -> None:
    intent.update(status="canceled", canceled_at=state.now(), cancellation_reason="void_invoice", next_action=None)
    emit(state, "payment_intent.canceled", intent)


def retrieve(state: State, _params: Params, intent_id: str) -> Object:
    return state.get("payment_intent", intent_id)


def update(state: State, params: Params, intent_id: str) -> Object:
    intent = state.get("payment_intent", intent_id)
    intent["metadata"] = merged(intent["metadata"], params.get("metadata"))
    return intent


def listed(state: State, params: Params) -> Object:
    found = lists.matching(list(state.every("payment_intent")), params, "customer")
    found = [each for each in found if lists.within(each["created"], params.get("created"))]
    return lists.page(found, params, "/v1/payment_intents")


def _wait_for_customer(state: State, intent: Object, method: Object) -> None:
    intent["status"] = "requires_action"
    intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
    intent["last_payment_error"] = _payment_error("authentication_required", method)
    emit(state, "payment_intent.requires_action", intent)


def _fail(state: State, intent: Object, method: Object, reason: str) -> None:
    charge = charges.make(state, intent, method, reason)
    intent.update(status="requires_payment_method", latest_charge=charge["id"], next_action=None, payment_method=None)
    intent["last_payment_error"] = {**_payment_error(reason, method), "charge": charge["id"]}
    emit(state, "charge.failed", charge)
    emit(state, "payment_intent.payment_failed", intent)


def _succeed(state: State, intent: Object, method: Object, authenticated: bool) -> None:
    # Authenticated once with the customer there, a card can later be charged without him.
    method["_set_up"] = method["_set_up"] or authenticated
    charge = charges.make(state, intent, method, None)
    intent.update(status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"])
    intent.update(next_action=None, last_payment_error=None)
    emit(state, "charge.succeeded", charge)
    emit(state, "payment_intent.succeeded", intent)


def _payment_error(reason: str, method: Object) -> Object:
    code = "authentication_required" if reason == "authentication_required" else "card_declined"
    return {
        "code": code,
        "decline_code": reason,
        "message": MESSAGES[reason],
        "payment_method": shown(method),
        "type": "card_error",
    }


ROUTES: Routes = {
    "GET /v1/payment_intents": Route(listed, f"{LISTING} customer created"),
    "GET /v1/payment_intents/{}": Route(retrieve),
    "POST /v1/payment_intents/{}": Route(update, "metadata"),
}
