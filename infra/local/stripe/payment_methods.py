"""Payment methods: cards, and bank accounts for SEPA debits.

Stripe's test ids (`pm_card_visa` ...) stand for a fresh card when they are attached.
"""

from typing import Any

from infra.local.stripe import customers, debits, lists
from infra.local.stripe.addresses import address
from infra.local.stripe.cards import TEST_IDS, card_of, declined
from infra.local.stripe.errors import invalid
from infra.local.stripe.events import emit, updating
from infra.local.stripe.metadata import merged
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State

EXPIRES_AFTER_YEARS = 4
# Subscriptions in these states charge nothing any more.
ENDED = ("canceled", "incomplete_expired")


def make(
    state: State, number: str, billing: dict[str, Any] | None = None, expiry: tuple[int, int] | None = None
) -> Object:
    """A card, or with an IBAN a bank account, that belongs to nobody yet; raises Refusal for a number of no test."""
    if debits.is_iban(number):
        return _bank_account(state, debits.account_of(number).iban, billing or {})
    card = card_of(number)
    month, year = expiry or (12, 2030 + EXPIRES_AFTER_YEARS)
    return state.add(
        blank(
            "payment_method",
            id=state.ids.make("pm"),
            billing_details=_billing(billing or {}),
            card=_shown_card(card.number, card.brand, month, year),
            created=state.now(),
            _number=card.number,
            _set_up=False,
        )
    )


def attach_to(state: State, method: Object, customer_id: str) -> Object:
    """Give the card to the customer; raises Refusal where the bank refuses even that."""
    if method["type"] == "card" and not card_of(method["_number"]).attaches:
        raise declined(card_of(method["_number"]).declines or "generic_decline", param="")
    method["customer"] = customer_id
    emit(state, "payment_method.attached", method)
    return method


def detach_from(state: State, method: Object) -> None:
    """Take the card away from its customer, and wherever it was the default."""
    customer = state.get("customer", method["customer"])
    method["customer"] = None
    emit(state, "payment_method.detached", method, {"customer": customer["id"]})
    if customer["invoice_settings"]["default_payment_method"] == method["id"]:
        customers.set_default_card(state, customer, None)
    for subscription in state.every("subscription", default_payment_method=method["id"]):
        if subscription["status"] not in ENDED:
            with updating(state, subscription, "customer.subscription.updated"):
                subscription["default_payment_method"] = None


def owned(state: State, method_id: str, customer_id: str, param: str) -> Object:
    """The customer's own payment method."""
    method = state.get("payment_method", method_id, param)
    if method["customer"] != customer_id:
        raise invalid(
            f"The payment method `{method_id}` does not belong to the Customer you supplied. Please use this payment "
            "method with the Customer that it belongs to instead.",
            param=param,
        )
    return method


def create(state: State, params: Params) -> Object:
    number, expiry = _given(params)
    method = make(state, number, params.get("billing_details"), expiry)
    method["metadata"] = merged({}, params.get("metadata"))
    return method


def _given(params: Params) -> tuple[str, tuple[int, int] | None]:
    if params.get("type") == "sepa_debit":
        return debits.account_of(params.get("sepa_debit", {}).get("iban", "")).iban, None
    if params.get("type") != "card" or "card" not in params:
        raise invalid("Missing required param: card.", "parameter_missing", "card")
    given = params["card"]
    if "number" not in given:
        raise invalid("Missing required param: card[number].", "parameter_missing", "card[number]")
    return given["number"], (given["exp_month"], given["exp_year"])


def update(state: State, params: Params, method_id: str) -> Object:
    method = state.get("payment_method", method_id)
    with updating(state, method):
        method["metadata"] = merged(method["metadata"], params.get("metadata"))
        if "billing_details" in params:
            method["billing_details"] = _billing(params["billing_details"] or {})
    return method


def retrieve(state: State, _params: Params, method_id: str) -> Object:
    return state.get("payment_method", method_id)


def retrieve_of_customer(state: State, _params: Params, customer_id: str, method_id: str) -> Object:
    return owned(state, method_id, customers.existing(state, customer_id)["id"], "payment_method")


def listed(state: State, params: Params) -> Object:
    if "customer" not in params:
        return lists.page([], params, "/v1/payment_methods")
    customers.existing(state, params["customer"])
    return lists.page(lists.matching(_attached(state), params, "customer", "type"), params, "/v1/payment_methods")


def listed_of_customer(state: State, params: Params, customer_id: str) -> Object:
    customers.existing(state, customer_id, param=None)
    found = lists.matching(_attached(state), {**params, "customer": customer_id}, "customer", "type")
    return lists.page(found, params, f"/v1/customers/{customer_id}/payment_methods")


def attach(state: State, params: Params, method_id: str) -> Object:
    customer = customers.existing(state, params.get("customer") or "")
    method = make(state, TEST_IDS[method_id]) if method_id in TEST_IDS else state.get("payment_method", method_id)
    if method["customer"] not in (None, customer["id"]):
        raise invalid(
            "The payment method you provided has already been attached to a customer.",
            "payment_method_unexpected_state",
            "payment_method",
        )
    return attach_to(state, method, customer["id"])


def detach(state: State, _params: Params, method_id: str) -> Object:
    method = state.get("payment_method", method_id)
    if method["customer"] is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            param="payment_method",
        )
    detach_from(state, method)
    return method


def _bank_account(state: State, iban: str, billing: dict[str, Any]) -> Object:
    method = blank(
        "payment_method",
        id=state.ids.make("pm"),
        billing_details=_billing(billing),
        created=state.now(),
        type="sepa_debit",
        _number=iban,
        _set_up=True,
    )
    # A payment method has the details of its own type and no other.
    del method["card"]
    method["sepa_debit"] = {
        "bank_code": iban[4:12] if iban.startswith("DE") else iban[4:9],
        "branch_code": None,
        "country": iban[:2],
        "fingerprint": iban[-12:][::-1] + iban[:4],
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": iban[-4:],
    }
    return state.add(method)


def _attached(state: State) -> list[Object]:
    return [method for method in state.every("payment_method") if method["customer"]]


def _billing(given: dict[str, Any]) -> Object:
    plain = {name: given.get(name) or None for name in ("email", "name", "phone")}
    return {"address": address(given.get("address") or {}), **plain, "tax_id": None}


def _shown_card(number: str, brand: str, month: int, year: int) -> Object:
    return {
        "brand": brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "display_brand": brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": f"{int(number) % 10**12:012d}"[::-1] + number[-4:],
        "funding": "credit",
        "generated_from": None,
        "last4": number[-4:],
        "networks": {"available": [brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


ROUTES: Routes = {
    "GET /v1/payment_methods": Route(listed, f"{LISTING} customer type"),
    "POST /v1/payment_methods": Route(
        create, "type card.number card.exp_month card.exp_year card.cvc sepa_debit.iban billing_details metadata"
    ),
    "GET /v1/payment_methods/{}": Route(retrieve),
    "POST /v1/payment_methods/{}": Route(update, "metadata billing_details"),
    "POST /v1/payment_methods/{}/attach": Route(attach, "customer"),
    "POST /v1/payment_methods/{}/detach": Route(detach),
    "GET /v1/customers/{}/payment_methods": Route(listed_of_customer, f"{LISTING} type"),
    "GET /v1/customers/{}/payment_methods/{}": Route(retrieve_of_customer),
}
