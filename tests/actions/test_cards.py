"""Cards that end or are taken away: the account is told once, whoever looks first and however often."""

from typing import Any

import pytest

from chalicelib.actions.reconcile import reconcile
from chalicelib.actions.sync_customer import sync_customer
from chalicelib.domain.periods import DAY, day_start
from tests.actions.life import subscribed, subscription_of
from tests.actions.world import VISA, World

JUNE = day_start(2026, 6, 1)
NEAR = JUNE - 30 * DAY
REMOVED, EXPIRING = "payment_method_removed", "payment_method_expiring"


def told_of_cards(world: World) -> list[str]:
    entries = world.deps.store.entries("acme", before=None, limit=20)
    kinds = [notice.kind for entry in entries for notice in entry.notices]
    return [kind for kind in kinds if kind in (REMOVED, EXPIRING)]


def card_to(world: World, customer: str, year: int, month: int) -> str:
    """The customer, and what he subscribes to, is charged by a new card that is good to the end of that month."""
    card: Any = {"type": "card", "card": {"number": VISA, "exp_month": month, "exp_year": year}}
    methods = world.operator.v1.payment_methods
    method = methods.attach(methods.create(card).id, {"customer": customer}).id
    default: Any = {"invoice_settings": {"default_payment_method": method}}
    world.operator.v1.customers.update(customer, default)
    own = world.stored()[1].subscription
    if own and own.live:
        world.operator.v1.subscriptions.update(own.stripe_subscription_id, {"default_payment_method": method})
    world.deliver()
    return method


def cancelled(world: World) -> str:
    """A customer whose subscription has ended."""
    customer = subscribed(world)
    world.operator.v1.subscriptions.cancel(subscription_of(world).stripe_subscription_id)
    world.deliver()
    return customer


@pytest.mark.parametrize("begin", [subscribed, cancelled])
def test_a_card_that_is_taken_away_is_told_once(world: World, begin: Any) -> None:
    customer = begin(world)
    method = card_to(world, customer, 2034, 12)
    for other in world.operator.v1.payment_methods.list({"customer": customer}).data:
        world.operator.v1.payment_methods.detach(other.id)
    world.deliver()

    sync_customer(world.deps, customer)

    assert method
    assert world.seen().payment_method is None
    assert told_of_cards(world) == [REMOVED]


@pytest.mark.parametrize("begin", [subscribed, cancelled])
def test_a_card_that_ends_soon_is_told_once(world: World, begin: Any) -> None:
    customer = begin(world)
    now = world.clock.now()
    assert now < NEAR
    card_to(world, customer, 2026, 3)
    before = world.stored()

    for _ in range(3):
        sync_customer(world.deps, customer)

    assert told_of_cards(world) == [EXPIRING]
    assert world.stored()[0] == before[0]


@pytest.mark.parametrize("begin", [subscribed, cancelled])
def test_the_night_sees_an_end_come_near_though_nothing_changed_at_stripe(world: World, begin: Any) -> None:
    card_to(world, begin(world), 2026, 5)
    world.pass_time(NEAR - 1)
    assert reconcile(world.deps) == 0
    assert told_of_cards(world) == []

    world.pass_time(NEAR)
    repaired = reconcile(world.deps)

    assert repaired == 0
    assert told_of_cards(world) == [EXPIRING]
    assert reconcile(world.deps) == 0
    assert told_of_cards(world) == [EXPIRING]


def test_another_card_is_another_thing_to_tell(world: World) -> None:
    customer = subscribed(world)
    card_to(world, customer, 2026, 3)

    card_to(world, customer, 2026, 3)

    assert told_of_cards(world) == [EXPIRING, EXPIRING]
