"""Automatic tax: a small table of rates by country, applied line by line.

Amounts are integers of the minor unit, rounded half away from zero. An exclusive tax comes on top of a price, an
inclusive one is contained in it. Countries that are not listed are not registered: no tax. A business elsewhere in the
European Union that gave its VAT id owes the tax itself (the reverse charge): no tax, and what a price says is paid.

A *place* is where something is taxed: a country's code, or `<country> <reason>` where a reason keeps the tax at zero.
"""

from dataclasses import dataclass
from typing import Any

from infra.local.stripe.addresses import country_of
from infra.local.stripe.errors import Refusal, invalid
from infra.local.stripe.routing import Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State

# In tenths of a percent.
RATES = {
    **{"AT": 200, "BE": 210, "CH": 81, "DE": 190, "DK": 250, "ES": 210, "FI": 255, "FR": 200, "GB": 200},
    **{"IE": 230, "IT": 220, "LU": 170, "NL": 210, "PL": 230, "PT": 230, "SE": 250},
}

EUROPEAN_UNION = set(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905 - a table
)
# Where the shop itself is.
HOME = "DE"
EXEMPTIONS = {"exempt": "customer_exempt", "reverse": "reverse_charge"}


@dataclass(frozen=True)
class Taxed:
    """An amount with its tax; `subtotal` is what the price says, `total` what is paid."""

    subtotal: int
    tax: int
    total: int
    behavior: str
    country: str | None

    @property
    def net(self) -> int:
        return self.total - self.tax


def place_of(state: State, customer: Object, country: str | None = None) -> str | None:
    """Where a customer is taxed, in this country if not that of his address; None while nobody knows where he is."""
    country = country or country_of(customer)
    reason = _zero_because(state, customer, country) if country else None
    return f"{country} {reason}" if reason else country


def _zero_because(state: State, customer: Object, country: str) -> str | None:
    if customer["tax_exempt"] in EXEMPTIONS:
        return EXEMPTIONS[customer["tax_exempt"]]
    abroad = country in EUROPEAN_UNION - {HOME}
    is_business = any(each["type"] == "eu_vat" for each in ids_of(state, customer))
    return "reverse_charge" if abroad and is_business else None


def ids_of(state: State, customer: Object) -> list[Object]:
    return list(state.every("tax_id", customer=customer["id"]))


def untaxed(amount: int) -> Taxed:
    return Taxed(amount, 0, amount, "exclusive", None)


def taxed(amount: int, behavior: str, country: str) -> Taxed:
    rate = RATES.get(country, 0)
    if behavior == "inclusive":
        return Taxed(amount, half_up(amount * rate, 1_000 + rate), amount, behavior, country)
    tax = half_up(amount * rate, 1_000)
    return Taxed(amount, tax, amount + tax, behavior, country)


def of_price(price: Object, quantity: int, country: str | None) -> Taxed:
    """The price times the quantity; taxed where a country is given, which is where automatic tax is on."""
    amount = price["unit_amount"] * quantity
    return taxed(amount, price["tax_behavior"], country) if country else untaxed(amount)


def check_behavior(price: Object, param: str) -> None:
    """Automatic tax needs a price that says whether tax is inside."""
    if price["tax_behavior"] == "unspecified":
        raise invalid(
            f"Price {price['id']} has no tax_behavior; automatic tax needs `inclusive` or `exclusive`.", param=param
        )


def location_needed(message: str = "The customer's location isn't recognized.") -> Refusal:
    return invalid(
        f"{message} Set a valid customer address in order to automatically calculate tax.",
        "customer_tax_location_invalid",
        "automatic_tax",
    )


def tax_entry(state: State, each: Taxed) -> Object:
    """One entry of `taxes` or `total_taxes`."""
    return {
        "amount": each.tax,
        "tax_behavior": each.behavior,
        "tax_rate_details": {"tax_rate": _rate_id(state, each)},
        "taxability_reason": _reason(each.country or ""),
        "taxable_amount": each.net,
        "type": "tax_rate_details",
    }


def _reason(place: str) -> str:
    return place.partition(" ")[2] or ("standard_rated" if place in RATES else "not_collecting")


def added_up(entries: list[Object]) -> list[Object]:
    """Line taxes as an invoice's `total_taxes`: one entry a rate."""
    totals: dict[str, Object] = {}
    for entry in entries:
        rate = entry["tax_rate_details"]["tax_rate"]
        total = totals.setdefault(rate, {**entry, "amount": 0, "taxable_amount": 0})
        total["amount"] += entry["amount"]
        total["taxable_amount"] += entry["taxable_amount"]
    return list(totals.values())


def retrieve_rate(state: State, _params: Params, rate_id: str) -> Object:
    return state.get("tax_rate", rate_id)


def _rate_id(state: State, each: Taxed) -> str:
    inclusive = each.behavior == "inclusive"
    for rate in state.every("tax_rate", _place=each.country, inclusive=inclusive):
        return rate["id"]
    return state.add(_rate(state, each.country or "", inclusive))["id"]


def _rate(state: State, place: str, inclusive: bool) -> dict[str, Any]:
    percentage = RATES.get(place, 0) / 10
    country = place[:2]
    return blank(
        "tax_rate",
        id=state.ids.make("txr"),
        country=country,
        created=state.now(),
        effective_percentage=percentage,
        inclusive=inclusive,
        jurisdiction=country,
        percentage=percentage,
        _place=place,
    )


def half_up(numerator: int, denominator: int) -> int:
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return rounded if numerator >= 0 else -rounded


ROUTES: Routes = {"GET /v1/tax_rates/{}": Route(retrieve_rate)}
