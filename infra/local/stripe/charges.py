"""Charges: single attempts at a payment intent, failed ones too."""

from infra.local.stripe import cards, debits, lists
from infra.local.stripe.addresses import address
from infra.local.stripe.errors import invalid
from infra.local.stripe.events import updating
from infra.local.stripe.metadata import merged
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State


def make(state: State, intent: Object, method: Object, failure: str | None) -> Object:
    """The attempt of this card at this intent; `failure` is the decline code, if it was declined."""
    charge: Object = blank(
        "charge",
        id=state.ids.make("ch"),
        amount=intent["amount"],
        amount_captured=0 if failure else intent["amount"],
        billing_details={**method["billing_details"], "address": address(method["billing_details"]["address"])},
        captured=not failure,
        created=state.now(),
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        failure_code="card_declined" if failure else None,
        failure_message=message(failure) if failure else None,
        metadata=dict(intent["metadata"]),
        outcome=_outcome(failure),
        paid=not failure,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={method["type"]: _details(method), "type": method["type"]},
        status="failed" if failure else "succeeded",
    )
    return state.add(charge)


def fail(charge: Object, reason: str) -> None:
    """A debit that was pending comes to nothing."""
    charge.update(status="failed", failure_code=reason, failure_message=message(reason), outcome=_outcome(reason))


def message(reason: str) -> str:
    return cards.MESSAGES.get(reason) or debits.MESSAGES[reason]


def named(state: State, charge_or_intent: str, param: str | None = None) -> Object:
    """The charge of this id, or the one that a payment intent of this id succeeded with; raises Refusal for none."""
    if not charge_or_intent.startswith("pi_"):
        return state.get("charge", charge_or_intent, param)
    intent = state.get("payment_intent", charge_or_intent, param)
    if intent["status"] != "succeeded":
        raise invalid(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge.",
            "payment_intent_unexpected_state",
            param,
        )
    return state.get("charge", intent["latest_charge"])


def retrieve(state: State, _params: Params, charge_id: str) -> Object:
    return state.get("charge", charge_id)


def update(state: State, params: Params, charge_id: str) -> Object:
    charge = state.get("charge", charge_id)
    with updating(state, charge):
        charge["metadata"] = merged(charge["metadata"], params.get("metadata"))
        if "description" in params:
            charge["description"] = params["description"]
    return charge


def listed(state: State, params: Params) -> Object:
    found = lists.matching(list(state.every("charge")), params, "customer", "payment_intent")
    found = [each for each in found if lists.within(each["created"], params.get("created"))]
    return lists.page(found, params, "/v1/charges")


def _outcome(failure: str | None) -> Object:
    return {
        "advice_code": "try_again_later" if failure else None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if failure else "approved_by_network",
        "reason": failure,
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details." if failure else "Payment complete.",
        "type": "issuer_declined" if failure else "authorized",
    }


def _details(method: Object) -> Object:
    if method["type"] == "sepa_debit":
        names = ("bank_code", "branch_code", "country", "fingerprint", "last4")
        return {**{name: method["sepa_debit"][name] for name in names}, "expected_debit_date": None, "mandate": None}
    names = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
    return {**{name: method["card"][name] for name in names}, "network": method["card"]["brand"]}


ROUTES: Routes = {
    "GET /v1/charges": Route(listed, f"{LISTING} customer payment_intent created"),
    "GET /v1/charges/{}": Route(retrieve),
    "POST /v1/charges/{}": Route(update, "metadata description"),
}
