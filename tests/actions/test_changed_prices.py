"""Between a deployment with other prices and their making at Stripe nothing is sold that was shown otherwise."""

from dataclasses import replace

import pytest

from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.money import Money
from chalicelib.errors import NotForSale
from infra.stripe_offers import sync_offers
from tests.actions.changing import invoices, is_settled, notices, previewing, scheduled, subscriber, wishing
from tests.actions.mortal import swept
from tests.actions.world import World
from tests.builders import a_catalogue
from tests.direct import DirectGateway

LOWER, HIGHER = ("personal", "month", 1), ("business", "month", 5)


def dearer() -> Catalogue:
    """Ten euros more for Personal and Business by the month."""
    catalogue = a_catalogue()
    plans = dict(catalogue.plans)
    for plan in (plans["personal"], plans["business"]):
        price = plan.prices["month"]
        price = replace(price, money=Money(price.money.amount + 1_000, "eur"))
        plans[plan.id] = replace(plan, prices={**plan.prices, "month": price})
    return replace(catalogue, plans=plans)


@pytest.fixture
def deployed(world: World) -> World:
    """Team by the month, and a deployment whose prices Stripe does not have yet."""
    subscriber(world)
    gateway = DirectGateway(world.deps.settings, dearer(), world.emulator.api)
    world.deps = replace(world.deps, catalogue=dearer(), stripe=gateway)
    return world


@pytest.mark.parametrize("wish", [LOWER, HIGHER])
def test_a_change_to_it_is_refused_and_leaves_everything_as_it_was(deployed: World, wish: tuple[str, str, int]) -> None:
    with pytest.raises(NotForSale):
        previewing(deployed, *wish)
    with pytest.raises(NotForSale):
        wishing(deployed, *wish)

    sync_offers(deployed.operator, dearer())
    swept(deployed, 86_400)
    assert (scheduled(deployed), invoices(deployed)) == (None, [])
    assert set(notices(deployed)) <= {"change_given_up"}
    assert is_settled(deployed)


def test_what_was_scheduled_before_stays_scheduled(deployed: World) -> None:
    wishing(deployed, None, None, 2)

    with pytest.raises(NotForSale):
        wishing(deployed, *LOWER)

    assert scheduled(deployed) == ("team", "month", 2)
    assert is_settled(deployed)


def test_once_stripe_has_it_the_new_price_is_shown_and_paid(deployed: World) -> None:
    with pytest.raises(NotForSale):
        wishing(deployed, *HIGHER)
    sync_offers(deployed.operator, dearer())

    shown = previewing(deployed, *HIGHER)
    done = wishing(deployed, *HIGHER, preview=shown.preview_id)

    # 5 x 49.00 EUR and 19 % of it.
    assert shown.next_charge
    assert (done.outcome, shown.next_charge.money) == ("applied", Money(29_155, "eur"))
    assert done.overview.next_charge
    assert done.overview.next_charge.money == shown.next_charge.money
    assert is_settled(deployed)
