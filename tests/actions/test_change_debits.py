"""A change by SEPA debit: in force when the bank has paid; one that fails is taken back, and ends nothing."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from chalicelib.actions.cancel_subscription import cancel_subscription, resume_subscription
from chalicelib.actions.carry_out import HELD_SECONDS
from chalicelib.actions.follow_subscription import follow_subscription
from chalicelib.actions.preview_change import preview_change
from chalicelib.actions.reconcile import reconcile
from chalicelib.domain.wishes import Wish
from chalicelib.errors import PastDue, PaymentPending, TryAgain
from tests.actions.changing import (
    agrees,
    at_renewal,
    at_stripe,
    invoices,
    is_settled,
    notices,
    previewing,
    scheduled,
    subscriber,
    sync,
    terms,
    use_card,
    wishing,
)
from tests.actions.life import subscription_of
from tests.actions.mortal import Fate, Moments, answer_lost, changes_of, dies, moments, mortal, swept, told
from tests.actions.world import KEY, VISA, Died, World

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
    """An upgrade to Business whose debit the bank refused; nobody has heard of that yet."""
    on_its_way(world, FAILS)
    world.emulator.turner.move_to(world.clock.now() + 4 * DAY)


def test_one_that_fails_is_taken_back_and_leaves_what_was_paid(world: World) -> None:
    due = previewing(world, "business", None, 5).bill.due
    failed(world)

    told(world)

    assert (terms(world), at_stripe(world).plan, world.seen().standing) == (TEAM, "team", "good")
    assert (world.seen().status, world.seen().payment_required) == ("active", None)
    assert [status for _, status, _ in invoices(world)] == ["void"]
    assert notices(world) == ["payment_pending", "upgrade_failed"]
    assert is_settled(world)
    # Nothing of what was never paid is credited.
    assert 0 < due.amount - previewing(world, "business", None, 5).bill.due.amount < due.amount / 5


def test_the_plan_goes_on_after_it(world: World) -> None:
    failed(world)
    told(world)
    use_card(world, subscription_of(world).stripe_customer_id, VISA)

    at_renewal(world)

    assert (terms(world), invoices(world)[-1]) == (TEAM, ("subscription_cycle", "paid", 5_355))
    assert wishing(world, "business").outcome == "applied"
    assert is_settled(world)


def test_the_night_takes_back_what_no_event_told(world: World) -> None:
    failed(world)

    reconcile(world.deps)

    assert (terms(world), at_stripe(world).plan) == (TEAM, "team")
    assert notices(world) == ["payment_pending", "upgrade_failed"]


@pytest.mark.parametrize("befalls", [dies, answer_lost])
def test_it_is_taken_back_once_and_never_given_wherever_a_process_dies(
    world: World, kept: Moments, befalls: Any
) -> None:
    wishing(world, "personal")
    use_card(world, subscription_of(world).stripe_customer_id, FAILS)
    wishing(world, seats=7)
    told(world)
    world.emulator.turner.move_to(world.clock.now() + 4 * DAY)
    own, moment = subscription_of(world).stripe_subscription_id, kept.kept()
    made = changes_of(world, lambda deps: follow_subscription(deps, own))
    assert made.count("stripe") == 5, "void, release, put back, and the two of a schedule"

    for n in range(len(made)):
        kept.back_to(moment)
        fate = Fate(world, n, befalls)
        with suppress(Died, TryAgain):
            follow_subscription(mortal(world.deps, fate), own)
        sync(world)
        assert (terms(world), world.seen().standing) == (TEAM, "good"), n
        for _ in range(3):
            swept(world, HELD_SECONDS + 1)

        assert (terms(world), scheduled(world)) == (TEAM, ("personal", "month", 1)), n
        assert (at_stripe(world).seats, [status for _, status, _ in invoices(world)]) == (3, ["void"]), n
        assert notices(world).count("upgrade_failed") == 1, n
        assert is_settled(world), n


def test_what_a_bank_is_about_to_pay_after_all_is_not_taken_back(world: World) -> None:
    on_its_way(world, FAILS)
    use_card(world, subscription_of(world).stripe_customer_id, PAYS)
    [retry, *_] = world.emulator.state.settings.dunning_days
    world.emulator.turner.move_to(world.clock.now() + (3 + retry) * DAY)

    told(world)
    assert (terms(world), world.seen().standing, at_stripe(world).plan) == (TEAM, "good", "business")
    days_pass(world)

    assert terms(world) == BUSINESS
    assert notices(world) == ["payment_pending", "plan_changed"]
    assert is_settled(world)


@pytest.mark.parametrize(("archived", "price"), [(False, 1_200), (True, 1_500)])
def test_it_goes_back_to_its_own_price_or_to_todays_where_that_is_not_sold_any_more(
    world: World, archived: bool, price: int
) -> None:
    v1, own = world.operator.v1, subscription_of(world)
    product = v1.prices.retrieve(own.stripe_price_id).product
    recurring: Any = {"interval": "month"}
    old = v1.prices.create(
        {
            "product": str(product),
            "unit_amount": 1_200,
            "currency": "eur",
            "recurring": recurring,
            "tax_behavior": "exclusive",
            "metadata": {"plan": "team"},
        }
    ).id
    items: Any = [{"id": own.stripe_item_id, "price": old, "quantity": 3}]
    v1.subscriptions.update(own.stripe_subscription_id, {"items": items, "proration_behavior": "none"})
    told(world)
    failed(world)
    v1.prices.update(old, {"active": not archived})

    told(world)

    [item] = v1.subscriptions.retrieve(own.stripe_subscription_id).to_dict()["items"]["data"]
    assert (item["price"]["unit_amount"], item["quantity"], terms(world)) == (price, 3, TEAM)
    assert is_settled(world)


def test_cancelling_before_that_is_heard_of_leaves_the_paid_period(world: World) -> None:
    failed(world)
    end = world.seen().period.end

    cancelled = cancel_subscription(world.deps, "acme", None, None, KEY)

    assert (cancelled.ends_at, at_stripe(world).live, terms(world)) == (end, True, TEAM)
    assert [status for _, status, _ in invoices(world)] == ["void"]
    told(world)
    assert notices(world) == ["payment_pending", "upgrade_failed", "cancellation_scheduled"]
    assert wishing(world, "free").outcome == "unchanged"
    assert is_settled(world)
    assert resume_subscription(world.deps, "acme", KEY).ends_at is None


def test_its_renewal_that_fails_as_well_is_dunning_and_a_cancellation_then_ends_at_once(world: World) -> None:
    world.emulator.state.settings.dunning_end = "past_due"
    failed(world)
    told(world)
    world.emulator.turner.move_to(world.seen().period.end + 5 * DAY)
    told(world)
    assert (world.seen().standing, invoices(world)[-1]) == ("grace", ("subscription_cycle", "open", 5_355))
    with pytest.raises(PastDue):
        wishing(world, "personal")

    assert cancel_subscription(world.deps, "acme", None, None, KEY).plan == "free"

    assert "open" not in {status for _, status, _ in invoices(world)}
    agrees(world)


def test_it_is_not_given_by_a_renewal_that_is_on_its_way_itself(world: World) -> None:
    use_card(world, subscription_of(world).stripe_customer_id, PAYS)
    end = subscription_of(world).period.end
    world.clock.move_to(end - DAY)
    told(world)
    wishing(world, "business")

    world.emulator.turner.move_to(end + 5_400)
    told(world)
    assert [status for _, status, _ in invoices(world)] == ["open", "open"]
    assert (terms(world), world.seen().standing) == (TEAM, "good")
    with pytest.raises(PaymentPending):
        wishing(world, None, None, 7)
    days_pass(world, 5)

    assert terms(world) == BUSINESS
    assert is_settled(world)


def test_the_oldest_that_is_owed_is_the_renewal_and_not_the_change(world: World) -> None:
    use_card(world, subscription_of(world).stripe_customer_id, FAILS)
    world.emulator.turner.move_to(subscription_of(world).period.end + 5_400)
    told(world)
    wishing(world, "business")

    days_pass(world, 5)

    assert [(reason, status) for reason, status, _ in invoices(world)] == [
        ("subscription_cycle", "open"),
        ("subscription_update", "void"),
    ]
    required = world.seen().payment_required
    assert required
    assert (terms(world), world.seen().standing, required.amount.amount) == (TEAM, "grace", 5_355)
