"""Products: what prices are prices of. The id may be chosen by the caller."""

from infra.local.stripe import lists
from infra.local.stripe.errors import invalid
from infra.local.stripe.events import emit, updating
from infra.local.stripe.metadata import merged
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State

PLAIN = ("name", "description", "tax_code", "unit_label", "statement_descriptor", "url")


def create(state: State, params: Params) -> Object:
    product_id = params.get("id") or state.ids.make("prod")
    if state.find(product_id):
        raise invalid("Product already exists.", "resource_already_exists", "id")
    product: Object = blank(
        "product",
        id=product_id,
        active=params.get("active", True),
        created=state.now(),
        updated=state.now(),
    )
    _set(product, params)
    emit(state, "product.created", state.add(product))
    return product


def update(state: State, params: Params, product_id: str) -> Object:
    product = state.get("product", product_id)
    with updating(state, product):
        _set(product, params)
        product["active"] = params.get("active", product["active"])
        if "default_price" in params:
            product["default_price"] = state.get("price", params["default_price"], "default_price")["id"]
        product["updated"] = state.now()
    return product


def retrieve(state: State, _params: Params, product_id: str) -> Object:
    return state.get("product", product_id)


def listed(state: State, params: Params) -> Object:
    found = lists.matching(list(state.every("product")), params, "active")
    if "ids" in params:
        found = [each for each in found if each["id"] in params["ids"]]
    return lists.page(found, params, "/v1/products")


def delete(state: State, _params: Params, product_id: str) -> Object:
    product = state.get("product", product_id)
    if any(state.every("price", product=product_id)):
        raise invalid("This product cannot be deleted because it has one or more user-created prices.")
    state.remove(product)
    emit(state, "product.deleted", product)
    return {"id": product_id, "object": "product", "deleted": True}


def _set(product: Object, params: Params) -> None:
    for name in PLAIN:
        if name in params:
            product[name] = params[name] or None
    product["metadata"] = merged(product["metadata"], params.get("metadata"))


TAKES = f"{' '.join(PLAIN)} active metadata"
ROUTES: Routes = {
    "GET /v1/products": Route(listed, f"{LISTING} active ids"),
    "POST /v1/products": Route(create, f"id type {TAKES}"),
    "GET /v1/products/{}": Route(retrieve),
    "POST /v1/products/{}": Route(update, f"default_price {TAKES}"),
    "DELETE /v1/products/{}": Route(delete),
}
