"""What a credit note comes to: its share of an invoice, or of some of its lines, with the same share of the tax."""

from dataclasses import dataclass
from typing import Any

from infra.local.stripe import invoice_lines
from infra.local.stripe.errors import invalid
from infra.local.stripe.parameters import missing
from infra.local.stripe.state import Object, Params
from infra.local.stripe.tax import half_up


@dataclass(frozen=True)
class Credit:
    """One line of a credit note: `amount` is what the price says, tax inside only where the price has it inside."""

    amount: int
    taxes: list[Object]
    invoice_line_item: str | None = None
    description: str | None = None
    quantity: int | None = None

    @property
    def total(self) -> int:
        return self.amount + _sum(self.taxes, "exclusive")

    @property
    def net(self) -> int:
        return self.amount - _sum(self.taxes, "inclusive")


def credits(invoice: Object, params: Params) -> list[Credit]:
    """Raises Refusal where neither or both of `amount` and `lines` are given, or a line is not the invoice's."""
    if ("amount" in params) == ("lines" in params):
        raise invalid("Specify one of `amount` and `lines`.", param="amount")
    if "amount" in params:
        return [_of_invoice(invoice, params["amount"])]
    return [_of_line(invoice, given, f"lines[{index}]") for index, given in enumerate(params["lines"])]


def _of_invoice(invoice: Object, amount: int) -> Credit:
    if amount < 1:
        raise invalid("Invalid positive integer", "parameter_invalid_integer", "amount")
    taxes = _share(invoice["total_taxes"] or [], amount, invoice["total"])
    return Credit(amount - _sum(taxes, "exclusive"), taxes)


def _of_line(invoice: Object, given: dict[str, Any], path: str) -> Credit:
    line = next((each for each in invoice_lines.all_of(invoice) if each["id"] == given.get("invoice_line_item")), None)
    if line is None:
        raise invalid("No such line item of this invoice.", "resource_missing", f"{path}[invoice_line_item]")
    discount = sum(each["amount"] for each in line["discount_amounts"] or [])
    whole = Credit(line["amount"] - discount, line["taxes"] or [])
    # With automatic tax the amount of a line is asked for without it.
    base = whole.net if invoice["automatic_tax"]["enabled"] else whole.amount
    part, of = _fraction(given, line, base, path)
    return Credit(
        half_up(whole.amount * part, of),
        _share(whole.taxes, part, of),
        invoice_line_item=line["id"],
        description=line["description"],
        quantity=given.get("quantity"),
    )


def _fraction(given: dict[str, Any], line: Object, base: int, path: str) -> tuple[int, int]:
    if "quantity" in given:
        part, of = given["quantity"], line["quantity"]
    elif "amount" in given:
        part, of = given["amount"], base
    else:
        raise missing(f"{path}[quantity]")
    if not 0 < part <= of:
        raise invalid("The line has less to credit than that.", param=path)
    return part, of


def _share(taxes: list[Object], part: int, of: int) -> list[Object]:
    return [
        {**each, **{name: half_up(each[name] * part, of) for name in ("amount", "taxable_amount")}} for each in taxes
    ]


def _sum(taxes: list[Object], behavior: str) -> int:
    return sum(each["amount"] for each in taxes if each["tax_behavior"] == behavior)
