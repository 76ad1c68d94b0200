"""Prices: an amount a unit, once or each interval.

Amount, currency and interval never change; the lookup key may move.
"""

from typing import Any

from infra.local.stripe import lists, products
from infra.local.stripe.errors import invalid
from infra.local.stripe.events import emit, updating
from infra.local.stripe.metadata import merged
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State

CURRENCIES = {"eur", "usd", "gbp", "chf", "sek", "dkk", "pln", "jpy", "nok", "czk"}
MAX_AMOUNT = 99_999_999
MAX_LOOKUP_KEY = 200


def create(state: State, params: Params) -> Object:
    if "unit_amount" not in params:
        raise invalid("You must specify either `unit_amount` or `unit_amount_decimal`.", param="unit_amount")
    price: Object = blank(
        "price",
        id=state.ids.make("price"),
        active=params.get("active", True),
        created=state.now(),
        currency=currency(params["currency"]),
        metadata=merged({}, params.get("metadata")),
        nickname=params.get("nickname"),
        product=_product(state, params),
        recurring=_recurring(params["recurring"]) if "recurring" in params else None,
        tax_behavior=params.get("tax_behavior", "unspecified"),
        type="recurring" if "recurring" in params else "one_time",
        unit_amount=_amount(params["unit_amount"]),
        unit_amount_decimal=str(params["unit_amount"]),
    )
    _take_lookup_key(state, price, params)
    emit(state, "price.created", state.add(price))
    return price


def update(state: State, params: Params, price_id: str) -> Object:
    price = state.get("price", price_id)
    if price["tax_behavior"] != "unspecified" and params.get("tax_behavior") not in (None, price["tax_behavior"]):
        raise invalid("The tax behavior of a price cannot be changed once it is set.", param="tax_behavior")
    with updating(state, price):
        for name in ("active", "nickname", "tax_behavior"):
            if name in params:
                price[name] = params[name]
        price["metadata"] = merged(price["metadata"], params.get("metadata"))
        _take_lookup_key(state, price, params)
    return price


def retrieve(state: State, _params: Params, price_id: str) -> Object:
    return state.get("price", price_id)


def listed(state: State, params: Params) -> Object:
    found = lists.matching(list(state.every("price")), params, "active", "product", "type", "currency")
    if "lookup_keys" in params:
        found = [each for each in found if each["lookup_key"] in params["lookup_keys"]]
    return lists.page(found, params, "/v1/prices")


def currency(code: str) -> str:
    if code.lower() not in CURRENCIES:
        raise invalid(f"Invalid currency: {code.lower()}.", param="currency")
    return code.lower()


def sellable(state: State, price_id: str, param: str) -> Object:
    """The price, which must be active."""
    price = state.get("price", price_id, param)
    if not price["active"]:
        raise invalid(
            f"The price specified is inactive. This field only accepts active prices. ({price_id})",
            param=param,
        )
    return price


def _product(state: State, params: Params) -> str:
    if "product_data" in params:
        return products.create(state, params["product_data"])["id"]
    if "product" not in params:
        raise invalid("You must specify either `product` or `product_data` when creating a price.", param="product")
    return state.get("product", params["product"], "product")["id"]


def _amount(amount: int) -> int:
    if not 0 <= amount <= MAX_AMOUNT:
        raise invalid("Invalid non-negative integer", "parameter_invalid_integer", "unit_amount")
    return amount


def _recurring(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "interval": given["interval"],
        "interval_count": given.get("interval_count", 1),
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def _take_lookup_key(state: State, price: Object, params: Params) -> None:
    key = params.get("lookup_key")
    if key is None:
        return
    if len(key) > MAX_LOOKUP_KEY:
        raise invalid(f"Invalid string: must be at most {MAX_LOOKUP_KEY} characters", param="lookup_key")
    for holder in state.every("price", lookup_key=key):
        if holder is price:
            return
        if not params.get("transfer_lookup_key"):
            raise invalid(
                f"A price (`{holder['id']}`) already uses that lookup key. Use `transfer_lookup_key` to move it.",
                "lookup_key_already_exists",
                "lookup_key",
            )
        with updating(state, holder):
            holder["lookup_key"] = None
    price["lookup_key"] = key


ROUTES: Routes = {
    "GET /v1/prices": Route(listed, f"{LISTING} active product type currency lookup_keys"),
    "POST /v1/prices": Route(
        create,
        "active currency lookup_key metadata nickname product product_data.name product_data.id product_data.metadata "
        "recurring.interval recurring.interval_count recurring.usage_type tax_behavior transfer_lookup_key unit_amount",
    ),
    "GET /v1/prices/{}": Route(retrieve),
    "POST /v1/prices/{}": Route(update, "active lookup_key metadata nickname tax_behavior transfer_lookup_key"),
}
