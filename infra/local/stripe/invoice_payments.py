"""Invoice payments: which payment intent pays which invoice.

The way from a charge to its invoice leads through here.
"""

from infra.local.stripe import lists
from infra.local.stripe.events import emit
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State


def make(state: State, invoice: Object, intent: Object) -> Object:
    return state.add(
        blank(
            "invoice_payment",
            id=state.ids.make("inpay"),
            amount_requested=invoice["amount_due"],
            created=state.now(),
            currency=invoice["currency"],
            invoice=invoice["id"],
            payment={"payment_intent": intent["id"], "type": "payment_intent"},
        )
    )


def default_intent(state: State, invoice: Object) -> Object:
    payment = next(state.every("invoice_payment", invoice=invoice["id"], is_default=True))
    return state.get("payment_intent", payment["payment"]["payment_intent"])


def invoice_of(state: State, intent: Object) -> Object | None:
    """The invoice that an intent pays, if it is an invoice's."""
    for payment in state.every("invoice_payment"):
        if payment["payment"]["payment_intent"] == intent["id"]:
            return state.get("invoice", payment["invoice"])
    return None


def open_intent(state: State, invoice: Object) -> Object | None:
    for payment in state.every("invoice_payment", invoice=invoice["id"], status="open"):
        return state.get("payment_intent", payment["payment"]["payment_intent"])
    return None


def paid(state: State, invoice: Object) -> None:
    for payment in state.every("invoice_payment", invoice=invoice["id"], status="open"):
        payment.update(status="paid", amount_paid=payment["amount_requested"])
        payment["status_transitions"]["paid_at"] = state.now()
        emit(state, "invoice_payment.paid", payment)


def canceled(state: State, invoice: Object) -> None:
    for payment in state.every("invoice_payment", invoice=invoice["id"], status="open"):
        payment["status"] = "canceled"
        payment["status_transitions"]["canceled_at"] = state.now()


def retrieve(state: State, _params: Params, payment_id: str) -> Object:
    return state.get("invoice_payment", payment_id)


def listed(state: State, params: Params) -> Object:
    found = lists.matching(list(state.every("invoice_payment")), params, "invoice", "status")
    if "payment" in params:
        wanted = params["payment"].get("payment_intent")
        found = [each for each in found if each["payment"]["payment_intent"] == wanted]
    return lists.page(found, params, "/v1/invoice_payments")


ROUTES: Routes = {
    "GET /v1/invoice_payments": Route(listed, f"{LISTING} invoice status payment.type payment.payment_intent"),
    "GET /v1/invoice_payments/{}": Route(retrieve),
}
