"""Coupons: so much off, once or forever. Those that repeat for some months are not built."""

from decimal import Decimal

from infra.local.stripe import lists, prices
from infra.local.stripe.errors import invalid, not_built
from infra.local.stripe.events import emit
from infra.local.stripe.metadata import merged
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State


def create(state: State, params: Params) -> Object:
    if ("percent_off" in params) == ("amount_off" in params):
        raise invalid("You must specify exactly one of `percent_off` and `amount_off`.", param="percent_off")
    if "amount_off" in params and "currency" not in params:
        raise invalid("You must pass currency when passing amount_off", "parameter_missing", "currency")
    if params.get("duration") == "repeating":
        raise not_built("coupons that repeat")
    coupon: Object = blank(
        "coupon",
        id=params.get("id") or state.ids.letters(8),
        amount_off=params.get("amount_off"),
        created=state.now(),
        currency=prices.currency(params["currency"]) if "amount_off" in params else None,
        duration=params.get("duration", "once"),
        metadata=merged({}, params.get("metadata")),
        name=params.get("name"),
        percent_off=float(params["percent_off"]) if "percent_off" in params else None,
        _hundredths=_hundredths(params.get("percent_off")),
    )
    _check(state, coupon)
    emit(state, "coupon.created", state.add(coupon))
    return coupon


def retrieve(state: State, _params: Params, coupon_id: str) -> Object:
    return state.get("coupon", coupon_id)


def listed(state: State, params: Params) -> Object:
    return lists.page(list(state.every("coupon")), params, "/v1/coupons")


def _check(state: State, coupon: Object) -> None:
    if state.find(coupon["id"]):
        raise invalid("Coupon already exists.", "resource_already_exists", "id")
    if coupon["amount_off"] is not None and coupon["amount_off"] < 1:
        raise invalid("Invalid positive integer", "parameter_invalid_integer", "amount_off")
    if coupon["amount_off"] is None and not 0 < coupon["_hundredths"] <= 10_000:
        raise invalid("Percent off must be more than 0 and at most 100.", param="percent_off")


def _hundredths(percent: Decimal | None) -> int | None:
    return None if percent is None else int(percent * 100)


ROUTES: Routes = {
    "GET /v1/coupons": Route(listed, LISTING),
    "POST /v1/coupons": Route(create, "id amount_off currency duration metadata name percent_off"),
    "GET /v1/coupons/{}": Route(retrieve),
}
