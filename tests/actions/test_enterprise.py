"""What people sell in the dashboard: a subscription that names account and plan is taken up, whatever its price.

Most of it is paid by invoice: in force at once, and until its grace after the due date is over.
"""

from typing import Any

import pytest

from chalicelib.actions.cancel_subscription import cancel_subscription, resume_subscription
from chalicelib.actions.change_subscription import Request, change_subscription
from chalicelib.actions.open_portal import open_portal
from chalicelib.actions.read_invoices import read_invoices
from chalicelib.domain.periods import DAY
from chalicelib.domain.wishes import Wish
from tests.actions.life import subscription_of
from tests.actions.tabs import Tabs
from tests.actions.world import KEY, URLS, VISA, World

NAMES = [("the subscription", True), ("the price", False)]


def sold(world: World, seats: int = 20, *, named_by_subscription: bool = True, **billing: Any) -> Tabs:
    """A price of its own and a subscription to it, made with the operator's key."""
    tabs, v1 = Tabs(world), world.operator.v1
    if not billing:
        world.act(f"customers/{tabs.customer}/card", card=VISA)
    plan = {"plan": "enterprise"}
    product = v1.products.create({"name": "Enterprise for Acme"}).id
    price: Any = {"product": product, "currency": "eur", "unit_amount": 7_500, "recurring": {"interval": "year"}}
    made = v1.prices.create(price | ({} if named_by_subscription else {"metadata": plan}))
    params: Any = {"customer": tabs.customer, "items": [{"price": made.id, "quantity": seats}]}
    params["metadata"] = {"account": "acme"} | (plan if named_by_subscription else {})
    tabs.first = v1.subscriptions.create(params | billing).id
    world.deliver()
    return tabs


def by_invoice(world: World) -> Tabs:
    """The same without a card, its invoices due thirty days after they are made."""
    return sold(world, collection_method="send_invoice", days_until_due=30)


def has_now(world: World) -> tuple[str, str, int]:
    seen = world.seen()
    return seen.plan, seen.standing, seen.seats.bought


def invoices(world: World, tabs: Tabs) -> list[tuple[str | None, int]]:
    """Status and amount of every invoice, oldest first."""
    listed = world.operator.v1.invoices.list({"subscription": tabs.first}).data
    return [(each.status, each.amount_due) for each in reversed(listed)]


def paid_by_transfer(world: World, tabs: Tabs) -> None:
    """Somebody saw the money on the bank's statement."""
    for each in world.operator.v1.invoices.list({"subscription": tabs.first, "status": "open"}).data:
        world.operator.v1.invoices.pay(each.id, {"paid_out_of_band": True})
    world.deliver()


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


ENTERPRISE = ("enterprise", "good", 20)
YEARLY = 20 * 7_500


def test_by_invoice_it_is_in_force_at_once_and_stays_so_until_it_is_paid(world: World) -> None:
    tabs = by_invoice(world)
    at_once = has_now(world)
    world.pass_time(world.clock.now() + 29 * DAY)
    unpaid = has_now(world)

    paid_by_transfer(world, tabs)
    world.pass_time(world.clock.now() + 29 * DAY)

    assert (at_once, unpaid, has_now(world)) == (ENTERPRISE, ENTERPRISE, ENTERPRISE)
    assert invoices(world, tabs) == [("paid", YEARLY)]
    assert (world.seen().payment_required, world.seen().drift) == (None, None)


@pytest.mark.parametrize("paid_before", [0, 1])
def test_an_overdue_invoice_has_grace_from_its_due_date_and_then_gives_nothing(world: World, paid_before: int) -> None:
    tabs = by_invoice(world)
    if paid_before:
        world.pass_time(world.clock.now() + DAY)
        paid_by_transfer(world, tabs)
        world.pass_time(world.seen().period.end + DAY)
    invoice = subscription_of(world).latest_invoice
    assert invoice
    due, lives = invoice.created + 30 * DAY, []

    for instant in (due - 1, due, due + 7 * DAY - 1, due + 7 * DAY):
        world.pass_time(instant)
        lives.append(world.seen().standing)
    asked = world.seen().payment_required
    paid_by_transfer(world, tabs)

    assert lives == ["good", "grace", "grace", "none"]
    assert asked
    assert asked.amount.amount == YEARLY
    assert (has_now(world), world.seen().payment_required) == (ENTERPRISE, None)
    assert invoices(world, tabs) == [("paid", YEARLY)] * (paid_before + 1)
    assert world.emulator.state.problems == []


def test_seats_that_people_add_are_there_before_their_invoice_is_paid(world: World) -> None:
    tabs = by_invoice(world)
    item = world.operator.v1.subscriptions.retrieve(tabs.first).to_dict()["items"]["data"][0]["id"]

    more: Any = {"items": [{"id": item, "quantity": 25}], "proration_behavior": "always_invoice"}
    world.operator.v1.subscriptions.update(tabs.first, more)
    world.deliver()

    assert has_now(world) == ("enterprise", "good", 25)
    assert invoices(world, tabs)[-1][0] == "open"


def test_an_overdue_invoice_for_more_seats_is_owed_until_it_is_paid(world: World) -> None:
    tabs = by_invoice(world)
    world.pass_time(world.clock.now() + DAY)
    paid_by_transfer(world, tabs)
    item = world.operator.v1.subscriptions.retrieve(tabs.first).to_dict()["items"]["data"][0]["id"]
    more: Any = {"items": [{"id": item, "quantity": 25}], "proration_behavior": "always_invoice"}
    world.operator.v1.subscriptions.update(tabs.first, more)

    lives = []
    for instant in (29 * DAY, 2 * DAY, 10 * DAY, 340 * DAY):
        world.pass_time(world.clock.now() + instant)
        lives.append(world.seen().standing)

    assert lives == ["good", "grace", "none", "none"]


def test_who_pays_by_invoice_changes_nothing_himself_and_is_charged_nothing(world: World) -> None:
    tabs = by_invoice(world)
    world.pass_time(world.clock.now() + DAY)

    told = [asking(world, wish) for wish in (Wish(seats=25), Wish("enterprise", seats=30))]

    assert told == ["contact_sales", "contact_sales"]
    assert (has_now(world), invoices(world, tabs)) == (ENTERPRISE, [("open", YEARLY)])
    assert world.seen().scheduled_change is None


def asking(world: World, wish: Wish) -> str:
    return change_subscription(world.deps, "acme", Request(wish, *URLS), KEY).outcome


def test_late_he_still_cancels_for_the_periods_end_and_owes_what_he_was_given(world: World) -> None:
    tabs = by_invoice(world)
    world.pass_time(world.clock.now() + 31 * DAY)

    cancelled = cancel_subscription(world.deps, "acme", None, None, KEY)
    resumed = resume_subscription(world.deps, "acme", KEY)
    cancel_subscription(world.deps, "acme", None, None, KEY)
    world.pass_time(cancelled.period.end + DAY)

    assert (cancelled.plan, cancelled.ends_at, resumed.ends_at) == ("enterprise", cancelled.period.end, None)
    assert has_now(world) == ("free", "none", 1)
    assert [each.status for each in read_invoices(world.deps, "acme", None, 10)[0]] == ["open"]
    assert open_portal(world.deps, "acme", URLS[1], None, KEY)
    paid_by_transfer(world, tabs)
    assert (has_now(world), invoices(world, tabs)) == (("free", "none", 1), [("paid", YEARLY)])
