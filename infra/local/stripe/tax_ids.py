"""Customers' tax ids: what a business is known by to its tax office; a European one moves the tax to the buyer.

Stripe asks the tax office and tells later what it found. Here the answer is there at once, by Stripe's own test values:
`111111111` inside a number is not found, `222222222` stays pending. Source: https://docs.stripe.com/billing/taxes/tax-ids
"""

import re

from infra.local.stripe import customers, lists, tax
from infra.local.stripe.errors import invalid, no_such, not_built
from infra.local.stripe.events import emit
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State

# What each kind looks like; the first group is the country where the number says it.
FORMS = {
    "eu_vat": r"([A-Z]{2})[0-9A-Z]{2,12}",
    "gb_vat": r"(GB)[0-9]{9}(?:[0-9]{3})?",
    "ch_vat": r"(CHE)-?[0-9]{3}\.?[0-9]{3}\.?[0-9]{3} ?(?:MWST|TVA|IVA)",
    "us_ein": r"[0-9]{2}-[0-9]{7}",
}
COUNTRIES = {"gb_vat": "GB", "ch_vat": "CH", "us_ein": "US"}
MAX_TAX_IDS = 5


def create(state: State, params: Params, customer_id: str) -> Object:
    return add(state, customers.existing(state, customer_id, param=None), params["type"], params["value"])


def add(state: State, customer: Object, kind: str, value: str) -> Object:
    """Give the customer a tax id; raises Refusal for one that is malformed or his already."""
    check(kind, value)
    held = tax.ids_of(state, customer)
    if any((each["type"], each["value"]) == (kind, value) for each in held):
        raise invalid(f"The customer already has the tax ID {value}.", param="value")
    if len(held) >= MAX_TAX_IDS:
        raise invalid(f"A customer can have up to {MAX_TAX_IDS} tax IDs.")
    tax_id = blank(
        "tax_id",
        id=state.ids.make("txi"),
        country=COUNTRIES.get(kind) or {"EL": "GR"}.get(value[:2], value[:2]),
        created=state.now(),
        customer=customer["id"],
        owner={
            "account": None,
            "application": None,
            "customer": customer["id"],
            "customer_account": None,
            "type": "customer",
        },
        type=kind,
        value=value,
        verification={"status": _status(kind, value), "verified_address": None, "verified_name": None},
    )
    emit(state, "customer.tax_id.created", state.add(tax_id))
    return tax_id


def check(kind: str, value: str) -> None:
    """Raises Refusal for a malformed number, and for a kind that is not built."""
    if kind not in FORMS:
        raise not_built(f"tax ids of type {kind}")
    if not re.fullmatch(FORMS[kind], value):
        raise invalid(f"Invalid value for {kind}.", "tax_id_invalid", "value")


def retrieve(state: State, _params: Params, customer_id: str, tax_id: str) -> Object:
    customers.existing(state, customer_id, param=None)
    found = state.get("tax_id", tax_id)
    if found["customer"] != customer_id:
        raise no_such("tax_id", tax_id, None, 404)
    return found


def listed(state: State, params: Params, customer_id: str) -> Object:
    customer = customers.existing(state, customer_id, param=None)
    return lists.page(tax.ids_of(state, customer), params, f"/v1/customers/{customer_id}/tax_ids")


def delete(state: State, params: Params, customer_id: str, tax_id: str) -> Object:
    found = retrieve(state, params, customer_id, tax_id)
    state.remove(found)
    emit(state, "customer.tax_id.deleted", found)
    return {"id": tax_id, "object": "tax_id", "deleted": True}


def _status(kind: str, value: str) -> str:
    if kind == "us_ein":
        return "unavailable"
    return "unverified" if "111111111" in value else "pending" if "222222222" in value else "verified"


ROUTES: Routes = {
    "GET /v1/customers/{}/tax_ids": Route(listed, LISTING),
    "POST /v1/customers/{}/tax_ids": Route(create, "type value"),
    "GET /v1/customers/{}/tax_ids/{}": Route(retrieve),
    "DELETE /v1/customers/{}/tax_ids/{}": Route(delete),
}
