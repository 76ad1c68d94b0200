"""Prices: an amount, its tax and the name under which Stripe knows it."""

import pytest

from chalicelib.domain.catalogue import Price, parse
from chalicelib.domain.money import Money
from tests.domain.small_catalogue import SMALL, changed, problems_of

AMOUNT = "plans.team.prices.month.amount: must be an integer of minor units from 1 to 99999999, not "


def test_a_lookup_key_names_its_plan_and_price():
    catalogue = parse(SMALL)

    team_monthly = Price("month", Money(4_900, "eur"), "team_month", "exclusive")
    assert catalogue.price_of("team_month") == (catalogue.plans["team"], team_monthly)
    assert catalogue.price_of("pack_starter") is None
    assert catalogue.price_of("gone") is None


@pytest.mark.parametrize(
    ("reason", "old", "new", "problem"),
    [
        ("a float for money", "4_900", "49.0", AMOUNT + "49.0"),
        ("a text for money", "4_900", '"4900"', AMOUNT + '"4900"'),
        ("a truth for money", "4_900", "true", AMOUNT + "true"),
        ("a date for money", "4_900", "2026-11-20", AMOUNT + "a date or time"),
        ("a list for money", "4_900", "[4900]", AMOUNT + "a list"),
        ("nothing to pay", "4_900", "0", AMOUNT + "0"),
        ("a negative price", "4_900", "-1", AMOUNT + "-1"),
        ("more than Stripe charges", "4_900", "100_000_000", AMOUNT + "100000000"),
        (
            "a lookup key twice",
            '"pack_starter"',
            '"team_month"',
            'packs.starter.price.lookup_key: "team_month" is taken by plans.team.prices.month.lookup_key',
        ),
        (
            "a pack in another currency",
            '500, currency = "eur"',
            '500, currency = "usd"',
            'packs.starter.price.currency: must be the catalogue\'s "eur", not "usd"',
        ),
        (
            "a currency in capitals",
            '500, currency = "eur"',
            '500, currency = "EUR"',
            'packs.starter.price.currency: must be three lower-case letters, at most 200 characters, not "EUR"',
        ),
        (
            "a tax that is undecided",
            '"inclusive"',
            '"unspecified"',
            'packs.starter.price.tax_behavior: must be exclusive or inclusive, not "unspecified"',
        ),
    ],
)
def test_a_mistake_in_a_price_is_the_only_one_named(reason, old, new, problem):
    assert problems_of(changed((old, new))) == [problem], reason
