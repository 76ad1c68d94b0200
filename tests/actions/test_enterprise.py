"""What people sell in the dashboard: a subscription that names account and plan is taken up, whatever its price."""

from typing import Any

import pytest

from chalicelib.domain.periods import DAY
from tests.actions.tabs import Tabs
from tests.actions.world import VISA, World

NAMES = [("the subscription", True), ("the price", False)]


def sold(world: World, seats: int = 20, *, named_by_subscription: bool = True) -> Tabs:
    """A price of its own and a subscription to it, made with the operator's key."""
    tabs, v1 = Tabs(world), world.operator.v1
    world.act(f"customers/{tabs.customer}/card", card=VISA)
    plan = {"plan": "enterprise"}
    product = v1.products.create({"name": "Enterprise for Acme"}).id
    price: Any = {"product": product, "currency": "eur", "unit_amount": 7_500, "recurring": {"interval": "year"}}
    made = v1.prices.create(price | ({} if named_by_subscription else {"metadata": plan}))
    params: Any = {"customer": tabs.customer, "items": [{"price": made.id, "quantity": seats}]}
    params["metadata"] = {"account": "acme"} | (plan if named_by_subscription else {})
    tabs.first = v1.subscriptions.create(params).id
    world.deliver()
    return tabs


@pytest.mark.parametrize(("where", "named_by_subscription"), NAMES)
def test_it_is_adopted_with_its_plan_and_seats(world: World, where: str, named_by_subscription: bool) -> None:
    sold(world, named_by_subscription=named_by_subscription)

    seen = world.seen()
    assert (seen.plan, seen.interval, seen.standing, seen.seats.bought) == ("enterprise", "year", "good", 20), where
    assert seen.drift is None
    assert next(bar.limit for bar in seen.usage if bar.meter == "sessions") is None


def test_people_change_its_seats_and_end_it(world: World) -> None:
    tabs = sold(world)
    item = world.operator.v1.subscriptions.retrieve(tabs.first).to_dict()["items"]["data"][0]["id"]

    world.operator.v1.subscriptions.update(tabs.first, {"items": [{"id": item, "quantity": 25}]})
    world.deliver()
    assert world.seen().seats.bought == 25
    world.operator.v1.subscriptions.update(tabs.first, {"cancel_at_period_end": True})
    world.deliver()

    assert world.seen().ends_at == world.seen().period.end
    world.pass_time(world.seen().period.end + DAY)
    assert (world.seen().plan, world.seen().standing) == ("free", "none")


def test_its_end_leaves_login_and_export_until_another_plan_is_paid(world: World) -> None:
    tabs = sold(world)
    world.operator.v1.subscriptions.cancel(tabs.first)
    world.deliver()
    assert (world.seen().plan, world.seen().standing) == ("free", "none")

    page = tabs.open("team_month")[0]
    assert world.seen().standing == "none"
    tabs.paid(page)
    world.deliver()

    assert (world.seen().plan, world.seen().standing) == ("team", "good")


def test_a_plan_that_is_not_ours_is_only_shown(world: World) -> None:
    tabs, v1 = Tabs(world), world.operator.v1
    world.act(f"customers/{tabs.customer}/card", card=VISA)
    product = v1.products.create({"name": "Consulting"}).id
    price: Any = {"product": product, "currency": "eur", "unit_amount": 9_900, "recurring": {"interval": "month"}}
    made = v1.prices.create(price).id
    v1.subscriptions.create({"customer": tabs.customer, "items": [{"price": made}], "metadata": {"plan": "no_such"}})

    world.deliver()

    assert (world.seen().plan, world.seen().drift) == ("free", f"Stripe's price {made} is not in the catalogue")


def test_a_second_item_is_shown_and_the_one_that_maps_to_a_plan_followed(world: World) -> None:
    tabs, v1 = Tabs(world), world.operator.v1
    tabs.first = tabs.pay("team_month")
    product = v1.products.create({"name": "Support"}).id
    price: Any = {"product": product, "currency": "eur", "unit_amount": 1_000, "recurring": {"interval": "month"}}
    price["tax_behavior"] = "exclusive"
    v1.subscriptions.update(tabs.first, {"items": [{"price": v1.prices.create(price).id, "quantity": 1}]})

    world.deliver()

    seen = world.seen()
    assert (seen.plan, seen.seats.bought, seen.drift) == ("team", 3, "Stripe's subscription has more items: 1")
