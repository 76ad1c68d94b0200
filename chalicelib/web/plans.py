"""GET /v1/plans: the catalogue, for everybody."""

from typing import Any

from chalicelib.domain.catalogue import Allowance, Catalogue, Meter, Pack, Plan, Price
from chalicelib.web import render
from chalicelib.web.auth import PUBLIC
from chalicelib.web.call import Answer, Call
from chalicelib.web.routes import Routes
from chalicelib.web.shapes import public as shapes

routes = Routes(__name__)


@routes.on("GET", "/v1/plans", scopes=PUBLIC, answers=shapes.Catalogue)
def plans(call: Call) -> Answer:
    """Plans from the lowest rank up, meters and packs; needs no key."""
    return Answer(_catalogue(call.deps.catalogue), headers={"Cache-Control": "public, max-age=60"})


def _catalogue(catalogue: Catalogue) -> dict[str, Any]:
    return {
        "plans": [_plan(each) for each in sorted(catalogue.plans.values(), key=lambda plan: plan.rank)],
        "meters": [_meter(each) for each in catalogue.meters.values()],
        "packs": [_pack(each) for each in catalogue.packs.values()],
        "grace_days": catalogue.grace_days,
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "id": plan.id,
        "name": plan.name,
        "rank": plan.rank,
        "contact_sales": plan.contact_sales,
        "prices": {interval: _price(plan.prices.get(interval)) for interval in ("month", "year")},
        "per_seat": plan.per_seat,
        "seats": {"min": plan.seats_min, "max": plan.seats_max},
        "allowances": {meter: _allowance(each) for meter, each in plan.allowances.items()},
        "features": sorted(plan.features),
    }


def _allowance(allowance: Allowance) -> dict[str, Any]:
    return {"included": allowance.included, "policy": allowance.policy, "up_to": allowance.up_to}


def _meter(meter: Meter) -> dict[str, Any]:
    return {
        "id": meter.id,
        "name": meter.name,
        "unit": meter.unit,
        "kind": meter.kind,
        "warning_percent": meter.warning_percent,
        "credits_per_unit": meter.credits_per_unit,
    }


def _pack(pack: Pack) -> dict[str, Any]:
    return {"id": pack.id, "name": pack.name, "credits": pack.credits, "price": _price(pack.price)}


def _price(price: Price | None) -> dict[str, Any] | None:
    return None if price is None else {**render.money(price.money), "tax_behavior": price.tax_behavior}
