"""A subscription of which nothing is paid ends as soon as it is cancelled, and that is what is told."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.actions.cancel_subscription import cancel_subscription, resume_subscription
from chalicelib.errors import SubscriptionPaused
from tests.actions.changing import invoices, is_settled, notices, previewing, subscriber, use_card, wishing
from tests.actions.life import subscription_of
from tests.actions.mortal import Moments, moments
from tests.actions.world import FAILS_LATER, KEY, World

WEEKS = 40 * 86_400


@pytest.fixture(scope="module")
def kept() -> Iterator[Moments]:
    with moments() as kept:
        yield kept


@pytest.fixture
def world(kept: Moments) -> World:
    return kept.again()


def unpaid(world: World, dunning_end: str) -> None:
    """A subscriber whose renewal could not be paid for weeks."""
    world.emulator.state.settings.dunning_end = dunning_end
    use_card(world, subscriber(world), FAILS_LATER)
    world.pass_time(subscription_of(world).period.end + WEEKS)


def never_paid(world: World) -> None:
    """A subscription that people made, and whose first payment failed."""
    world.account()
    stripe = world.operator.v1
    made: Any = {"email": "billing@example.com", "metadata": {"account": "acme"}, "address": {"country": "DE"}}
    customer = stripe.customers.create(made).id
    world.act(f"customers/{customer}/card", card=FAILS_LATER)
    price = stripe.prices.list({"lookup_keys": ["team_month"]}).data[0].id
    sold: Any = {"customer": customer, "items": [{"price": price, "quantity": 3}], "metadata": {"account": "acme"}}
    stripe.subscriptions.create(sold | {"payment_behavior": "allow_incomplete"})
    world.deliver()


@pytest.mark.parametrize(
    ("dunning_end", "status", "asked"),
    [("past_due", "past_due", "cancel"), ("unpaid", "unpaid", "free"), ("pause", "paused", "cancel")],
)
def test_what_is_not_paid_for_any_more_ends_at_once(world: World, dunning_end: str, status: str, asked: str) -> None:
    unpaid(world, dunning_end)
    assert (world.seen().status, previewing(world, "free").outcome) == (status, "applied")

    if asked == "cancel":
        cancel_subscription(world.deps, "acme", None, None, KEY)
    else:
        assert wishing(world, "free").outcome == "applied"

    assert (world.seen().plan, world.seen().standing, world.seen().status) == ("free", "good", "free")
    assert {"open", "paid"}.isdisjoint(state for _, state, _ in invoices(world))
    assert notices(world)[-1] == "subscription_ended"
    assert "cancellation_scheduled" not in notices(world)
    assert is_settled(world)


def test_what_was_never_paid_ends_at_once(world: World) -> None:
    never_paid(world)
    assert (world.seen().status, previewing(world, "free").outcome) == ("incomplete", "applied")

    ended = cancel_subscription(world.deps, "acme", None, None, KEY)

    assert (ended.plan, ended.status, ended.payment_required) == ("free", "free", None)
    assert is_settled(world)
    assert wishing(world, "team").outcome == "checkout"


def test_one_that_is_paused_shows_what_is_owed_and_cannot_be_resumed_by_us(world: World) -> None:
    unpaid(world, "pause")

    asked = world.seen().payment_required
    with pytest.raises(SubscriptionPaused):
        resume_subscription(world.deps, "acme", KEY)

    assert asked
    assert asked.amount.amount == 5_355
