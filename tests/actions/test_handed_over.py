"""A subscription that takes another's place, or moves to another account: one account lives by it, and by no other."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.actions.cancel_subscription import cancel_subscription
from chalicelib.actions.handle_stripe_event import handle_stripe_event
from chalicelib.actions.reconcile import reconcile
from tests.actions.changing import at_stripe, invoices, is_settled, notices, subscriber, wishing
from tests.actions.life import subscription_of
from tests.actions.mortal import Moments, moments, swept, told
from tests.actions.world import KEY, Died, World, dying

DAY = 86_400
TEAM, ENTERPRISE, FREE = ("team", "good", None), ("enterprise", "good", None), ("free", "good", None)


@pytest.fixture(scope="module")
def begun() -> Iterator[tuple[Moments, bytes]]:
    with moments() as kept:
        subscriber(kept.world)
        kept.world.account("other")
        told(kept.world)
        yield kept, kept.kept()


@pytest.fixture
def world(begun: tuple[Moments, bytes]) -> World:
    """Team by the month with three seats, and another account on Free."""
    kept, moment = begun
    return kept.back_to(moment)


def has(world: World, account: str = "acme") -> tuple[str, str, str | None]:
    seen = world.seen(account)
    return seen.plan, seen.standing, seen.drift


def by_people(world: World) -> str:
    """A second subscription, made in the dashboard for the same customer."""
    v1 = world.operator.v1
    product = v1.products.create({"name": "Enterprise for Acme"}).id
    price: Any = {"product": product, "currency": "eur", "unit_amount": 7_500, "recurring": {"interval": "year"}}
    made: Any = {
        "customer": subscription_of(world).stripe_customer_id,
        "items": [{"price": v1.prices.create(price | {"tax_behavior": "exclusive"}).id, "quantity": 20}],
        "metadata": {"account": "acme", "plan": "enterprise"},
    }
    second = v1.subscriptions.create(made).id
    told(world)
    assert world.seen().drift == f"Stripe has a second subscription that is live: {second}"
    return second


def ended_by_people(world: World) -> None:
    world.operator.v1.subscriptions.cancel(subscription_of(world).stripe_subscription_id)


# -- the one beside it


def test_when_support_ends_the_first_the_paid_one_beside_it_is_in_force_at_once(world: World) -> None:
    second = by_people(world)

    ended_by_people(world)
    told(world)

    assert (has(world), world.seen().seats.bought) == (ENTERPRISE, 20)
    assert subscription_of(world).stripe_subscription_id == second
    assert reconcile(world.deps) == 0
    assert is_settled(world)


def test_so_it_is_at_the_period_end_for_which_the_customer_cancelled_the_first(world: World) -> None:
    by_people(world)
    cancel_subscription(world.deps, "acme", None, None, KEY)

    world.emulator.turner.move_to(subscription_of(world).period.end + 60)
    told(world)

    assert has(world) == ENTERPRISE
    assert notices(world) == ["cancellation_scheduled", "plan_changed", "plan_changed"]


def test_one_beside_it_that_has_ended_too_gives_nothing(world: World) -> None:
    second = by_people(world)
    world.operator.v1.subscriptions.cancel(second)

    ended_by_people(world)
    told(world)

    assert has(world) == FREE


def test_what_was_ordered_of_the_one_that_ended_is_not_charged_to_the_one_beside_it(world: World) -> None:
    by_people(world)
    with pytest.raises(Died):
        wishing(world, "business", deps=world.with_stripe(charge_change=dying))

    ended_by_people(world)
    told(world)
    swept(world, 3 * DAY)

    assert (has(world), world.seen().seats.bought) == (ENTERPRISE, 20)
    assert "change_given_up" in notices(world)
    assert [reason for reason, _, _ in invoices(world)] == []
    assert is_settled(world)


# -- moved to another account


def moved(world: World, account: str = "other") -> None:
    own: Any = {"metadata": {"account": account}}
    world.operator.v1.subscriptions.update(at_stripe(world).stripe_subscription_id, own)


def moved_and_ended(world: World) -> None:
    moved(world)
    ended_by_people(world)


@pytest.mark.parametrize(("what", "others"), [(moved, TEAM), (moved_and_ended, FREE)])
@pytest.mark.parametrize("heard", [True, False])
def test_the_account_that_it_names_lives_by_it_and_the_first_no_more(
    world: World, what: Any, others: Any, heard: bool
) -> None:
    what(world)

    repaired = None if heard else reconcile(world.deps)
    told(world) if heard else None

    assert (has(world), has(world, "other")) == (FREE, others)
    _, profile = world.stored()
    assert (profile.subscription, profile.stripe_customer_id, profile.payment_method) == (None, None, None)
    assert notices(world) == ["plan_changed"]
    assert repaired in (None, 1)
    assert reconcile(world.deps) == 0


def test_after_it_was_moved_only_the_other_one_follows_it_and_back_it_may_come(world: World) -> None:
    kept = subscription_of(world).stripe_subscription_id
    moved(world)
    told(world)

    world.operator.v1.subscriptions.update(kept, {"metadata": {"account": "acme"}})
    told(world)
    for message in world.messages():
        handle_stripe_event(world.deps, message)

    assert (has(world), has(world, "other")) == (TEAM, FREE)
    assert subscription_of(world).stripe_subscription_id == kept


def test_what_was_ordered_before_it_was_moved_is_forgotten(world: World) -> None:
    with pytest.raises(Died):
        wishing(world, "business", deps=world.with_stripe(charge_change=dying))
    moved(world)
    told(world)

    swept(world, 3 * DAY)

    state, profile = world.stored()
    assert (state.wish, profile.order, has(world), has(world, "other")) == (None, None, FREE, TEAM)
    assert "change_given_up" in notices(world)


def test_a_name_that_nobody_has_is_shown_and_takes_nobodys_plan(world: World) -> None:
    moved(world, "acme-mistyped")
    told(world)

    shown = has(world)
    nights = [reconcile(world.deps) for _ in range(2)]
    ended_by_people(world)
    told(world)

    assert shown == ("team", "good", "Stripe's subscription names an account that there is not: acme-mistyped")
    assert nights == [0, 0]
    assert has(world) == FREE


def test_the_night_shows_it_too_and_takes_up_nothing_for_a_name_that_nobody_has(world: World) -> None:
    moved(world, "acme-mistyped")
    moved_once, moved_twice = reconcile(world.deps), reconcile(world.deps)
    v1 = world.operator.v1
    ended_by_people(world)
    told(world)
    price = v1.prices.list({"lookup_keys": ["team_year"]}).data[0].id
    made: Any = {"items": [{"price": price}], "metadata": {"account": "acme-mistyped"}}
    v1.subscriptions.create(made | {"customer": subscription_of(world).stripe_customer_id})

    assert (moved_once, moved_twice) == (1, 0)
    assert (reconcile(world.deps), has(world)) == (0, FREE)
