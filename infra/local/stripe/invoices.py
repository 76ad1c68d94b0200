"""Invoices over the API: read, and made by hand for something sold once."""

from infra.local.stripe import (
    customers,
    invoice_life,
    invoice_lines,
    invoice_payments,
    lists,
    payment_intents,
    payment_methods,
    prices,
    tax,
)
from infra.local.stripe.errors import invalid, not_built
from infra.local.stripe.events import emit, updating
from infra.local.stripe.metadata import merged
from infra.local.stripe.parameters import missing
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.state import Object, Params, State


def create(state: State, params: Params) -> Object:
    if "customer" not in params:
        raise missing("customer")
    if params.get("collection_method") == "send_invoice":
        raise not_built("invoices that are sent")
    if params.get("pending_invoice_items_behavior") == "include":
        raise not_built("pending invoice items")
    customer = customers.existing(state, params["customer"])
    method_id = params.get("default_payment_method")
    if method_id:
        payment_methods.owned(state, method_id, customer["id"], "default_payment_method")
    return invoice_life.draft(
        state,
        customer,
        [],
        params.get("automatic_tax", {}).get("enabled", False),
        currency=prices.currency(params.get("currency") or customer["currency"] or "eur"),
        auto_advance=params.get("auto_advance", False),
        default_payment_method=method_id,
        description=params.get("description"),
        metadata=merged({}, params.get("metadata")),
    )


def update(state: State, params: Params, invoice_id: str) -> Object:
    invoice = state.get("invoice", invoice_id)
    with updating(state, invoice):
        invoice["metadata"] = merged(invoice["metadata"], params.get("metadata"))
        if "auto_advance" in params:
            invoice_life.set_auto_advance(state, invoice, params["auto_advance"])
        if "description" in params:
            invoice["description"] = params["description"]
    return invoice


def add_lines(state: State, params: Params, invoice_id: str) -> Object:
    invoice = _draft(state, invoice_id)
    lines = []
    for index, given in enumerate(params["lines"]):
        path = f"lines[{index}][pricing][price]"
        if "price" not in given.get("pricing", {}):
            raise missing(path)
        price = prices.sellable(state, given["pricing"]["price"], path)
        if price["currency"] != invoice["currency"]:
            raise invalid(f"The price's currency must be the invoice's, which is {invoice['currency']}.", param=path)
        if invoice["automatic_tax"]["enabled"]:
            tax.check_behavior(price, path)
        line = invoice_lines.one_off_line(state, price, given.get("quantity", 1), given.get("metadata"))
        line["description"] = given.get("description") or line["description"]
        lines.append(line)
    with updating(state, invoice):
        invoice_life.add_lines(state, invoice, lines)
    return invoice


def finalize(state: State, params: Params, invoice_id: str) -> Object:
    invoice = _draft(state, invoice_id)
    invoice["auto_advance"] = params.get("auto_advance", invoice["auto_advance"])
    invoice_life.finalize(state, invoice)
    return invoice


def pay(state: State, params: Params, invoice_id: str) -> Object:
    """Charge an invoice now, or take it for paid outside; raises the card's error where that does not go through."""
    invoice = state.get("invoice", invoice_id)
    if invoice["status"] == "draft":
        invoice_life.finalize(state, invoice)
    if invoice["status"] == "paid":
        raise invalid("Invoice is already paid", "invoice_already_paid")
    if invoice["status"] not in ("open", "uncollectible"):
        raise invalid(f"You can only pay open invoices. This invoice is {invoice['status']}.")
    if params.get("paid_out_of_band"):
        invoice_life.paid_outside(state, invoice)
        return invoice
    method = _method(state, params, invoice)
    reason = invoice_life.collect(state, invoice, method)
    if reason:
        raise payment_intents.refusal(state, invoice_payments.default_intent(state, invoice), reason)
    return invoice


def delete(state: State, _params: Params, invoice_id: str) -> Object:
    """A draft that nobody is to pay; what was finalised can only be made void."""
    invoice = _draft(state, invoice_id)
    state.remove(invoice)
    emit(state, "invoice.deleted", invoice)
    return {"id": invoice_id, "object": "invoice", "deleted": True}


def void(state: State, _params: Params, invoice_id: str) -> Object:
    invoice = state.get("invoice", invoice_id)
    invoice_life.void(state, invoice)
    return invoice


def mark_uncollectible(state: State, _params: Params, invoice_id: str) -> Object:
    invoice = state.get("invoice", invoice_id)
    invoice_life.mark_uncollectible(state, invoice)
    return invoice


def retrieve(state: State, _params: Params, invoice_id: str) -> Object:
    return state.get("invoice", invoice_id)


def listed(state: State, params: Params) -> Object:
    found = lists.matching(list(state.every("invoice")), params, "customer", "status", "collection_method")
    if "subscription" in params:
        found = [each for each in found if invoice_life.subscription_id(each) == params["subscription"]]
    found = [each for each in found if lists.within(each["created"], params.get("created"))]
    return lists.page(found, params, "/v1/invoices")


def lines(state: State, params: Params, invoice_id: str) -> Object:
    invoice = state.get("invoice", invoice_id)
    return lists.in_order(invoice_lines.all_of(invoice), params, f"/v1/invoices/{invoice_id}/lines")


def _draft(state: State, invoice_id: str) -> Object:
    invoice = state.get("invoice", invoice_id)
    if invoice["status"] != "draft":
        raise invalid("This invoice is already finalized, you can't change it.", "invoice_not_editable")
    return invoice


def _method(state: State, params: Params, invoice: Object) -> Object:
    if "payment_method" in params:
        return payment_methods.owned(state, params["payment_method"], invoice["customer"], "payment_method")
    method = invoice_life.payment_method_of(state, invoice)
    if method is None:
        raise invalid(
            "There is no `default_payment_method` set on this Customer or Invoice. Please set either field prior to "
            "attempting payment, or use the `payment_method` parameter.",
            "resource_missing",
        )
    return method


ROUTES: Routes = {
    "GET /v1/invoices": Route(listed, f"{LISTING} customer status subscription created collection_method"),
    "POST /v1/invoices": Route(
        create,
        "customer currency auto_advance collection_method pending_invoice_items_behavior automatic_tax.enabled "
        "default_payment_method description metadata",
    ),
    "GET /v1/invoices/{}": Route(retrieve),
    "DELETE /v1/invoices/{}": Route(delete),
    "POST /v1/invoices/{}": Route(update, "metadata auto_advance description"),
    "POST /v1/invoices/{}/add_lines": Route(
        add_lines, "lines.pricing.price lines.quantity lines.metadata lines.description"
    ),
    "POST /v1/invoices/{}/finalize": Route(finalize, "auto_advance"),
    "POST /v1/invoices/{}/mark_uncollectible": Route(mark_uncollectible),
    "POST /v1/invoices/{}/pay": Route(pay, "payment_method off_session paid_out_of_band"),
    "POST /v1/invoices/{}/void": Route(void),
    "GET /v1/invoices/{}/lines": Route(lines, LISTING),
}
