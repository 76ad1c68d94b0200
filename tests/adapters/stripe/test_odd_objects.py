"""Subscriptions of odd shapes, which people and other programs make at Stripe: they give nothing, and stop nothing."""

from typing import Any

import pytest

from chalicelib.adapters.stripe import objects
from chalicelib.domain.adoption import adopted
from chalicelib.domain.in_force import InForce, in_force
from tests.adapters.stripe.test_objects import item, sample
from tests.builders import CARD, NOW, a_catalogue, a_profile, a_state

TEAM = InForce("team", "good", None, 3)
BARE = {"id": "price_x", "lookup_key": None, "metadata": None, "recurring": None}


@pytest.mark.parametrize(
    ("why", "fields", "plan", "standing"),
    [
        ("no items", {"items": {"object": "list", "data": []}}, "team", "good"),
        ("no metadata", {"metadata": None, "items": {"data": [item("team_month")]}}, "team", "good"),
        ("a status of tomorrow", {"status": "hibernating", "items": {"data": [item("team_month")]}}, "team", "none"),
        ("a price that says nothing", {"items": {"data": [item(None, price=BARE, quantity=None)]}}, "team", "good"),
        ("a plan that nobody has", {"metadata": {"plan": "gold"}, "items": {"data": [item(None)]}}, "team", "good"),
        ("no latest invoice", {"latest_invoice": None, "items": {"data": [item("team_month")]}}, "team", "good"),
        ("a pending update of nothing", {"pending_update": {"subscription_items": None}}, "team", "good"),
    ],
)
def test_what_is_odd_is_read_and_shown(why: str, fields: dict[str, Any], plan: str, standing: str) -> None:
    subscription = objects.subscription(sample("subscription", **fields), a_catalogue(), NOW)

    force = in_force(subscription, TEAM, a_catalogue())

    assert (force.plan, force.standing) == (plan, standing), why
    assert adopted(a_state(), a_profile(), subscription, CARD, a_catalogue()), why


def test_without_an_item_there_is_no_plan_and_people_are_told() -> None:
    empty = objects.subscription(sample("subscription", items={"data": []}), a_catalogue(), NOW)

    outcome = adopted(a_state(), a_profile(), empty, CARD, a_catalogue())

    assert outcome is not None
    assert outcome[0] is None
    assert outcome[1].drift == "Stripe's price none is not in the catalogue"


def test_a_price_or_a_subscription_may_name_its_plan() -> None:
    named = {"metadata": {"plan": "enterprise"}}

    by_price = sample("subscription", items={"data": [item(None, price=named)]}, metadata={})
    by_subscription = sample("subscription", items={"data": [item(None)]}, **named)

    for raw in (by_price, by_subscription):
        subscription = objects.subscription(raw, a_catalogue(), NOW)
        assert (subscription.plan, subscription.seats) == ("enterprise", 2)
