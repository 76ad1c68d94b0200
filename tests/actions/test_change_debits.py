"""A change by SEPA debit: in force when the bank has paid; one that fails is no dunning, and ends nothing."""

from collections.abc import Iterator

import pytest

from chalicelib.actions.cancel_subscription import cancel_subscription, resume_subscription
from chalicelib.actions.preview_change import preview_change
from chalicelib.domain.wishes import Wish
from chalicelib.errors import PastDue, PaymentPending
from tests.actions.changing import (
    agrees,
    at_stripe,
    invoices,
    is_settled,
    notices,
    subscriber,
    terms,
    use_card,
    wishing,
)
from tests.actions.life import subscription_of
from tests.actions.mortal import Moments, moments, told
from tests.actions.world import World

PAYS, FAILS = "DE89370400440532013000", "DE62370400440532013001"
DAY = 86_400
TEAM, BUSINESS = ("team", "month", 3), ("business", "month", 5)


@pytest.fixture(scope="module")
def kept() -> Iterator[Moments]:
    with moments() as kept:
        yield kept


@pytest.fixture
def world(kept: Moments) -> World:
    world = kept.again()
    subscriber(world)
    return world


def on_its_way(world: World, account: str) -> None:
    """An upgrade to Business whose debit has been sent to the bank."""
    use_card(world, subscription_of(world).stripe_customer_id, account)
    wishing(world, "business")
    told(world)


def days_pass(world: World, days: int = 4) -> None:
    world.emulator.turner.move_to(world.clock.now() + days * DAY)
    told(world)


def test_it_is_in_force_when_the_bank_has_paid(world: World) -> None:
    on_its_way(world, PAYS)
    assert (terms(world), world.seen().standing) == (TEAM, "good")
    assert notices(world) == ["payment_pending"]
    for wish in (Wish("business", "year"), Wish(seats=7)):
        with pytest.raises(PaymentPending):
            preview_change(world.deps, "acme", wish)

    days_pass(world)

    assert terms(world) == BUSINESS
    assert notices(world) == ["payment_pending", "plan_changed"]
    assert is_settled(world)


def failed(world: World) -> None:
    on_its_way(world, FAILS)
    days_pass(world)
    assert (subscription_of(world).status, terms(world), world.seen().standing) == ("past_due", TEAM, "good")


def test_cancelling_what_is_past_due_for_an_upgrade_alone_leaves_the_paid_period(world: World) -> None:
    failed(world)
    end = world.seen().period.end
    assert preview_change(world.deps, "acme", Wish("free")).effective_at == end

    cancelled = cancel_subscription(world.deps, "acme", None, None, "key:test")

    assert (cancelled.ends_at, at_stripe(world).live, terms(world)) == (end, True, TEAM)
    assert [status for _, status, _ in invoices(world)] == ["open"]
    before = world.stored()
    assert cancel_subscription(world.deps, "acme", None, None, "key:test").ends_at == end
    assert wishing(world, "free").outcome == "unchanged"
    assert world.stored() == before
    assert is_settled(world)
    assert resume_subscription(world.deps, "acme", "key:test").ends_at is None


def test_when_that_period_ends_nothing_is_owed(world: World) -> None:
    failed(world)
    world.emulator.state.settings.dunning_end = "past_due"

    wishing(world, "free")
    world.emulator.turner.move_to(world.seen().period.end + DAY)
    told(world)

    assert (world.seen().plan, world.seen().standing, world.seen().payment_required) == ("free", "good", None)
    assert {status for _, status, _ in invoices(world)} <= {"void", "paid"}
    assert world.emulator.state.problems == []


def test_cancelling_what_owes_its_renewal_as_well_ends_at_once(world: World) -> None:
    world.emulator.state.settings.dunning_end = "past_due"
    failed(world)
    world.emulator.turner.move_to(world.seen().period.end + 5 * DAY)
    told(world)
    assert world.seen().standing == "grace"
    with pytest.raises(PastDue):
        wishing(world, "personal")

    assert cancel_subscription(world.deps, "acme", None, None, "key:test").plan == "free"

    assert "open" not in {status for _, status, _ in invoices(world)}
    agrees(world)
