"""Invoice lines and what they add up to.

A line's `period` is the service it pays for; the invoice's own `period_*` is not.
"""

from datetime import UTC, datetime

from infra.local.stripe import balances, discounts, tax
from infra.local.stripe.metadata import merged
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, State

# As many as an invoice carries; the others stand on further pages.
EMBEDDED = 10
SYMBOLS = {"eur": "€", "usd": "$", "gbp": "£"}


def subscription_line(state: State, subscription: Object, item: Object) -> Object:
    """What one subscription item costs for its current period."""
    period = {"start": item["current_period_start"], "end": item["current_period_end"]}
    return _of_subscription(_line(state, item["price"], item["quantity"], period), subscription, item["id"], None)


def proration_line(
    state: State, subscription: Object, item_id: str, price: Object, quantity: int, period: Object
) -> Object:
    """A part of a period; its amount is the caller's to set, and discounts are in it already."""
    line = _line(state, price, quantity, period)
    name = state.get("product", price["product"])["name"]
    counted = name if quantity == 1 else f"{quantity} x {name}"
    line.update(discountable=False, description=f"{counted} after {_day(period['start'])}")
    return _of_subscription(line, subscription, item_id, state.ids.make("ii"))


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


def put(invoice: Object, lines: list[Object]) -> None:
    """Give the invoice these lines; it shows the first ten, and the rest are read page by page."""
    invoice["_lines"] = lines
    invoice["lines"] = {**invoice["lines"], "data": lines[:EMBEDDED], "has_more": len(lines) > EMBEDDED}


def all_of(invoice: Object) -> list[Object]:
    return invoice.get("_lines", [])


def add_up(state: State, invoice: Object) -> None:
    """Tax every line for where the customer is now, and set the invoice's totals."""
    customer = state.get("customer", invoice["customer"])
    automatic = invoice["automatic_tax"]
    country = tax.place_of(state, customer) if automatic["enabled"] else None
    if automatic["enabled"]:
        automatic["status"] = "complete" if country else "requires_location_inputs"
    discounts.spread(state, invoice, all_of(invoice))
    amounts = [_tax_line(state, line, country) for line in all_of(invoice)]
    total, net = sum(each.total for each in amounts), sum(each.net for each in amounts)
    taxes = [entry for line in all_of(invoice) for entry in line["taxes"] or []]
    amount_due = balances.due(total, customer["balance"])
    invoice.update(
        subtotal=sum(line["amount"] for line in all_of(invoice)),
        subtotal_excluding_tax=sum(_before_discounts(state, line, country) for line in all_of(invoice)),
        total=total,
        total_excluding_tax=net,
        total_taxes=tax.added_up(taxes) if country else None if automatic["enabled"] else [],
        starting_balance=customer["balance"],
        amount_due=amount_due,
        amount_remaining=amount_due - invoice["amount_paid"],
        customer_address=customer["address"],
        customer_tax_exempt=customer["tax_exempt"],
        customer_tax_ids=[{"type": each["type"], "value": each["value"]} for each in tax.ids_of(state, customer)],
    )


def _of_subscription(line: Object, subscription: Object, item_id: str, invoice_item_id: str | None) -> Object:
    """The line as one of a subscription item; only prorations come from an invoice item."""
    line["subscription"] = subscription["id"]
    line["metadata"] = dict(subscription["metadata"])
    line["parent"] = {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": invoice_item_id,
            "proration": invoice_item_id is not None,
            "proration_details": {"credited_items": None},
            "subscription": subscription["id"],
            "subscription_item": item_id,
        },
        "type": "subscription_item_details",
    }
    return line


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
    amounts = _taxed(state, line, line["amount"] - discounts.off(line), country)
    line["taxes"] = [tax.tax_entry(state, amounts)] if country else []
    return amounts


def _before_discounts(state: State, line: Object, country: str | None) -> int:
    return _taxed(state, line, line["amount"], country).net


def _taxed(state: State, line: Object, amount: int, country: str | None) -> tax.Taxed:
    price = state.get("price", line["pricing"]["price_details"]["price"])
    return tax.taxed(amount, price["tax_behavior"], country) if country else tax.untaxed(amount)


def _description(state: State, price: Object, quantity: int) -> str:
    name = state.get("product", price["product"])["name"]
    if not price["recurring"]:
        return name
    symbol = SYMBOLS.get(price["currency"], f"{price['currency'].upper()} ")
    each = f"{symbol}{price['unit_amount'] // 100}.{price['unit_amount'] % 100:02d}"
    return f"{quantity} x {name} (at {each} / {price['recurring']['interval']})"


def _day(instant: int) -> str:
    day = datetime.fromtimestamp(instant, UTC)
    return f"{day.day:02d} {day:%b %Y}"
