"""Plans paid by SEPA debit: money that takes days neither gives a plan early nor takes it away."""

from typing import Any

import pytest

from chalicelib.actions.reconcile import reconcile
from chalicelib.actions.sync_subscription import sync_subscription
from chalicelib.domain.periods import DAY
from tests.actions.life import subscription_of
from tests.actions.tabs import Tabs
from tests.actions.world import FAILS_LATER, VISA, World

PAYS, FAILS = "DE89370400440532013000", "DE62370400440532013001"


def force(world: World) -> tuple[str, str, int]:
    seen = world.seen()
    return seen.plan, seen.standing, seen.seats.bought


def notices(world: World) -> list[str]:
    entries = world.deps.store.entries("acme", before=None, limit=50)
    return [notice.kind for entry in entries for notice in entry.notices][::-1]


def days_pass(world: World, days: int = 4) -> None:
    world.pass_time(world.clock.now() + days * DAY)


def upgraded_by_people(world: World, lookup_key: str, seats: int, **more: Any) -> None:
    """A change in the dashboard, charged at once; nobody has heard of it yet."""
    own, v1 = subscription_of(world).stripe_subscription_id, world.operator.v1
    price = v1.prices.list({"lookup_keys": [lookup_key]}).data[0].id
    item = v1.subscriptions.retrieve(own).to_dict()["items"]["data"][0]["id"]
    params: Any = {"items": [{"id": item, "price": price, "quantity": seats}], "proration_behavior": "always_invoice"}
    v1.subscriptions.update(own, params | more)


@pytest.fixture
def subscriber(world: World) -> Tabs:
    """On Team with three seats, paid by card."""
    tabs = Tabs(world)
    tabs.first = tabs.pay("team_month")
    world.deliver()
    return tabs


def test_a_plan_begins_when_its_first_debit_is_paid(world: World) -> None:
    tabs = Tabs(world)
    tabs.first = tabs.pay("team_month", card=PAYS)
    world.deliver()
    assert (tabs.status_of(tabs.first), force(world)) == ("active", ("free", "good", 1))

    days_pass(world)

    assert force(world) == ("team", "good", 3)
    method = world.seen().payment_method
    assert method is not None
    assert (method.type, method.last4) == ("sepa_debit", PAYS[-4:])
    assert notices(world)[-1] == "plan_changed"


def test_a_first_debit_that_fails_gives_nothing_and_leaves_nothing(world: World) -> None:
    tabs = Tabs(world)
    tabs.first = tabs.pay("team_month", card=FAILS)
    world.deliver()

    days_pass(world)

    assert (tabs.status_of(tabs.first), force(world)) == ("canceled", ("free", "good", 1))
    assert world.seen().payment_required is None
    assert notices(world).count("first_payment_failed") == 1
    assert "plan_changed" not in notices(world)


def test_a_paid_debit_that_no_event_told_is_found_by_the_night(world: World) -> None:
    tabs = Tabs(world)
    tabs.first = tabs.pay("team_month", card=PAYS)
    world.deliver()
    world.emulator.turner.move_to(world.clock.now() + 4 * DAY)

    reconcile(world.deps)

    assert force(world) == ("team", "good", 3)


def test_a_second_tab_by_debit_is_refunded_when_it_was_paid(world: World) -> None:
    tabs = Tabs(world)
    pages = tabs.open("team_month", "business_month")
    tabs.first, tabs.second = tabs.paid(pages[0]), tabs.paid(pages[1], card=PAYS)
    world.deliver()
    assert tabs.status_of(tabs.second) == "canceled"
    assert world.seen().drift is not None
    assert (tabs.refunds(), tabs.notices()) == ([], [])

    days_pass(world)

    assert tabs.are_settled()
    assert len(tabs.refunds()) == 1


def test_a_second_tab_whose_debit_fails_needs_no_refund(world: World) -> None:
    tabs = Tabs(world)
    pages = tabs.open("team_month", "business_month")
    tabs.first, tabs.second = tabs.paid(pages[0]), tabs.paid(pages[1], card=FAILS)
    world.deliver()

    days_pass(world)

    assert (tabs.refunds(), world.seen().drift) == ([], None)
    assert force(world) == ("team", "good", 3)


@pytest.mark.parametrize(("iban", "after"), [(PAYS, ("business", "good", 5)), (FAILS, ("team", "good", 3))])
def test_an_upgrade_by_debit_is_in_force_when_it_is_paid(
    world: World, subscriber: Tabs, iban: str, after: tuple[str, str, int]
) -> None:
    world.act(f"customers/{subscriber.customer}/card", card=iban)
    upgraded_by_people(world, "business_month", 5)
    world.deliver()
    assert force(world) == ("team", "good", 3)
    assert world.seen().payment_required is None

    days_pass(world)

    assert force(world) == after
    assert world.seen().payment_required is None
    assert ("upgrade_failed" in notices(world)) is (iban == FAILS)
    assert "payment_failed" not in notices(world)


def owed(world: World, subscriber: Tabs) -> list[str | None]:
    return [each.id for each in world.operator.v1.invoices.list({"customer": subscriber.customer, "status": "open"})]


def test_what_people_upgraded_and_its_card_could_not_pay_is_taken_back(world: World, subscriber: Tabs) -> None:
    world.act(f"customers/{subscriber.customer}/card", card=FAILS_LATER)
    upgraded_by_people(world, "business_month", 5)
    assert len(owed(world, subscriber)) == 1

    world.deliver()

    assert (world.seen().status, force(world), owed(world, subscriber)) == ("active", ("team", "good", 3), [])
    assert notices(world)[-1] == "upgrade_failed"


def test_a_failed_upgrade_that_was_paid_before_we_heard_of_it_is_in_force(world: World, subscriber: Tabs) -> None:
    world.act(f"customers/{subscriber.customer}/card", card=FAILS_LATER)
    upgraded_by_people(world, "business_month", 5)
    [invoice] = owed(world, subscriber)

    world.act(f"invoices/{invoice}", card=VISA)
    world.deliver()

    assert (world.seen().status, force(world)) == ("active", ("business", "good", 5))
    assert "upgrade_failed" not in notices(world)


def test_a_renewal_that_fails_after_a_failed_upgrade_is_dunning(world: World, subscriber: Tabs) -> None:
    world.act("settings", dunning_end="past_due")
    world.act(f"customers/{subscriber.customer}/card", card=FAILS_LATER)
    upgraded_by_people(world, "business_month", 5)
    end = world.seen().period.end

    world.pass_time(end + 7200)

    assert world.seen().standing == "grace"
    assert world.stored()[0].grace_until == end + 7 * DAY


def test_a_renewal_by_debit_keeps_the_plan_and_its_failure_is_grace(world: World, subscriber: Tabs) -> None:
    world.act(f"customers/{subscriber.customer}/card", card=FAILS)
    end = world.seen().period.end
    world.pass_time(end + 7200)
    assert (world.seen().status, force(world)) == ("active", ("team", "good", 3))

    days_pass(world)

    assert (world.seen().status, force(world)) == ("past_due", ("team", "grace", 3))
    assert world.stored()[0].grace_until == end + 7 * DAY


def test_what_an_unpaid_upgrade_asked_is_void_when_the_subscription_ends(world: World, subscriber: Tabs) -> None:
    world.act(f"customers/{subscriber.customer}/card", card=FAILS_LATER)
    upgraded_by_people(world, "business_month", 5)

    world.operator.v1.subscriptions.cancel(subscriber.first)
    world.deliver()

    assert force(world) == ("free", "good", 1)
    assert owed(world, subscriber) == []


def test_a_late_payment_of_an_ended_subscription_gives_nothing(world: World, subscriber: Tabs) -> None:
    world.act(f"customers/{subscriber.customer}/card", card=FAILS_LATER)
    world.pass_time(world.seen().period.end + 7200)
    [invoice] = world.operator.v1.invoices.list({"customer": subscriber.customer, "status": "open"}).data
    world.operator.v1.subscriptions.cancel(subscriber.first)
    world.act(f"invoices/{invoice.id}", card=VISA)

    sync_subscription(world.deps, subscriber.first)
    world.deliver()

    assert force(world) == ("free", "good", 1)
