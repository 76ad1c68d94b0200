"""What a customer does himself: fill in Checkout, give or remove a card, move house, finish an invoice."""

from typing import Any

from infra.local.stripe import (
    checkout_completion,
    checkout_sessions,
    customers,
    invoice_life,
    invoice_payments,
    payment_intents,
    payment_methods,
    setup_intents,
)
from infra.local.stripe.addresses import FIELDS
from infra.local.stripe.addresses import address as full_address
from infra.local.stripe.checkout_completion import Form
from infra.local.stripe.errors import Refusal, invalid
from infra.local.stripe.events import updating
from infra.local.stripe.state import Object, State, shown
from infra.local.stripe.subscription_life import ENDED, UPDATED

GOOD_CARD = "4242424242424242"
BAD_CARD = "4000000000000002"


def check_out(
    state: State,
    session_id: str,
    card: str = GOOD_CARD,
    seats: int | None = None,
    outcome: str = "pay",
    **form: Any,
) -> Object:
    """The hosted Checkout page, filled in and sent, left, or left until it expires.

    A declined card is an answer, not an error: the session stays open.
    """
    session = state.get("checkout.session", session_id)
    url = session["cancel_url"]
    error = None
    if outcome == "expire":
        checkout_sessions.expire(state, {}, session_id)
    elif outcome == "pay":
        filled = Form(card=_text(card, "card"), quantity=_whole(seats), authenticated=True, **_rest(form))
        error = _declined(lambda: checkout_completion.pay(state, session, filled))
        url = None if error else success_url(session)
    elif outcome != "abandon":
        raise invalid("outcome must be pay, abandon or expire.", param="outcome")
    return {"url": url, "error": error, "session": shown(session)}


def success_url(session: Object) -> str:
    return session["success_url"].replace(checkout_sessions.PLACEHOLDER, session["id"])


def set_card(state: State, customer_id: str, card: str) -> Object:
    """A new default card, as the portal sets it: for the customer and his subscriptions."""
    customer = customers.existing(state, customer_id, param=None)
    method = payment_methods.make(state, _text(card, "card"), {"email": customer["email"], "name": customer["name"]})
    payment_methods.attach_to(state, method, customer_id)
    setup_intents.succeeded(state, customer, method)
    customers.set_default_card(state, customer, method["id"])
    for subscription in state.every("subscription", customer=customer_id):
        if subscription["status"] not in ENDED:
            with updating(state, subscription, UPDATED):
                subscription["default_payment_method"] = method["id"]
    return method


def remove_cards(state: State, customer_id: str) -> Object:
    customer = customers.existing(state, customer_id, param=None)
    for method in state.every("payment_method", customer=customer_id):
        payment_methods.detach_from(state, method)
    return customer


def set_address(state: State, customer_id: str, **address: Any) -> Object:
    customer = customers.existing(state, customer_id, param=None)
    with updating(state, customer):
        customer["address"] = full_address(_known(address, FIELDS))
    return customer


def finish_invoice(state: State, invoice_id: str, card: str | None = None, outcome: str = "pay") -> Object:
    """The hosted invoice page: paid with the card on file or another, authenticated, or tried in vain."""
    invoice = state.get("invoice", invoice_id)
    if outcome not in ("pay", "authenticate", "fail"):
        raise invalid("outcome must be pay, authenticate or fail.", param="outcome")
    card = card or (BAD_CARD if outcome == "fail" else None)
    error = _declined(lambda: pay_invoice(state, invoice, card, authenticated=outcome == "authenticate"))
    return {"url": invoice["hosted_invoice_url"], "error": error, "invoice": shown(invoice)}


def pay_invoice(state: State, invoice: Object, card: str | None, authenticated: bool) -> None:
    """Pay an open invoice on its page; raises Refusal, with the bank's reason, where that does not go through."""
    if invoice["status"] not in ("open", "uncollectible"):
        raise invalid(f"You can only pay open invoices. This invoice is {invoice['status']}.")
    method = _method(state, invoice, card)
    reason = invoice_life.collect(state, invoice, method, authenticated)
    if reason:
        raise payment_intents.refusal(state, invoice_payments.default_intent(state, invoice), reason)


def _method(state: State, invoice: Object, card: str | None) -> Object:
    if card:
        return payment_methods.make(state, _text(card, "card"))
    method = invoice_life.payment_method_of(state, invoice)
    if method is None:
        raise invalid("There is no card on file: name one.", param="card")
    return method


def _rest(form: dict[str, Any]) -> dict[str, Any]:
    """The address, name and e-mail address of a form."""
    known = _known(form, (*FIELDS, "name", "email"))
    address = {name: value for name, value in known.items() if name in FIELDS}
    return {"address": address, "name": known.get("name"), "email": known.get("email")}


def _known(fields: dict[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    for name, value in fields.items():
        if name not in names:
            raise invalid(f"Unknown field: {name}", param=name)
        _text(value, name)
    return fields


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise invalid(f"{name} must be a text.", param=name)
    return value


def _whole(seats: Any) -> int | None:
    if seats is not None and type(seats) is not int:
        raise invalid("seats must be a whole number.", param="seats")
    return seats


def _declined(act: Any) -> Object | None:
    try:
        act()
    except Refusal as refusal:
        if refusal.status != 402:
            raise
        return refusal.body()["error"]
    return None
