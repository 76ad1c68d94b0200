"""A year and a SEPA debit: a new period cannot begin before it is paid, and an old one not be put back."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.actions.preview_change import preview_change
from chalicelib.domain.wishes import Wish
from chalicelib.errors import CardNeeded
from tests.actions.changing import at_stripe, invoices, is_settled, subscriber, terms, use_card, wishing
from tests.actions.life import subscription_of
from tests.actions.mortal import Moments, moments, swept, told
from tests.actions.world import VISA, World

PAYS, FAILS = "DE89370400440532013000", "DE62370400440532013001"
DAY = 86_400


@pytest.fixture(scope="module")
def kept() -> Iterator[Moments]:
    with moments() as kept:
        yield kept


@pytest.fixture
def world(kept: Moments) -> World:
    world = kept.again()
    subscriber(world)
    return world


def days_pass(world: World, days: int = 4) -> None:
    world.emulator.turner.move_to(world.clock.now() + days * DAY)
    told(world)


def test_a_year_begins_with_a_card_only_since_a_debit_would_begin_it_unpaid(world: World) -> None:
    customer = subscription_of(world).stripe_customer_id
    use_card(world, customer, PAYS)
    for wish in (Wish("team", "year"), Wish("business", "year")):
        with pytest.raises(CardNeeded):
            preview_change(world.deps, "acme", wish)
        with pytest.raises(CardNeeded):
            wishing(world, wish.plan, wish.interval)
    assert (invoices(world), is_settled(world)) == ([], True)

    use_card(world, customer, VISA)

    assert wishing(world, None, "year").outcome == "applied"


def year_by_people(world: World, iban: str) -> None:
    """A change to a year in the dashboard, paid by debit."""
    own, v1 = subscription_of(world), world.operator.v1
    use_card(world, own.stripe_customer_id, iban)
    price = v1.prices.list({"lookup_keys": ["team_year"]}).data[0].id
    changed: Any = {
        "items": [{"id": own.stripe_item_id, "price": price, "quantity": 3}],
        "proration_behavior": "always_invoice",
        "billing_cycle_anchor": {"type": "now"},
    }
    v1.subscriptions.update(own.stripe_subscription_id, changed)
    told(world)


def test_a_year_that_people_began_by_debit_is_shown_when_it_is_paid(world: World) -> None:
    month = world.seen()
    year_by_people(world, PAYS)
    seen = world.seen()
    assert (seen.interval, seen.period, seen.standing) == ("month", month.period, "good")
    assert (seen.renews_at, seen.next_charge) == (None, None)

    days_pass(world)

    assert (terms(world), world.seen().renews_at) == (("team", "year", 3), at_stripe(world).period.end)
    assert is_settled(world)


def test_a_year_that_people_began_and_nobody_pays_is_given_no_longer_than_the_month_before_it(world: World) -> None:
    world.emulator.state.settings.dunning_end = "past_due"
    paid_until = world.seen().period.end
    year_by_people(world, FAILS)
    days_pass(world)
    assert (world.seen().plan, world.seen().standing) == ("team", "grace")
    assert world.stored()[0].grace_until == paid_until

    swept(world, paid_until - world.clock.now())

    assert (world.seen().standing, world.stored()[0].standing) == ("none", "none")
