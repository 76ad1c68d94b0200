"""What a Checkout session sells, and what it comes to. Quantities may be the buyer's to change."""

from typing import Any

from infra.local.stripe import prices, tax
from infra.local.stripe.errors import invalid
from infra.local.stripe.metadata import merged
from infra.local.stripe.parameters import missing
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State, shown

MAX_LINES = 20
MAX_QUANTITY = 999_999
# The least that Stripe charges, about half a dollar in every currency.
LEAST_CHARGE = 50


def read(state: State, params: Params) -> list[Object]:
    """The line items of a session's parameters; raises Refusal for what cannot be sold together."""
    given = params["line_items"]
    if len(given) > MAX_LINES:
        raise invalid(f"A Checkout Session can have up to {MAX_LINES} line items.", param="line_items")
    lines = [_line(state, each, f"line_items[{index}]") for index, each in enumerate(given)]
    if len({line["currency"] for line in lines}) > 1:
        raise invalid("All prices of a Checkout Session must have the same currency.", param="line_items")
    kinds = {line["price"]["type"] for line in lines}
    if params["mode"] == "payment" and "recurring" in kinds:
        raise invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` "
            "mode or use only one-time prices.",
            param="mode",
        )
    if params["mode"] == "subscription" and kinds != {"recurring"}:
        raise invalid(
            "You must provide at least one recurring price in `subscription` mode when using prices.", param="mode"
        )
    if params["mode"] == "payment":
        _check_least(lines)
    return lines


def add_up(session: Object, country: str | None) -> None:
    """Set what the session comes to; a country is given where automatic tax is on and knows where."""
    amounts = [_price_line(line, country) for line in session["_line_items"]]
    session["amount_subtotal"] = sum(each.subtotal for each in amounts)
    session["amount_total"] = sum(each.total for each in amounts)
    session["total_details"] = {
        "amount_discount": 0,
        "amount_shipping": 0,
        "amount_tax": sum(each.tax for each in amounts),
    }
    if session["automatic_tax"]["enabled"]:
        session["automatic_tax"]["status"] = "complete" if country else "requires_location_inputs"


def change_quantity(session: Object, quantity: int) -> None:
    """The buyer's own number, of the first line that lets him choose; raises Refusal outside its bounds."""
    for line in session["_line_items"]:
        bounds = line["adjustable_quantity"]
        if not bounds:
            continue
        if not bounds["minimum"] <= quantity <= bounds["maximum"]:
            raise invalid(f"The quantity must be from {bounds['minimum']} to {bounds['maximum']}.", param="quantity")
        line["quantity"] = quantity
        return
    raise invalid("This Checkout Session's quantity cannot be changed.", param="quantity")


def adjustable(session: Object) -> Object | None:
    return next((line for line in session["_line_items"] if line["adjustable_quantity"]), None)


def _line(state: State, given: dict[str, Any], path: str) -> Object:
    if "price" not in given:
        raise missing(f"{path}[price]")
    if "quantity" not in given:
        raise invalid("Quantity is required. Add `quantity` to `line_items`.", "parameter_missing", f"{path}[quantity]")
    price = prices.sellable(state, given["price"], f"{path}[price]")
    quantity, bounds = given["quantity"], _bounds(given.get("adjustable_quantity", {}))
    least, most = (bounds["minimum"], bounds["maximum"]) if bounds else (1, MAX_QUANTITY)
    if not least <= quantity <= most:
        raise invalid(f"The quantity must be from {least} to {most}.", param=f"{path}[quantity]")
    return blank(
        "item",
        id=state.ids.make("li"),
        adjustable_quantity=bounds,
        currency=price["currency"],
        description=state.get("product", price["product"])["name"],
        metadata=merged({}, given.get("metadata")),
        price=shown(price),
        quantity=quantity,
    )


def _bounds(given: dict[str, Any]) -> Object | None:
    """Stripe's own defaults are from 0 to 99."""
    if not given.get("enabled"):
        return None
    return {"enabled": True, "minimum": given.get("minimum", 0), "maximum": given.get("maximum", 99)}


def _price_line(line: Object, country: str | None) -> tax.Taxed:
    amounts = tax.of_price(line["price"], line["quantity"], country)
    line.update(amount_subtotal=amounts.subtotal, amount_tax=amounts.tax, amount_total=amounts.total)
    return amounts


def _check_least(lines: list[Object]) -> None:
    total = sum(line["price"]["unit_amount"] * line["quantity"] for line in lines)
    if 0 < total < LEAST_CHARGE:
        raise invalid("The Checkout Session's total amount due must add up to at least 0.50.", "amount_too_small")
