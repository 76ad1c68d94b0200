"""Less is in force when the period ends, and costs nothing until then; what was scheduled is forgotten on demand."""

from collections.abc import Iterator

import pytest

from chalicelib.actions.cancel_subscription import cancel_subscription, forget_scheduled, resume_subscription
from chalicelib.actions.change_account import Commit, change_account
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.journal import begin
from chalicelib.errors import NotCancelling, SeatsInUse
from tests.actions.changing import (
    at_renewal,
    invoices,
    is_settled,
    notices,
    previewing,
    scheduled,
    subscriber,
    terms,
    three_fifths,
    use_card,
    wishing,
)
from tests.actions.mortal import Moments, moments
from tests.actions.world import FAILS_LATER, KEY, World


@pytest.fixture(scope="module")
def kept() -> Iterator[Moments]:
    with moments() as kept:
        yield kept


@pytest.fixture
def world(kept: Moments) -> World:
    return kept.again()


def with_members(world: World, active: int) -> None:
    """Members who joined, as an invitation that is accepted will make them."""

    def joined(state: State, _: Profile) -> Commit:
        return Commit(begin(state, world.clock.now(), world.deps.catalogue).setting(seats_active=active))

    change_account(world.deps, "acme", joined)


@pytest.mark.parametrize(
    ("why", "price", "wish", "then", "renewal"),
    [
        # 9.00 and 1.71; 3 x 15.00 and 8.55; 5 x 15.00 and 14.25.
        ("a lower plan", "team_month", ("personal",), ("personal", "month", 1), 1_071),
        ("fewer seats", "team_month", (None, None, 3), ("team", "month", 3), 5_355),
        ("by the month", "team_year", (None, "month"), ("team", "month", 5), 8_925),
        # 3 x 150.00 and 85.50.
        ("a lower plan by the year", "business_month", ("team", "year", 3), ("team", "year", 3), 53_550),
    ],
)
def test_less_waits_for_the_end_of_the_period(
    world: World,
    why: str,
    price: str,
    wish: tuple[str | int | None, ...],
    then: tuple[str, str, int],
    renewal: int,
) -> None:
    subscriber(world, price, seats=5)
    before, end = terms(world), world.seen().period.end

    shown = previewing(world, *wish)
    outcome = wishing(world, *wish, preview=shown.preview_id)

    assert (shown.outcome, outcome.outcome, shown.effective_at) == ("scheduled", "scheduled", end), why
    assert (shown.bill.due.amount, shown.bill.lines, invoices(world)) == (0, (), [])
    assert (terms(world), scheduled(world)) == (before, then)
    ahead, charge = outcome.overview.scheduled_change, outcome.overview.next_charge
    assert ahead
    assert charge
    assert (ahead.at, charge.money.amount, charge.at) == (end, renewal, end)
    assert shown.next_charge == charge
    assert is_settled(world)

    at_renewal(world)

    assert invoices(world) == [("subscription_cycle", "paid", renewal)]
    assert (terms(world), scheduled(world)) == (then, None)
    assert is_settled(world)
    assert notices(world).count("change_scheduled") == 1


def test_the_newest_wish_takes_the_place_of_the_one_before(world: World) -> None:
    subscriber(world, "business_month", seats=6)

    wishing(world, "personal")
    shown = previewing(world, "team")
    wishing(world, "team")
    wishing(world, seats=5)

    assert [(each.plan, each.seats) for each in shown.drops] == [("personal", 1)]
    assert scheduled(world) == ("business", "month", 5)
    assert is_settled(world)
    at_renewal(world)
    assert invoices(world) == [("subscription_cycle", "paid", 23_205)]
    assert terms(world) == ("business", "month", 5)


def test_an_end_takes_the_place_of_a_lower_plan_and_the_other_way_round(world: World) -> None:
    subscriber(world)
    end = world.seen().period.end

    wishing(world, "personal")
    shown = previewing(world, "free")
    wishing(world, "free", preview=shown.preview_id)
    assert [each.plan for each in shown.drops] == ["personal"]
    assert (world.seen().ends_at, scheduled(world)) == (end, None)
    shown = previewing(world, "personal")
    wishing(world, "personal", preview=shown.preview_id)

    assert [(each.plan, each.at) for each in shown.drops] == [("free", end)]
    assert (world.seen().ends_at, scheduled(world)) == (None, ("personal", "month", 1))
    assert is_settled(world)


@pytest.mark.parametrize("before", ["personal", "free"])
def test_the_plan_in_force_takes_back_what_is_scheduled(world: World, before: str) -> None:
    subscriber(world)
    renews = world.seen().next_charge
    wishing(world, before)

    shown = previewing(world, "team")
    outcome = wishing(world, "team", preview=shown.preview_id)

    assert [each.plan for each in shown.drops] == [before]
    assert (shown.outcome, outcome.outcome, shown.next_charge) == ("applied", "applied", renews)
    assert (world.seen().ends_at, scheduled(world), world.seen().next_charge) == (None, None, renews)
    assert invoices(world) == []
    assert is_settled(world)
    assert wishing(world, "team").outcome == "unchanged"


def test_what_is_scheduled_is_forgotten_once_and_then_there_is_nothing(world: World) -> None:
    subscriber(world)
    forget_scheduled(world.deps, "acme", KEY)
    wishing(world, "personal")

    forget_scheduled(world.deps, "acme", KEY)
    before = world.stored()
    forget_scheduled(world.deps, "acme", KEY)

    assert world.stored() == before
    assert scheduled(world) is None
    assert is_settled(world)
    assert notices(world)[-1] == "scheduled_change_dropped"
    at_renewal(world)
    assert terms(world) == ("team", "month", 3)


def test_forgetting_leaves_an_end_and_resuming_leaves_a_lower_plan(world: World) -> None:
    subscriber(world)
    cancel_subscription(world.deps, "acme", None, None, KEY)

    forget_scheduled(world.deps, "acme", KEY)
    assert world.seen().ends_at == world.seen().period.end
    wishing(world, "personal")
    with pytest.raises(NotCancelling):
        resume_subscription(world.deps, "acme", KEY)

    assert scheduled(world) == ("personal", "month", 1)
    assert is_settled(world)


def test_on_free_there_is_nothing_to_forget(world: World) -> None:
    world.account()
    before = world.stored()

    forget_scheduled(world.deps, "acme", KEY)

    assert world.stored() == before


def test_fewer_seats_than_members_apply_and_say_how_many_are_missing(world: World) -> None:
    subscriber(world, seats=5)
    wishing(world, seats=3)
    with_members(world, 5)

    at_renewal(world)

    seats = world.seen().seats
    assert (seats.bought, seats.active, seats.free, seats.over) == (3, 5, 0, 2)
    assert invoices(world) == [("subscription_cycle", "paid", 5_355)]
    entries = world.deps.store.entries("acme", before=None, limit=10)
    told = [notice.detail for entry in entries for notice in entry.notices if notice.kind == "seats_over"]
    assert told == ["seats missing: 2"]
    with pytest.raises(SeatsInUse):
        wishing(world, seats=4)
    wishing(world, seats=5)
    assert world.seen().seats.over == 0
    assert is_settled(world)


def test_a_schedule_that_somebody_made_at_stripe_is_replaced_by_ours(world: World) -> None:
    subscriber(world)
    own = world.stored()[1].subscription
    assert own
    world.operator.v1.subscription_schedules.create({"from_subscription": own.stripe_subscription_id})
    three_fifths(world)

    wishing(world, "personal")
    assert scheduled(world) == ("personal", "month", 1)
    wishing(world, "business")

    assert (terms(world), scheduled(world)) == (("business", "month", 5), None)
    assert is_settled(world)


def test_to_free_with_the_renewal_unpaid_is_at_once(world: World) -> None:
    use_card(world, subscriber(world), FAILS_LATER)
    at_renewal(world)

    shown = previewing(world, "free")
    came = wishing(world, "free", preview=shown.preview_id)

    assert (shown.outcome, shown.effective_at) == (came.outcome, world.clock.now()) == ("applied", world.clock.now())
    assert came.overview.plan == "free"
