"""What happens when somebody fills in a hosted Checkout page: the charge first, and only then what was sold.

A declined card leaves the session open and nothing behind it but the failed payment intent. A debit completes it
unpaid: what was subscribed to begins, what was bought once waits for the bank.
"""

from dataclasses import dataclass, field
from typing import Any

from infra.local.stripe import (
    checkout_lines,
    customers,
    debits,
    invoice_life,
    invoice_lines,
    payment_intents,
    payment_methods,
    subscription_life,
    tax,
)
from infra.local.stripe.addresses import address, country_of
from infra.local.stripe.cards import card_of
from infra.local.stripe.errors import invalid
from infra.local.stripe.events import emit, updating
from infra.local.stripe.metadata import merged
from infra.local.stripe.state import Object, State

# Where a card is filled in without an address.
ELSEWHERE = {"country": "DE", "postal_code": "10115"}


@dataclass(frozen=True)
class Form:
    """What the customer filled in, a card or an IBAN; `authenticated` once he has satisfied his bank."""

    card: str
    quantity: int | None = None
    address: dict[str, Any] = field(default_factory=dict)
    name: str | None = None
    email: str | None = None
    authenticated: bool = False


def pay(state: State, session: Object, form: Form) -> None:
    """Complete the session; raises Refusal, with the bank's reason, where the card does not pay."""
    if session["status"] != "open":
        raise invalid(f"This Checkout Session is {session['status']}.", "checkout_session_not_open")
    _check_means(session, form.card)
    if form.quantity is not None:
        checkout_lines.change_quantity(session, form.quantity)
    if not any(line["quantity"] for line in session["_line_items"]):
        raise invalid("There is nothing in this Checkout Session to pay for.", param="quantity")
    _fill_in(state, session, form)
    method = payment_methods.make(state, form.card, session["customer_details"])
    intent = _charge(state, session, method, form) if session["amount_total"] else None
    customer = _customer(state, session)
    if intent:
        intent["customer"] = customer["id"]
    _deliver(state, session, customer, method, intent)
    session.update(status="complete", url=None, payment_status=_payment_status(intent))
    emit(state, "checkout.session.completed", session)


def debited(state: State, session: Object, intent: Object) -> None:
    """The debit that completed the session has succeeded, days later."""
    if session["mode"] == "payment" and session["invoice_creation"]["enabled"]:
        _invoice(state, session, state.get("customer", session["customer"]), intent)
    session["payment_status"] = "paid"
    emit(state, "checkout.session.async_payment_succeeded", session)


def _payment_status(intent: Object | None) -> str:
    if intent is None:
        return "no_payment_required"
    return "paid" if intent["status"] == "succeeded" else "unpaid"


def _check_means(session: Object, number: str) -> None:
    """Raises Refusal for what is no test card or account, and for a kind that the session does not take."""
    is_debit = debits.is_iban(number)
    if is_debit:
        debits.account_of(number)
    else:
        card_of(number)
    kind = "sepa_debit" if is_debit else "card"
    if kind not in session["payment_method_types"]:
        raise invalid(f"This Checkout Session does not accept payments by {kind}.", param="card")


def _fill_in(state: State, session: Object, form: Form) -> None:
    customer = state.find(session["customer"] or "") or {}
    old = session["customer_details"] or {}
    session["customer_details"] = {
        "address": address(form.address)
        if form.address.get("country")
        else customer.get("address") or address(ELSEWHERE),
        "business_name": None,
        "email": customer.get("email") or session["customer_email"] or form.email,
        "individual_name": None,
        "name": form.name or old.get("name"),
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
    country = _tax_country(state, session, customer)
    checkout_lines.add_up(session, country)


def _tax_country(state: State, session: Object, customer: Object) -> str | None:
    """A customer's address that the page may not change decides; else the one filled in."""
    if not session["automatic_tax"]["enabled"]:
        return None
    if customer and not _saves_address(session):
        return tax.place_of(state, customer)
    country = country_of(session["customer_details"])
    return tax.place_of(state, customer, country) if customer else country


def _charge(state: State, session: Object, method: Object, form: Form) -> Object:
    intent = _intent(state, session)
    reason = payment_intents.confirm(state, intent, method, form.authenticated)
    if reason:
        raise payment_intents.refusal(state, intent, reason)
    return intent


def _intent(state: State, session: Object) -> Object:
    """One intent a session, however many cards are tried."""
    if session.get("_intent"):
        intent = state.get("payment_intent", session["_intent"])
        intent["amount"] = session["amount_total"]
        return intent
    given = session["_params"].get("payment_intent_data", {})
    is_subscription = session["mode"] == "subscription"
    intent = payment_intents.make(
        state,
        session["amount_total"],
        session["currency"],
        session["customer"],
        description="Subscription creation" if is_subscription else given.get("description"),
        metadata=merged({}, given.get("metadata")),
        setup_future_usage="off_session" if is_subscription else given.get("setup_future_usage"),
    )
    session["_intent"] = intent["id"]
    if not is_subscription:
        session["payment_intent"] = intent["id"]
    return intent


def _customer(state: State, session: Object) -> Object:
    details = session["customer_details"]
    if session["customer"] is None:
        made = {"address": details["address"], "email": details["email"], "name": details["name"]}
        customer = customers.create(state, {name: value for name, value in made.items() if value})
        session["customer"] = customer["id"]
        return customer
    customer = state.get("customer", session["customer"])
    with updating(state, customer):
        if _saves_address(session):
            customer["address"] = details["address"]
        if session["_params"].get("customer_update", {}).get("name") == "auto" and details["name"]:
            customer["name"] = details["name"]
    return customer


def _saves_address(session: Object) -> bool:
    return session["_params"].get("customer_update", {}).get("address") == "auto"


def _deliver(state: State, session: Object, customer: Object, method: Object, intent: Object | None) -> None:
    if session["mode"] == "subscription":
        payment_methods.attach_to(state, method, customer["id"])
        _subscribe(state, session, customer, method, intent)
        return
    if intent and intent["setup_future_usage"]:
        payment_methods.attach_to(state, method, customer["id"])
    customers.hold_to_currency(customer, session["currency"])
    if session["invoice_creation"]["enabled"] and _payment_status(intent) != "unpaid":
        _invoice(state, session, customer, intent)


def _subscribe(state: State, session: Object, customer: Object, method: Object, intent: Object | None) -> None:
    given = session["_params"].get("subscription_data", {})
    sold = [(state.get("price", line["price"]["id"]), line["quantity"]) for line in session["_line_items"]]
    subscription = subscription_life.opened(
        state,
        customer,
        [(price, quantity) for price, quantity in sold if quantity],
        session["automatic_tax"]["enabled"],
        # Already charged, or a debit is on its way: such a subscription is active from its first moment.
        status="active",
        default_payment_method=method["id"],
        description=given.get("description"),
        metadata=merged({}, given.get("metadata")),
    )
    session.update(subscription=subscription["id"], invoice=subscription["latest_invoice"])
    invoice_life.finalize(state, state.get("invoice", subscription["latest_invoice"]), intent)


def _invoice(state: State, session: Object, customer: Object, intent: Object | None) -> None:
    given = session["invoice_creation"]["invoice_data"]
    invoice = invoice_life.draft(
        state,
        customer,
        [invoice_lines.one_off_line(state, line["price"], line["quantity"]) for line in session["_line_items"]],
        session["automatic_tax"]["enabled"],
        currency=session["currency"],
        description=given["description"],
        metadata=given["metadata"],
    )
    session["invoice"] = invoice["id"]
    invoice_life.finalize(state, invoice, intent)
