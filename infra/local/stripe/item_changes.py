"""What the `items` of a request make of a subscription's items. An item without an id is a further one."""

from typing import Any

from infra.local.stripe import prices, subscription_items, tax
from infra.local.stripe.errors import invalid
from infra.local.stripe.parameters import missing
from infra.local.stripe.state import Object, State

MAX_ITEMS = 20
MAX_QUANTITY = 999_999


def read(state: State, subscription: Object, given: list[Any]) -> list[Object]:
    """The items as they would be: copies, new ones with ids and not yet kept; raises Refusal for what cannot be."""
    items = {item["id"]: dict(item) for item in subscription["items"]["data"]}
    _check_distinct(given)
    for index, each in enumerate(given):
        path = f"items[{index}]"
        item = _asked(state, subscription, items, each, path)
        if each.get("deleted"):
            del items[item["id"]]
            continue
        price = _price(state, subscription, item, each, path)
        # A price without a quantity sells one.
        quantity = each.get("quantity", 1 if "price" in each else item["quantity"])
        subscription_items.sell(item, price, _checked_quantity(quantity, path))
        items[item["id"]] = item
    _check_together(list(items.values()))
    return list(items.values())


def sellable_price(state: State, given: dict[str, Any], path: str) -> Object:
    """The recurring price that an item names."""
    if "price" not in given:
        raise missing(f"{path}[price]")
    price = prices.sellable(state, given["price"], f"{path}[price]")
    if price["type"] != "recurring":
        raise invalid(
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
            param=f"{path}[price]",
        )
    return price


def _asked(state: State, subscription: Object, items: dict[str, Object], each: dict[str, Any], path: str) -> Object:
    if "id" not in each:
        if each.get("deleted"):
            raise missing(f"{path}[id]")
        return subscription_items.blank_item(state, subscription["id"])
    if each["id"] not in items:
        raise invalid(f"No such subscription_item: '{each['id']}'", "resource_missing", f"{path}[id]")
    return items[each["id"]]


def _price(state: State, subscription: Object, item: Object, each: dict[str, Any], path: str) -> Object:
    if item["price"] and each.get("price", item["price"]["id"]) == item["price"]["id"]:
        # What is sold already may be sold on after its price was archived.
        return state.get("price", item["price"]["id"])
    price = sellable_price(state, each, path)
    if price["currency"] != subscription["currency"]:
        raise invalid(
            f"The price specified only supports `{price['currency']}`. This doesn't match the expected currency: "
            f"`{subscription['currency']}`.",
            param=f"{path}[price]",
        )
    if subscription["automatic_tax"]["enabled"]:
        tax.check_behavior(price, f"{path}[price]")
    return price


def _check_distinct(given: list[Any]) -> None:
    named = [each["id"] for each in given if "id" in each]
    for index, item_id in enumerate(named):
        if item_id in named[:index]:
            raise invalid(f"Duplicate subscription item: '{item_id}'", param="items")


def _checked_quantity(quantity: int, path: str) -> int:
    if not 0 <= quantity <= MAX_QUANTITY:
        raise invalid("Invalid non-negative integer", "parameter_invalid_integer", f"{path}[quantity]")
    return quantity


def _check_together(items: list[Object]) -> None:
    if not items:
        raise invalid(
            "A subscription must have at least one active plan. Cancel the subscription instead.", param="items"
        )
    if len(items) > MAX_ITEMS:
        raise invalid(f"Subscriptions can have up to {MAX_ITEMS} items.", param="items")
    prices_sold = [item["price"]["id"] for item in items]
    for price_id in prices_sold:
        if prices_sold.count(price_id) > 1:
            raise invalid(f"Cannot add multiple subscription items with the same plan: {price_id}", param="items")
