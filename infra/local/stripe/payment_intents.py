"""Payment intents: one sum to be paid, through as many attempts as it takes.

They are made by invoices and Checkout; making one by itself is not built. A card pays or fails at once; a debit is
`processing` for days, and nothing can be changed about it meanwhile.
"""

from typing import Any

from infra.local.stripe import charges, lists
from infra.local.stripe.cards import card_of, declined
from infra.local.stripe.debits import DAY, account_of
from infra.local.stripe.errors import Refusal, invalid
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
    """Why this card would not be charged now, as a decline code; a debit is always begun."""
    if method["type"] != "card":
        return None
    card = card_of(method["_number"])
    if card.declines:
        return card.declines
    needs_it = card.authentication == "always" or (card.authentication == "setup" and not method["_set_up"])
    return "authentication_required" if needs_it and not authenticated else None


def confirm(state: State, intent: Object, method: Object, authenticated: bool = False) -> str | None:
    """Try to charge; None if it paid or, as a debit, is on its way (`processing`), else the decline code."""
    check_idle(intent)
    reason = obstacle(method, authenticated)
    intent["payment_method"] = method["id"]
    if method["type"] == "sepa_debit":
        _begin(state, intent, method)
    elif reason == "authentication_required":
        _wait_for_customer(state, intent, method)
    elif reason:
        _fail(state, intent, method, reason)
    else:
        _succeed(state, intent, method, authenticated)
    return reason


def check_idle(intent: Object) -> None:
    """Raise Refusal while a debit is on its way: it cannot be taken back, nor tried beside."""
    if intent["status"] == "processing":
        raise invalid(
            "This PaymentIntent has a status of processing: its payment cannot be changed until the bank has answered.",
            "payment_intent_unexpected_state",
        )


def settle(state: State, intent: Object) -> str | None:
    """The bank's answer to a debit; None if it paid, else the failure code."""
    method = state.get("payment_method", intent["payment_method"])
    charge = state.get("charge", intent["latest_charge"])
    reason = account_of(method["_number"]).fails
    if reason:
        charges.fail(charge, reason)
        _failed(state, intent, method, charge)
    else:
        charge.update(status="succeeded", paid=True)
        _succeeded(state, intent, charge)
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


def _begin(state: State, intent: Object, method: Object) -> None:
    charge = charges.make(state, intent, method, None)
    charge.update(status="pending", paid=False)
    intent.update(status="processing", latest_charge=charge["id"], next_action=None, last_payment_error=None)
    intent["payment_method_types"] = ["card", "sepa_debit"]
    intent["_settles_at"] = state.now() + account_of(method["_number"]).days * DAY
    emit(state, "charge.pending", charge)
    emit(state, "payment_intent.processing", intent)


def _fail(state: State, intent: Object, method: Object, reason: str) -> None:
    _failed(state, intent, method, charges.make(state, intent, method, reason))


def _failed(state: State, intent: Object, method: Object, charge: Object) -> None:
    intent.update(status="requires_payment_method", latest_charge=charge["id"], next_action=None, payment_method=None)
    reason = charge["outcome"]["reason"]
    intent["last_payment_error"] = {**_payment_error(reason, method), "charge": charge["id"]}
    emit(state, "charge.failed", charge)
    emit(state, "payment_intent.payment_failed", intent)


def _succeed(state: State, intent: Object, method: Object, authenticated: bool) -> None:
    # Authenticated once with the customer there, a card can later be charged without him.
    method["_set_up"] = method["_set_up"] or authenticated
    _succeeded(state, intent, charges.make(state, intent, method, None))


def _succeeded(state: State, intent: Object, charge: Object) -> None:
    intent.update(status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"])
    intent.update(next_action=None, last_payment_error=None)
    emit(state, "charge.succeeded", charge)
    emit(state, "payment_intent.succeeded", intent)


def _payment_error(reason: str, method: Object) -> Object:
    is_debit = method["type"] == "sepa_debit"
    code = reason if is_debit or reason == "authentication_required" else "card_declined"
    return {
        "code": code,
        "decline_code": None if is_debit else reason,
        "message": charges.message(reason),
        "payment_method": shown(method),
        "type": "invalid_request_error" if is_debit else "card_error",
    }


ROUTES: Routes = {
    "GET /v1/payment_intents": Route(listed, f"{LISTING} customer created"),
    "GET /v1/payment_intents/{}": Route(retrieve),
    "POST /v1/payment_intents/{}": Route(update, "metadata"),
}
