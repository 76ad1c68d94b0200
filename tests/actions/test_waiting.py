"""What waits for its payment takes nothing away: neither what was scheduled, nor what is decided meanwhile."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.actions.cancel_subscription import cancel_subscription, forget_scheduled
from chalicelib.actions.carry_out import HELD_SECONDS, LOOK_AGAIN_SECONDS
from chalicelib.domain.orders import BACK_BEFORE
from chalicelib.domain.periods import months_after
from chalicelib.errors import PeriodEnding
from tests.actions.changing import (
    AUTHENTICATES,
    invoices,
    is_settled,
    notices,
    scheduled,
    subscriber,
    terms,
    use_card,
    wishing,
)
from tests.actions.life import subscription_of
from tests.actions.mortal import Moments, moments, swept
from tests.actions.world import KEY, VISA, Died, World, dying_after

DAY = 86_400
TEAM, MORE, PERSONAL = ("team", "month", 3), ("team", "month", 5), ("personal", "month", 1)
BUSINESS = ("business", "month", 5)
DEAR = ("business", None, 100)
"""In the last hour of a period still enough for Stripe to charge it at once."""

Act = Callable[[World], None]
Terms = tuple[str, str | None, int]


@pytest.fixture(scope="module")
def kept() -> Iterator[Moments]:
    with moments() as kept:
        subscriber(kept.world)
        kept.first = kept.kept()
        yield kept


@pytest.fixture
def world(kept: Moments) -> World:
    return kept.again()


def authenticates(world: World, card: str = AUTHENTICATES) -> None:
    use_card(world, subscription_of(world).stripe_customer_id, card)


def by_people(world: World, **params: Any) -> None:
    """Somebody does this in Stripe's dashboard, and we are told."""
    world.operator.v1.subscriptions.update(subscription_of(world).stripe_subscription_id, params)  # type: ignore[arg-type]
    world.deliver()


def scheduled_by_people(world: World) -> None:
    stripe, own = world.operator.v1, subscription_of(world)
    made = stripe.subscription_schedules.create({"from_subscription": own.stripe_subscription_id})
    personal = stripe.prices.list({"lookup_keys": ["personal_month"]}).data[0].id
    phases: Any = [
        {**dict(zip(("start_date", "end_date"), (own.period.start, own.period.end), strict=True)), "items": _sold(own)},
        {"duration": {"interval": "month", "interval_count": 1}, "items": [{"price": personal, "quantity": 1}]},
    ]
    stripe.subscription_schedules.update(made.id, {"phases": phases, "proration_behavior": "none"})
    world.deliver()


def _sold(own: Any) -> list[dict[str, Any]]:
    return [{"price": own.stripe_price_id, "quantity": own.seats}]


def paid(world: World) -> None:
    invoice = subscription_of(world).latest_invoice
    assert invoice
    world.act(f"invoices/{invoice.stripe_invoice_id}", outcome="authenticate")
    world.deliver()


def a_day_later(world: World) -> None:
    world.pass_time(world.clock.now() + DAY)


# -- near the period's end


@pytest.mark.parametrize(("before", "then"), [("personal", PERSONAL), ("free", ("free", None, 1))])
def test_what_was_scheduled_is_back_before_the_period_ends(world: World, before: str, then: Terms) -> None:
    wishing(world, before)
    authenticates(world)
    end = subscription_of(world).period.end
    world.pass_time(end - 20 * 3_600)
    assert wishing(world, "business").outcome == "payment_required"
    required = world.seen().payment_required
    assert required is not None
    assert required.expires_at == end - BACK_BEFORE
    world.pass_time(end - BACK_BEFORE - 1)
    assert world.seen().payment_required is not None

    swept(world, LOOK_AGAIN_SECONDS + 1)

    assert (terms(world), world.seen().payment_required) == (TEAM, None)
    assert is_settled(world)
    authenticates(world, VISA)
    world.pass_time(end + 5_400)
    assert terms(world) == then
    renewals = [total for reason, status, total in invoices(world) if reason == "subscription_cycle"]
    assert renewals == ([1_071] if before == "personal" else [])
    assert "upgrade_expired" in notices(world)


def test_in_the_last_hour_what_would_have_to_wait_is_refused_and_nothing_is_lost(world: World) -> None:
    wishing(world, "personal")
    authenticates(world)
    world.pass_time(subscription_of(world).period.end - BACK_BEFORE)

    with pytest.raises(PeriodEnding):
        wishing(world, *DEAR)

    assert (terms(world), scheduled(world)) == (TEAM, PERSONAL)
    assert [status for _, status, _ in invoices(world)] == ["void"]
    assert is_settled(world)


def test_in_the_last_hour_a_card_that_pays_is_charged(world: World) -> None:
    wishing(world, "personal")
    world.pass_time(subscription_of(world).period.end - BACK_BEFORE)

    assert wishing(world, seats=5).outcome == "applied"

    assert (terms(world), scheduled(world)) == (MORE, PERSONAL)


def test_in_the_last_hour_what_takes_nothing_away_may_wait(world: World) -> None:
    wishing(world, "free")
    authenticates(world)
    world.pass_time(subscription_of(world).period.end - BACK_BEFORE)

    assert wishing(world, seats=50).outcome == "payment_required"


def test_one_whose_process_died_over_it_is_given_up_in_the_last_hour(world: World) -> None:
    wishing(world, "personal")
    authenticates(world)
    world.pass_time(subscription_of(world).period.end - BACK_BEFORE)
    with pytest.raises(Died):
        wishing(world, *DEAR, deps=world.with_stripe(charge_change=dying_after(world.deps.stripe.charge_change)))

    swept(world, HELD_SECONDS + 1)

    assert (terms(world), scheduled(world), notices(world)[-1]) == (TEAM, PERSONAL, "change_given_up")
    assert is_settled(world)


# -- what people decide at Stripe meanwhile


def ended_by_people(world: World) -> None:
    by_people(world, cancel_at_period_end=True)


def taken_back_by_people(world: World) -> None:
    by_people(world, cancel_at_period_end=False)


@pytest.mark.parametrize(
    ("before", "wish", "meanwhile", "then", "in_force"),
    [
        ("personal", ("business",), ended_by_people, a_day_later, TEAM),
        (None, ("business",), ended_by_people, paid, BUSINESS),
        ("free", ("business",), scheduled_by_people, a_day_later, TEAM),
        ("free", (None, None, 5), taken_back_by_people, paid, MORE),
    ],
)
def test_what_people_decide_meanwhile_stays(
    world: World, before: str | None, wish: tuple[Any, ...], meanwhile: Act, then: Act, in_force: Terms
) -> None:
    if before:
        wishing(world, before)
    authenticates(world)
    wishing(world, *wish)
    meanwhile(world)
    decided = scheduled(world), world.seen().ends_at

    then(world)

    assert (terms(world), (scheduled(world), world.seen().ends_at)) == (in_force, decided)
    assert is_settled(world)


def test_what_people_scheduled_meanwhile_can_be_forgotten(world: World) -> None:
    authenticates(world)
    wishing(world, "business")
    scheduled_by_people(world)

    forget_scheduled(world.deps, "acme", KEY)

    assert (terms(world), scheduled(world)) == (TEAM, None)
    assert is_settled(world)


# -- an end at another instant than the period's


def test_an_end_in_six_months_is_that_again_where_more_is_not_paid(world: World) -> None:
    at = months_after(subscription_of(world).period.start, 6)
    by_people(world, cancel_at=at)
    authenticates(world)
    assert wishing(world, "business").outcome == "payment_required"
    assert world.seen().ends_at is None

    a_day_later(world)

    assert (terms(world), world.seen().ends_at) == (TEAM, at)
    assert is_settled(world)


def test_an_end_by_a_schedule_in_six_months_stays_that_where_seats_wait(world: World) -> None:
    own, stripe = subscription_of(world), world.operator.v1
    at = months_after(own.period.start, 6)
    made = stripe.subscription_schedules.create({"from_subscription": own.stripe_subscription_id})
    phase: Any = {"start_date": own.period.start, "end_date": at, "items": _sold(own)}
    stripe.subscription_schedules.update(made.id, {"end_behavior": "cancel", "phases": [phase]})
    authenticates(world)

    wishing(world, seats=5)

    assert world.seen().ends_at == at
    paid(world)
    assert (terms(world), world.seen().ends_at) == (MORE, at)
    assert is_settled(world)


def test_who_cancels_while_more_waits_ends_with_the_period(world: World) -> None:
    by_people(world, cancel_at=months_after(subscription_of(world).period.start, 6))
    authenticates(world)
    wishing(world, "business")

    ended = cancel_subscription(world.deps, "acme", None, None, KEY)

    assert ended.ends_at == ended.period.end


# -- a renewal beside it


def test_a_renewal_that_fails_meanwhile_is_still_owed_when_the_change_is_taken_back(world: World) -> None:
    authenticates(world, "DE62370400440532013001")
    end = subscription_of(world).period.end
    world.pass_time(end + 2 * DAY + DAY // 2)
    authenticates(world)
    assert wishing(world, "business").outcome == "payment_required"
    world.pass_time(end + 3 * DAY + DAY // 6)
    required = world.seen().payment_required
    assert required is not None
    assert (world.seen().status, required.amount.amount, required.expires_at) == ("past_due", 5_355, None)

    wishing(world, "team")

    told = [(reason, status) for reason, status, _ in invoices(world)]
    assert told == [("subscription_cycle", "open"), ("subscription_update", "void")]
    assert (terms(world), world.seen().standing) == (TEAM, "grace")
