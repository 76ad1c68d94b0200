"""Invoice lines and what they add up to.

A line's `period` is the service it pays for; the invoice's own `period_*` is not.
"""

from infra.local.stripe import tax
from infra.local.stripe.addresses import country_of
from infra.local.stripe.metadata import merged
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, State

SYMBOLS = {"eur": "€", "usd": "$", "gbp": "£"}


def subscription_line(state: State, subscription: Object, item: Object) -> Object:
    """What one subscription item costs for its current period."""
    period = {"start": item["current_period_start"], "end": item["current_period_end"]}
    line = _line(state, item["price"], item["quantity"], period)
    line["subscription"] = subscription["id"]
    line["metadata"] = dict(subscription["metadata"])
    line["parent"] = {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": None,
            "proration": False,
            "proration_details": {"credited_items": None},
            "subscription": subscription["id"],
            "subscription_item": item["id"],
        },
        "type": "subscription_item_details",
    }
    return line


def one_off_line(state: State, price: Object, quantity: int, metadata: Object | None = None) -> Object:
    """Something sold once."""
    line = _line(state, price, quantity, {"start": state.now(), "end": state.now()})
    line["metadata"] = merged({}, metadata)
    line["parent"] = {
        "invoice_item_details": {
            "invoice_item": state.ids.make("ii"),
            "proration": False,
            "proration_details": {"credited_items": None},
            "subscription": None,
        },
        "subscription_item_details": None,
        "type": "invoice_item_details",
    }
    return line


def add_up(state: State, invoice: Object) -> None:
    """Tax every line for where the customer is now, and set the invoice's totals."""
    customer = state.get("customer", invoice["customer"])
    automatic = invoice["automatic_tax"]
    country = country_of(customer) if automatic["enabled"] else None
    if automatic["enabled"]:
        automatic["status"] = "complete" if country else "requires_location_inputs"
    amounts = [_tax_line(state, line, country) for line in invoice["lines"]["data"]]
    subtotal, total = sum(each.subtotal for each in amounts), sum(each.total for each in amounts)
    net = sum(each.net for each in amounts)
    taxes = [entry for line in invoice["lines"]["data"] for entry in line["taxes"] or []]
    invoice.update(
        subtotal=subtotal,
        subtotal_excluding_tax=net,
        total=total,
        total_excluding_tax=net,
        total_taxes=tax.added_up(taxes) if country else None if automatic["enabled"] else [],
        amount_due=total,
        amount_remaining=total - invoice["amount_paid"],
        customer_address=customer["address"],
    )


def _line(state: State, price: Object, quantity: int, period: Object) -> Object:
    amount = price["unit_amount"] * quantity
    return blank(
        "line_item",
        id=state.ids.make("il"),
        amount=amount,
        currency=price["currency"],
        description=_description(state, price, quantity),
        period=period,
        pricing={
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        quantity=quantity,
        quantity_decimal=str(quantity),
        subtotal=amount,
    )


def _tax_line(state: State, line: Object, country: str | None) -> tax.Taxed:
    price = state.get("price", line["pricing"]["price_details"]["price"])
    amounts = tax.of_price(price, line["quantity"], country)
    line["taxes"] = [tax.tax_entry(state, amounts)] if country else []
    return amounts


def _description(state: State, price: Object, quantity: int) -> str:
    name = state.get("product", price["product"])["name"]
    if not price["recurring"]:
        return name
    symbol = SYMBOLS.get(price["currency"], f"{price['currency'].upper()} ")
    each = f"{symbol}{price['unit_amount'] // 100}.{price['unit_amount'] % 100:02d}"
    return f"{quantity} x {name} (at {each} / {price['recurring']['interval']})"
