"""Checkout sessions over the API. What a session sells comes into being only when its customer completes it."""

from typing import Any

from infra.local.stripe import checkout_lines, customers, lists, tax
from infra.local.stripe.addresses import country_of
from infra.local.stripe.errors import invalid, not_built
from infra.local.stripe.events import emit
from infra.local.stripe.metadata import merged
from infra.local.stripe.parameters import missing
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State

SHORTEST, LONGEST = 30 * 60, 24 * 3_600
MAX_REFERENCE = 200
PLACEHOLDER = "{CHECKOUT_SESSION_ID}"


def create(state: State, params: Params) -> Object:
    _check(params)
    customer = customers.existing(state, params["customer"]) if "customer" in params else None
    lines = checkout_lines.read(state, params)
    if customer:
        customers.check_currency(customer, lines[0]["currency"])
    automatic_tax = params.get("automatic_tax", {}).get("enabled", False)
    _check_tax(params, customer, lines, automatic_tax)
    session_id = state.ids.make("cs_test")
    session = blank(
        "checkout.session",
        id=session_id,
        automatic_tax=_automatic_tax(automatic_tax),
        allowed_payment_method_types=params.get("allowed_payment_method_types"),
        billing_address_collection=params.get("billing_address_collection"),
        cancel_url=params.get("cancel_url"),
        client_reference_id=params.get("client_reference_id"),
        created=state.now(),
        currency=lines[0]["currency"],
        customer=customer and customer["id"],
        customer_creation=_customer_creation(params, customer),
        customer_details=_details(params, customer),
        customer_email=params.get("customer_email"),
        expires_at=_expiry(state, params),
        invoice_creation=_invoice_creation(params),
        locale=params.get("locale"),
        metadata=merged({}, params.get("metadata")),
        mode=params["mode"],
        origin_context=params.get("origin_context"),
        payment_method_types=_payment_method_types(params, lines[0]["currency"]),
        payment_method_collection="always" if params["mode"] == "subscription" else None,
        submit_type=params.get("submit_type"),
        success_url=params["success_url"],
        url=f"{state.url}/pay/{session_id}",
        _line_items=lines,
        _params=params,
    )
    checkout_lines.add_up(session, tax.place_of(state, customer) if customer and automatic_tax else None)
    return state.add(session)


def retrieve(state: State, _params: Params, session_id: str) -> Object:
    return state.get("checkout.session", session_id)


def update(state: State, params: Params, session_id: str) -> Object:
    session = state.get("checkout.session", session_id)
    session["metadata"] = merged(session["metadata"], params.get("metadata"))
    return session


def listed(state: State, params: Params) -> Object:
    found = lists.matching(
        list(state.every("checkout.session")), params, "customer", "status", "subscription", "payment_intent"
    )
    found = [each for each in found if lists.within(each["created"], params.get("created"))]
    return lists.page(found, params, "/v1/checkout/sessions")


def line_items(state: State, params: Params, session_id: str) -> Object:
    session = state.get("checkout.session", session_id)
    return lists.in_order(session["_line_items"], params, f"/v1/checkout/sessions/{session_id}/line_items")


def expire(state: State, _params: Params, session_id: str) -> Object:
    session = state.get("checkout.session", session_id)
    if session["status"] != "open":
        raise invalid(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"{session['status']}.",
        )
    return end(state, session)


def end(state: State, session: Object) -> Object:
    """The session is over, unpaid."""
    session.update(status="expired", url=None)
    emit(state, "checkout.session.expired", session)
    return session


def _check(params: Params) -> None:
    for name in ("mode", "line_items", "success_url"):
        if not params.get(name):
            raise missing(name)
    if params["mode"] == "setup":
        raise not_built("Checkout in setup mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise not_built(f"Checkout with ui_mode {params['ui_mode']}")
    if len(params.get("client_reference_id", "")) > MAX_REFERENCE:
        raise invalid(f"Invalid string: must be at most {MAX_REFERENCE} characters", param="client_reference_id")
    _check_customer(params)
    _check_urls(params)
    _check_mode(params)


def _check_customer(params: Params) -> None:
    if "customer" in params and "customer_email" in params:
        raise invalid("You may only specify one of these parameters: customer, customer_email.")
    if "customer_update" in params and "customer" not in params:
        raise invalid("`customer_update` can only be used with `customer`.", param="customer_update")
    if params["mode"] == "payment" and "customer" not in params and params.get("customer_creation") != "always":
        raise not_built("Checkout of a payment without a customer")


def _check_urls(params: Params) -> None:
    for name in ("success_url", "cancel_url"):
        if name in params and not params[name].startswith(("https://", "http://")):
            raise invalid("Not a valid URL", "url_invalid", name)


def _check_mode(params: Params) -> None:
    wrong = ("payment_intent_data", "invoice_creation") if params["mode"] == "subscription" else ("subscription_data",)
    for name in wrong:
        if name in params:
            raise invalid(f"You can not pass `{name}` in `{params['mode']}` mode.", param=name)


def _check_tax(params: Params, customer: Object | None, lines: list[Object], automatic_tax: bool) -> None:
    if not automatic_tax:
        return
    for index, line in enumerate(lines):
        tax.check_behavior(line["price"], f"line_items[{index}]")
    saves_address = params.get("customer_update", {}).get("address") == "auto"
    if customer and not country_of(customer) and not saves_address:
        raise tax.location_needed(
            "Automatic tax calculation in Checkout requires a valid address on the Customer, or "
            "`customer_update[address]` set to 'auto'."
        )


def _expiry(state: State, params: Params) -> int:
    now = state.now()
    expires_at = params.get("expires_at", now + LONGEST)
    # A minute's grace for the way from the caller's clock to ours, and for his rounding.
    if not now + SHORTEST - 60 <= expires_at <= now + LONGEST + 60:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout Session "
            "creation.",
            param="expires_at",
        )
    return expires_at


def _automatic_tax(enabled: bool) -> Object:
    status = "requires_location_inputs" if enabled else None
    liability = {"type": "self"} if enabled else None
    return {"enabled": enabled, "liability": liability, "provider": "stripe" if enabled else None, "status": status}


def _customer_creation(params: Params, customer: Object | None) -> str | None:
    if customer:
        return None
    return "always" if params["mode"] == "subscription" else params.get("customer_creation", "if_required")


def _details(params: Params, customer: Object | None) -> Object | None:
    if not customer and "customer_email" not in params:
        return None
    known = customer or {"email": params["customer_email"]}
    return {
        "address": known.get("address"),
        "business_name": None,
        "email": known["email"],
        "individual_name": None,
        "name": known.get("name"),
        "phone": known.get("phone"),
        "tax_exempt": "none",
        "tax_ids": None,
    }


def _payment_method_types(params: Params, currency: str) -> list[str]:
    """What the page takes: all that the dashboard has switched on, less what is filtered out."""
    switched_on = ["card", "sepa_debit"] if currency == "eur" else ["card"]
    return [each for each in switched_on if each in params.get("allowed_payment_method_types", switched_on)]


def _invoice_creation(params: Params) -> Object | None:
    if params["mode"] == "subscription":
        return None
    given: dict[str, Any] = params.get("invoice_creation", {})
    names = ("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options")
    metadata = merged({}, given.get("invoice_data", {}).get("metadata"))
    return {
        "enabled": given.get("enabled", False),
        "invoice_data": {**dict.fromkeys(names), **given.get("invoice_data", {}), "metadata": metadata},
    }


ROUTES: Routes = {
    "GET /v1/checkout/sessions": Route(listed, f"{LISTING} customer status subscription payment_intent created"),
    "POST /v1/checkout/sessions": Route(
        create,
        "mode customer customer_email customer_creation customer_update client_reference_id success_url cancel_url "
        "line_items.price line_items.quantity line_items.adjustable_quantity line_items.metadata automatic_tax.enabled "
        "billing_address_collection tax_id_collection.enabled expires_at metadata locale submit_type ui_mode "
        "allowed_payment_method_types payment_method_collection saved_payment_method_options origin_context "
        "subscription_data.metadata subscription_data.description subscription_data.billing_mode.type "
        "payment_intent_data.metadata payment_intent_data.description payment_intent_data.setup_future_usage "
        "invoice_creation.enabled invoice_creation.invoice_data.metadata invoice_creation.invoice_data.description",
    ),
    "GET /v1/checkout/sessions/{}": Route(retrieve),
    "POST /v1/checkout/sessions/{}": Route(update, "metadata"),
    "POST /v1/checkout/sessions/{}/expire": Route(expire),
    "GET /v1/checkout/sessions/{}/line_items": Route(line_items, LISTING),
}
