"""Charges: single attempts at a payment intent, failed ones too."""

from infra.local.stripe import lists
from infra.local.stripe.addresses import address
from infra.local.stripe.cards import MESSAGES
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
        failure_message=MESSAGES[failure] if failure else None,
        metadata=dict(intent["metadata"]),
        outcome=_outcome(failure),
        paid=not failure,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"card": _card(method), "type": "card"},
        status="failed" if failure else "succeeded",
    )
    return state.add(charge)


def retrieve(state: State, _params: Params, charge_id: str) -> Object:
    return state.get("charge", charge_id)


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


def _card(method: Object) -> Object:
    names = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
    return {**{name: method["card"][name] for name in names}, "network": method["card"]["brand"]}


ROUTES: Routes = {
    "GET /v1/charges": Route(listed, f"{LISTING} customer payment_intent created"),
    "GET /v1/charges/{}": Route(retrieve),
}
