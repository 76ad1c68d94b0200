"""Prices: only what the catalogue says is sold, so that nobody pays another amount than he was shown."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.adapters.stripe.prices import is_as_offered
from chalicelib.domain.catalogue import Catalogue, Price
from chalicelib.domain.invoices import PlanOrder
from chalicelib.domain.money import Money
from chalicelib.errors import NotForSale
from infra.local.clock import Clock
from infra.local.stripe.emulator import Emulator
from infra.stripe_offers import sync_offers
from tests.adapters.stripe.test_gateway import URLS, a_gateway, an_operator
from tests.builders import NOW, a_catalogue, a_purchase

OFFERED = Price("month", Money(3_900, "eur"), "business_month", "exclusive")
MONTHLY: Any = {"interval": "month", "interval_count": 1}
FOUND: Any = {"unit_amount": 3_900, "currency": "eur", "tax_behavior": "exclusive", "recurring": MONTHLY}
ORDER = PlanOrder("acme", "business_month", (5, 5, 9), URLS["success_url"], URLS["cancel_url"])


@pytest.mark.parametrize(
    ("why", "found", "sold"),
    [
        ("the very same", {}, True),
        ("one cent more", {"unit_amount": 3_901}, False),
        ("in steps, which has no amount of its own", {"unit_amount": None}, False),
        ("for five seats at once", {"transform_quantity": {"divide_by": 5, "round": "up"}}, False),
        ("other money", {"currency": "usd"}, False),
        ("by the year", {"recurring": MONTHLY | {"interval": "year"}}, False),
        ("every other month", {"recurring": MONTHLY | {"interval_count": 2}}, False),
        ("once", {"recurring": None}, False),
        ("tax inside", {"tax_behavior": "inclusive"}, False),
    ],
)
def test_a_price_is_sold_as_it_is_offered_or_not_at_all(why: str, found: Any, *, sold: bool) -> None:
    assert is_as_offered(FOUND | found, OFFERED) is sold, why


def dearer() -> Catalogue:
    """The catalogue of the next deployment."""
    now = a_catalogue()
    business, pack = now.plans["business"], now.packs["starter"]
    month = replace(business.prices["month"], money=Money(4_900, "eur"))
    plans = {**now.plans, "business": replace(business, prices={**business.prices, "month": month})}
    packs = {**now.packs, "starter": replace(pack, price=replace(pack.price, money=Money(9_900, "eur")))}
    return replace(now, plans=plans, packs=packs)


def test_after_a_change_of_price_nothing_is_sold_at_the_old_one_and_at_the_new_one_once_it_is_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Emulator(Clock(NOW)).serve() as emulator:
        operator, before = an_operator(emulator), a_gateway(emulator.url)
        sync_offers(operator, a_catalogue())
        customer = operator.v1.customers.create({"name": "Acme"}).id
        old = before.checkout_plan(ORDER, customer, key="old").total
        deployed = a_gateway(emulator.url, catalogue=dearer())

        for _ in range(2):
            with pytest.raises(NotForSale):
                deployed.checkout_plan(ORDER, customer, key="early")
        with pytest.raises(NotForSale):
            deployed.checkout_pack(a_purchase(), customer, "pack_starter", **URLS, key="early pack")
        told = {(each.message, vars(each)["cure"]) for each in caplog.records if each.levelname == "ERROR"}
        assert told == {("price.not_as_offered", "run infra.stripe_sync")}
        sync_offers(operator, dearer())

        new = deployed.checkout_plan(ORDER, customer, key="new").total
        assert (old, new) == (Money(19_500, "eur"), Money(24_500, "eur"))
        # Who still runs with the old catalogue shows the old price, and sells at it.
        assert before.checkout_plan(ORDER, customer, key="still old").total == old
        assert emulator.state.problems == []
