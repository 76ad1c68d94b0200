"""Subscriptions over the API: as a dashboard user makes one, and how one is read and cancelled.

How one is changed is in subscription_edits.
"""

from infra.local.stripe import (
    customers,
    discounts,
    invoice_life,
    item_changes,
    lists,
    payment_intents,
    payment_methods,
    sent_invoices,
    subscription_edits,
    subscription_life,
    tax,
)
from infra.local.stripe.addresses import country_of
from infra.local.stripe.cards import declined
from infra.local.stripe.errors import invalid, not_built
from infra.local.stripe.metadata import merged
from infra.local.stripe.parameters import missing
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.state import Object, Params, State


def create(state: State, params: Params) -> Object:
    customer = customers.existing(state, params["customer"])
    collection = sent_invoices.read(params)
    sold = _sold(state, params)
    automatic_tax = params.get("automatic_tax", {}).get("enabled", False)
    if automatic_tax:
        _check_tax(customer, sold)
    if sent_invoices.is_sent(collection):
        # In force at once, whatever becomes of its first invoice.
        collection["status"] = "active"
    method = _card(state, params, customer)
    _refuse_if_incomplete(params, method)
    buyer = {"id": None, "customer": customer["id"], "currency": sold[0][0]["currency"], "discounts": []}
    subscription = subscription_life.opened(
        state,
        customer,
        sold,
        automatic_tax,
        default_payment_method=params.get("default_payment_method"),
        description=params.get("description"),
        metadata=merged({}, params.get("metadata")),
        discounts=discounts.read(state, buyer, params.get("discounts")),
        **collection,
    )
    if sent_invoices.is_sent(subscription):
        return subscription
    invoice = state.get("invoice", subscription["latest_invoice"])
    invoice_life.finalize(state, invoice)
    if invoice["status"] == "open" and params.get("payment_behavior") != "default_incomplete" and method:
        invoice_life.collect(state, invoice, method)
    return subscription


def cancel(state: State, params: Params, subscription_id: str) -> Object:
    subscription = state.get("subscription", subscription_id)
    if subscription["status"] in subscription_life.ENDED:
        raise invalid(f"No such subscription: '{subscription_id}'", "resource_missing", "id", status=404)
    if params.get("invoice_now") or params.get("prorate"):
        raise not_built("cancelling with a last invoice or proration")
    subscription_edits.explain(subscription, params.get("cancellation_details", {}))
    subscription_life.end(state, subscription, "cancellation_requested")
    return subscription


def retrieve(state: State, _params: Params, subscription_id: str) -> Object:
    return state.get("subscription", subscription_id)


def listed(state: State, params: Params) -> Object:
    found = lists.matching(list(state.every("subscription")), params, "customer", "collection_method")
    found = [each for each in found if _has_status(each, params.get("status"))]
    if "price" in params:
        found = [each for each in found if any(i["price"]["id"] == params["price"] for i in each["items"]["data"])]
    found = [each for each in found if lists.within(each["created"], params.get("created"))]
    return lists.page(found, params, "/v1/subscriptions")


def item(state: State, _params: Params, item_id: str) -> Object:
    return state.get("subscription_item", item_id)


def items(state: State, params: Params) -> Object:
    subscription = state.get("subscription", params["subscription"], "subscription")
    return lists.in_order(subscription["items"]["data"], params, "/v1/subscription_items")


def _has_status(subscription: Object, wanted: str | None) -> bool:
    """Stripe's filter: without one, everything that has not been cancelled; `all` and `ended` are its own words."""
    status = subscription["status"]
    if wanted is None:
        return status != "canceled"
    if wanted == "ended":
        return status in subscription_life.ENDED
    return wanted in ("all", status)


def _sold(state: State, params: Params) -> subscription_life.Sold:
    given = params.get("items") or []
    if not given:
        raise missing("items")
    if len(given) > item_changes.MAX_ITEMS:
        raise invalid(f"Subscriptions can have up to {item_changes.MAX_ITEMS} items.", param="items")
    sold = [
        (item_changes.sellable_price(state, each, f"items[{index}]"), each.get("quantity", 1))
        for index, each in enumerate(given)
    ]
    if len({price["currency"] for price, _ in sold}) > 1:
        raise invalid("All prices on a subscription must have the same currency.", param="items")
    return sold


def _check_tax(customer: Object, sold: subscription_life.Sold) -> None:
    if not country_of(customer):
        raise tax.location_needed()
    for index, (price, _) in enumerate(sold):
        tax.check_behavior(price, f"items[{index}][price]")


def _card(state: State, params: Params, customer: Object) -> Object | None:
    method_id = params.get("default_payment_method")
    if method_id:
        return payment_methods.owned(state, method_id, customer["id"], "default_payment_method")
    method_id = customer["invoice_settings"]["default_payment_method"]
    is_charged = params.get("collection_method") != sent_invoices.SENT
    if method_id is None and is_charged and params.get("payment_behavior") != "default_incomplete":
        raise invalid(
            "This customer has no attached payment source or default payment method. Please consider adding a default "
            "payment method.",
            "resource_missing",
        )
    return state.get("payment_method", method_id) if method_id else None


def _refuse_if_incomplete(params: Params, method: Object | None) -> None:
    behavior = params.get("payment_behavior", "allow_incomplete")
    if behavior == "pending_if_incomplete":
        raise invalid("`pending_if_incomplete` cannot be used to create a subscription.", param="payment_behavior")
    reason = payment_intents.obstacle(method, authenticated=False) if method else None
    if behavior == "error_if_incomplete" and reason:
        raise declined(reason)


ROUTES: Routes = {
    "GET /v1/subscriptions": Route(listed, f"{LISTING} customer status price created collection_method"),
    "POST /v1/subscriptions": Route(
        create,
        "customer items.price items.quantity automatic_tax.enabled default_payment_method description metadata "
        "payment_behavior off_session billing_mode.type discounts collection_method days_until_due",
    ),
    "GET /v1/subscriptions/{}": Route(retrieve),
    "DELETE /v1/subscriptions/{}": Route(cancel, "cancellation_details invoice_now prorate"),
    "GET /v1/subscription_items": Route(items, f"{LISTING} subscription"),
    "GET /v1/subscription_items/{}": Route(item),
}
