"""More is in force at once and paid to the cent: the unused time given back, the rest charged, and tax."""

from collections.abc import Iterator

import pytest

from chalicelib.domain.periods import months_after
from chalicelib.errors import NoPaymentMethod
from tests.actions.changing import (
    at_renewal,
    at_stripe,
    invoices,
    is_settled,
    lines,
    notices,
    previewing,
    scheduled,
    subscriber,
    sync,
    terms,
    three_fifths,
    wishing,
)
from tests.actions.mortal import Moments, moments
from tests.actions.world import World


@pytest.fixture(scope="module")
def kept() -> Iterator[Moments]:
    with moments() as kept:
        yield kept


@pytest.fixture
def world(kept: Moments) -> World:
    return kept.again()


# Two fifths of the period are left. Team, 3 seats: 45.00, of which 18.00 are unused. Business, 5 seats: 195.00, of
# which 78.00 are to be paid. Tax is 19 % on top of each line.
CASES = [
    # 78.00 - 18.00 = 60.00, and 11.40.
    ("a higher plan", ("business",), ("business", "month", 5), 7_140, 1_140, [-1_800, 7_800], 23_205),
    # 5 x 15.00 x 2/5 = 30.00; 30.00 - 18.00 = 12.00, and 2.28.
    ("more seats", (None, None, 5), ("team", "month", 5), 1_428, 228, [-1_800, 3_000], 8_925),
    # A whole year from now on: 450.00 - 18.00 = 432.00, and 82.08.
    ("by the year", (None, "year"), ("team", "year", 3), 51_408, 8_208, [-1_800, 45_000], 53_550),
    # 7 x 390.00 = 2730.00; less 18.00 is 2712.00, and 515.28.
    ("all at once", ("business", "year", 7), ("business", "year", 7), 322_728, 51_528, [-1_800, 273_000], 324_870),
]


@pytest.mark.parametrize(("why", "wish", "then", "due", "tax", "net", "renewal"), CASES, ids=[row[0] for row in CASES])
def test_more_is_in_force_at_once_and_costs_what_the_preview_said(  # noqa: PLR0917 - the columns of a table
    world: World,
    why: str,
    wish: tuple[str | int | None, ...],
    then: tuple[str, str, int],
    due: int,
    tax: int,
    net: list[int],
    renewal: int,
) -> None:
    subscriber(world)
    three_fifths(world)

    shown = previewing(world, *wish)
    outcome = wishing(world, *wish, preview=shown.preview_id)

    assert (shown.outcome, shown.bill.due.amount, shown.bill.tax, shown.drops) == ("applied", due, tax, ())
    assert [line.amount for line in shown.bill.lines] == net
    assert (outcome.outcome, outcome.url, terms(world)) == ("applied", None, then)
    assert invoices(world) == [("subscription_update", "paid", due)], why
    assert [amount for amount, _ in lines(world)] == net
    assert shown.next_charge == outcome.overview.next_charge
    assert shown.next_charge
    assert shown.next_charge.money.amount == renewal
    assert is_settled(world)
    world.deliver()
    assert is_settled(world)
    assert notices(world).count("change_applied") == 1


def test_a_year_begins_when_it_is_bought_and_another_plan_keeps_the_period(world: World) -> None:
    subscriber(world)
    three_fifths(world)
    period = world.seen().period

    wishing(world, "business")
    assert world.seen().period == period
    at = world.clock.now()
    wishing(world, interval="year")

    begun = world.seen().period
    assert at <= begun.start <= at + 60
    assert begun.end == months_after(begun.start, 12)


def test_what_was_used_stays_used_and_the_usage_period_goes_on(world: World) -> None:
    subscriber(world)
    three_fifths(world)
    before = world.seen().usage_period

    wishing(world, "business", "year")

    assert world.seen().usage_period == before
    assert [bar.limit for bar in world.seen().usage if bar.meter == "enrichments"] == [1_000]


def test_several_changes_in_one_period_each_cost_their_own_difference(world: World) -> None:
    subscriber(world)
    three_fifths(world)

    wishing(world, seats=5)
    wishing(world, seats=10)
    wishing(world, "business")

    # 12.00; 5 x 15.00 x 2/5 = 30.00; 10 x (39.00 - 15.00) x 2/5 = 96.00: each with 19 %.
    assert [total for _, _, total in invoices(world)] == [1_428, 3_570, 11_424]
    at_renewal(world)
    assert invoices(world)[-1] == ("subscription_cycle", "paid", 46_410)
    assert is_settled(world)


def test_paid_seats_come_back_without_a_charge(world: World) -> None:
    subscriber(world, seats=5)
    wishing(world, seats=3)
    assert scheduled(world) == ("team", "month", 3)

    back = wishing(world, seats=5)

    assert (back.outcome, scheduled(world), terms(world)) == ("applied", None, ("team", "month", 5))
    assert invoices(world) == []
    assert is_settled(world)


def test_more_seats_are_carried_into_what_is_scheduled(world: World) -> None:
    subscriber(world, "business_month", seats=6)
    three_fifths(world)
    wishing(world, "team")
    shown = previewing(world, seats=8)

    wishing(world, seats=8, preview=shown.preview_id)

    # 2 x 39.00 x 2/5 = 31.20, and 5.93; the next period is Team's: 8 x 15.00, and 22.80.
    assert shown.drops == ()
    assert invoices(world) == [("subscription_update", "paid", 3_713)]
    assert (terms(world), scheduled(world)) == (("business", "month", 8), ("team", "month", 8))
    assert shown.next_charge == world.seen().next_charge
    at_renewal(world)
    assert invoices(world)[-1] == ("subscription_cycle", "paid", 14_280)
    assert (terms(world), scheduled(world)) == (("team", "month", 8), None)
    assert is_settled(world)


def test_more_seats_keep_a_cancellation(world: World) -> None:
    subscriber(world)
    three_fifths(world)
    wishing(world, "free")
    shown = previewing(world, seats=5)

    outcome = wishing(world, seats=5, preview=shown.preview_id)

    assert (shown.bill.due.amount, shown.drops, shown.next_charge) == (1_428, (), None)
    assert (outcome.outcome, terms(world)) == ("applied", ("team", "month", 5))
    assert world.seen().ends_at == world.seen().period.end
    assert is_settled(world)


@pytest.mark.parametrize("before", ["personal", "free"])
def test_a_higher_plan_drops_what_is_scheduled_and_the_preview_says_so(world: World, before: str) -> None:
    subscriber(world)
    three_fifths(world)
    wishing(world, before)
    shown = previewing(world, "business")

    outcome = wishing(world, "business", preview=shown.preview_id)

    assert [each.plan for each in shown.drops] == [before]
    assert (outcome.outcome, terms(world)) == ("applied", ("business", "month", 5))
    assert (scheduled(world), world.seen().ends_at) == (None, None)
    assert invoices(world) == [("subscription_update", "paid", 7_140)]
    assert shown.next_charge == world.seen().next_charge
    assert is_settled(world)


def test_without_a_card_nothing_is_changed(world: World) -> None:
    customer = subscriber(world)
    wishing(world, "personal")
    for each in world.operator.v1.payment_methods.list({"customer": customer}).data:
        world.operator.v1.payment_methods.detach(each.id)
    sync(world)
    before = at_stripe(world), invoices(world)

    with pytest.raises(NoPaymentMethod):
        wishing(world, "business")

    assert (at_stripe(world), invoices(world)) == before
    assert is_settled(world)
