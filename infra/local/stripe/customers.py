"""Customers: who pays; their address decides the tax, their default payment method what is charged."""

import re
from typing import Any

from infra.local.stripe import lists
from infra.local.stripe.addresses import address
from infra.local.stripe.errors import invalid, no_such, not_built
from infra.local.stripe.events import emit, updating
from infra.local.stripe.metadata import merged
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State

PLAIN = ("name", "email", "phone", "description")
CUSTOMERS_OF_A_CLOCK = 3
PREFIX_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def create(state: State, params: Params) -> Object:
    customer: Object = blank(
        "customer",
        id=state.ids.make("cus"),
        created=state.now(),
        invoice_prefix=state.ids.letters(8, PREFIX_ALPHABET),
    )
    _set(state, customer, params)
    if "test_clock" in params:
        customer["test_clock"] = _clock(state, params["test_clock"])
    state.add(customer)
    emit(state, "customer.created", customer)
    return customer


def update(state: State, params: Params, customer_id: str) -> Object:
    customer = existing(state, customer_id, param=None)
    with updating(state, customer):
        _set(state, customer, params)
    return customer


def retrieve(state: State, _params: Params, customer_id: str) -> Object:
    return state.get("customer", customer_id)


def listed(state: State, params: Params) -> Object:
    found = lists.matching(
        [each for each in state.every("customer") if not each.get("deleted")], params, "email", "test_clock"
    )
    found = [each for each in found if lists.within(each["created"], params.get("created"))]
    return lists.page(found, params, "/v1/customers")


def search(state: State, params: Params) -> Object:
    """By one field of the metadata, and with no lag. Source: https://docs.stripe.com/search#search-query-language."""
    asked = re.fullmatch(r"metadata\['(\w+)'\]:'([^']*)'", params["query"])
    if asked is None:
        raise not_built(f"the search for {params['query']}")
    name, value = asked.groups()
    found = [
        each for each in state.every("customer") if each["metadata"].get(name) == value and not each.get("deleted")
    ]
    return lists.page(found, params, "/v1/customers/search") | {"object": "search_result", "next_page": None}


def existing(state: State, customer_id: str, param: str | None = "customer") -> Object:
    """The customer, who is not deleted."""
    customer = state.get("customer", customer_id, param)
    if customer.get("deleted"):
        raise no_such("customer", customer_id, param, 404)
    return customer


def check_currency(customer: Object, currency: str) -> None:
    """A customer pays in one currency, the first."""
    if customer["currency"] not in (None, currency):
        raise invalid(
            "You cannot combine currencies on a single customer. This customer has had a subscription, coupon, or "
            f"invoice item with currency {customer['currency']}",
            param="currency",
        )


def hold_to_currency(customer: Object, currency: str) -> None:
    check_currency(customer, currency)
    customer["currency"] = currency


def next_invoice_number(customer: Object) -> str:
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
    customer["next_invoice_sequence"] += 1
    return number


def set_default_card(state: State, customer: Object, method_id: str | None) -> None:
    with updating(state, customer):
        customer["invoice_settings"]["default_payment_method"] = method_id


def _set(state: State, customer: Object, params: Params) -> None:
    for name in PLAIN:
        if name in params:
            customer[name] = params[name] or None
    if "address" in params:
        customer["address"] = address(params["address"]) if params["address"] else None
    if "preferred_locales" in params:
        customer["preferred_locales"] = params["preferred_locales"]
    if "invoice_settings" in params:
        customer["invoice_settings"]["default_payment_method"] = _own_card(state, customer, params["invoice_settings"])
    if "tax_exempt" in params:
        customer["tax_exempt"] = params["tax_exempt"] or "none"
    customer["metadata"] = merged(customer["metadata"], params.get("metadata"))


def _clock(state: State, clock_id: str) -> str:
    clock = state.get("test_helpers.test_clock", clock_id, "test_clock")
    if len(list(state.every("customer", test_clock=clock_id))) >= CUSTOMERS_OF_A_CLOCK:
        raise invalid(f"A test clock can have up to {CUSTOMERS_OF_A_CLOCK} customers.", param="test_clock")
    return clock["id"]


def _own_card(state: State, customer: Object, settings: dict[str, Any]) -> str | None:
    method_id = settings.get("default_payment_method") or None
    if method_id:
        param = "invoice_settings[default_payment_method]"
        method = state.get("payment_method", method_id, param)
        if method["customer"] != customer["id"]:
            raise invalid(
                "The customer does not have a payment method with the ID "
                f"{method_id}. The payment method must be attached to the customer.",
                "resource_missing",
                param,
            )
    return method_id


TAKES = (
    "name email phone description metadata address preferred_locales invoice_settings.default_payment_method tax_exempt"
)
ROUTES: Routes = {
    "GET /v1/customers": Route(listed, f"{LISTING} email created test_clock"),
    "GET /v1/customers/search": Route(search, "query limit"),
    "POST /v1/customers": Route(create, f"test_clock {TAKES}"),
    "GET /v1/customers/{}": Route(retrieve),
    "POST /v1/customers/{}": Route(update, TAKES),
}
