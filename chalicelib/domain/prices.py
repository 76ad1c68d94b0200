"""Prices: what Stripe charges for a plan, by month or year, or once for a pack of credits.

A price is never changed at Stripe: another amount is another Stripe price under the same lookup key, and whoever
subscribed to the old one keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.money import Money
from chalicelib.domain.tables import Table, shown

MONTH, YEAR, ONCE = "month", "year", "once"
EXCLUSIVE, INCLUSIVE = "exclusive", "inclusive"
CURRENCY = "[a-z]{3}"

# Stripe charges amounts of at most eight digits (PaymentIntent.amount in the SDK's reference).
MOST_MONEY = 99_999_999


@dataclass(frozen=True, slots=True)
class Price:
    """An amount for an interval (month, year, once), with the tax inside (inclusive) or on top (exclusive)."""

    interval: str
    money: Money
    lookup_key: str
    tax_behavior: str


def read_price(table: Table, interval: str, catalogue_currency: str) -> Price:
    amount = table.integer("amount", 1, MOST_MONEY, noun="an integer of minor units")
    currency = table.text("currency", CURRENCY, noun="three lower-case letters")
    if currency and catalogue_currency and currency != catalogue_currency:
        table.note("currency", f"must be the catalogue's {shown(catalogue_currency)}, not {shown(currency)}")
    lookup_key = table.text("lookup_key")
    tax_behavior = table.choice("tax_behavior", (EXCLUSIVE, INCLUSIVE))
    table.close()
    return Price(interval, Money(amount, currency), lookup_key, tax_behavior)
