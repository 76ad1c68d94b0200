"""More that the card does not pay at once: the plan stays, the bill waits for 23 hours, and then all is as it was."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.actions.book_due import book_due
from chalicelib.actions.cancel_subscription import cancel_subscription, forget_scheduled, resume_subscription
from chalicelib.actions.carry_out import LOOK_AGAIN_SECONDS
from chalicelib.domain.subscriptions import Subscription
from chalicelib.errors import AddressNeeded, Conflict, NotCancelling
from tests.actions.changing import (
    AUTHENTICATES,
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
    three_fifths,
    use_card,
    wishing,
)
from tests.actions.life import subscription_of
from tests.actions.mortal import Moments, moments
from tests.actions.world import FAILS_LATER, KEY, VISA, World

HOURS = 3_600
TEAM = ("team", "month", 3)
UPGRADE = ("subscription_update", "open", 7_140)


@pytest.fixture(scope="module")
def kept() -> Iterator[Moments]:
    with moments() as kept:
        yield kept


@pytest.fixture
def world(kept: Moments) -> World:
    return kept.again()


def waiting(world: World, *before: str, card: str = AUTHENTICATES) -> str:
    """An upgrade to Business that waits for its 71.40, on top of what was wished before; returns where it is paid."""
    customer = subscriber(world)
    three_fifths(world)
    for plan in before:
        wishing(world, plan)
    use_card(world, customer, card)
    outcome = wishing(world, "business")
    assert (outcome.outcome, terms(world)) == ("payment_required", TEAM)
    assert outcome.url
    return outcome.url


def finish(world: World, **fields: Any) -> None:
    """The customer does something on the bill's page."""
    invoice = subscription_of(world).latest_invoice
    assert invoice
    world.act(f"invoices/{invoice.stripe_invoice_id}", **fields)


@pytest.mark.parametrize(
    ("card", "fields"),
    [(AUTHENTICATES, {"outcome": "authenticate"}), (FAILS_LATER, {"card": VISA})],
)
def test_the_plan_stays_until_the_bill_is_paid(world: World, card: str, fields: dict[str, str]) -> None:
    url = waiting(world, card=card)
    required = world.seen().payment_required
    assert required
    assert (required.url, required.amount.amount) == (url, 7_140)
    assert required.expires_at == at_stripe(world).pending.expires_at  # type: ignore[union-attr]
    assert world.seen().standing == "good"
    world.deliver()
    assert (terms(world), invoices(world)) == (TEAM, [UPGRADE])

    finish(world, **fields)
    world.deliver()

    assert (terms(world), world.seen().payment_required) == (("business", "month", 5), None)
    assert invoices(world) == [("subscription_update", "paid", 7_140)]
    assert is_settled(world)
    told = notices(world)
    assert (told.count("payment_required"), told.count("change_applied")) == (1, 1)


def test_a_bill_that_fails_again_still_waits(world: World) -> None:
    waiting(world)

    finish(world, outcome="fail")
    world.deliver()

    assert (terms(world), invoices(world)) == (TEAM, [UPGRADE])
    agrees(world)


def test_the_same_wish_again_is_the_same_bill(world: World) -> None:
    url = waiting(world)

    again = wishing(world, "business")
    world.pass_time(world.clock.now() + HOURS)
    later = wishing(world, "business")

    assert (again.outcome, again.url) == (later.outcome, later.url) == ("payment_required", url)
    assert invoices(world) == [UPGRADE]
    assert notices(world).count("payment_required") == 1
    finish(world, outcome="authenticate")
    assert wishing(world, "business").outcome == "unchanged"
    assert notices(world)[-1] == "change_applied"
    assert is_settled(world)


def test_wished_for_again_after_its_bill_was_voided_there_is_another_bill(world: World) -> None:
    waiting(world)
    invoice = subscription_of(world).latest_invoice
    assert invoice
    world.operator.v1.invoices.void_invoice(invoice.stripe_invoice_id)

    again = wishing(world, "business")

    assert (again.outcome, terms(world)) == ("payment_required", TEAM)
    assert invoices(world) == [("subscription_update", "void", 7_140), UPGRADE]
    finish(world, outcome="authenticate")
    world.deliver()
    assert terms(world) == ("business", "month", 5)
    assert is_settled(world)


@pytest.mark.parametrize("before", [None, "personal", "free"])
def test_not_paid_in_23_hours_all_is_as_it_was(world: World, before: str | None) -> None:
    waiting(world, *([before] if before else []))
    assert scheduled(world) is None
    assert world.seen().ends_at is None

    world.pass_time(world.clock.now() + 24 * HOURS)

    assert (terms(world), world.seen().payment_required) == (TEAM, None)
    assert scheduled(world) == (("personal", "month", 1) if before == "personal" else None)
    assert (world.seen().ends_at is not None) is (before == "free")
    assert invoices(world) == [("subscription_update", "void", 7_140)]
    assert is_settled(world)
    assert notices(world)[-1] == "upgrade_expired"


@pytest.mark.parametrize(
    ("wish", "outcome", "ahead"),
    [
        (("personal",), "scheduled", ("personal", "month", 1)),
        (("team",), "applied", None),
        ((None, None, 3), "applied", None),
        (("free",), "scheduled", None),
    ],
)
def test_another_wish_takes_its_place(
    world: World, wish: tuple[str | int | None, ...], outcome: str, ahead: tuple[str, str, int] | None
) -> None:
    waiting(world)

    assert wishing(world, *wish).outcome == outcome

    assert (terms(world), scheduled(world)) == (TEAM, ahead)
    assert (world.seen().ends_at is not None) is (wish == ("free",))
    assert invoices(world) == [("subscription_update", "void", 7_140)]
    assert is_settled(world)
    world.deliver()
    assert is_settled(world)


def test_another_upgrade_is_another_bill(world: World) -> None:
    waiting(world, "personal")

    outcome = wishing(world, seats=5)

    # 2 x 15.00 x 2/5 and 2.28; the lower plan is ahead again once that is paid, and the seats it has are its own.
    assert outcome.outcome == "payment_required"
    assert invoices(world) == [("subscription_update", "void", 7_140), ("subscription_update", "open", 1_428)]
    finish(world, outcome="authenticate")
    world.deliver()
    assert (terms(world), scheduled(world)) == (("team", "month", 5), ("personal", "month", 1))
    assert is_settled(world)


def test_a_cancellation_takes_its_place(world: World) -> None:
    waiting(world, "personal")

    cancel_subscription(world.deps, "acme", "unused", None, KEY)

    assert (terms(world), scheduled(world), world.seen().ends_at) == (TEAM, None, world.seen().period.end)
    assert invoices(world) == [("subscription_update", "void", 7_140)]
    assert is_settled(world)


def test_there_is_nothing_to_resume_where_an_upgrade_undid_the_end(world: World) -> None:
    waiting(world, "free")

    with pytest.raises(NotCancelling):
        resume_subscription(world.deps, "acme", KEY)

    assert invoices(world) == [UPGRADE]


def test_seats_that_wait_leave_the_end_and_resuming_takes_their_place(world: World) -> None:
    customer = subscriber(world)
    three_fifths(world)
    wishing(world, "free")
    use_card(world, customer, AUTHENTICATES)
    assert wishing(world, seats=5).outcome == "payment_required"
    assert world.seen().ends_at == world.seen().period.end

    assert resume_subscription(world.deps, "acme", KEY).ends_at is None

    assert invoices(world) == [("subscription_update", "void", 1_428)]
    assert is_settled(world)


def test_forgetting_what_was_scheduled_leaves_what_waits(world: World) -> None:
    waiting(world, "personal")

    forget_scheduled(world.deps, "acme", KEY)

    assert invoices(world) == [UPGRADE]
    world.pass_time(world.clock.now() + 24 * HOURS)
    assert (terms(world), scheduled(world)) == (TEAM, None)
    assert notices(world).count("payment_required") == 1
    assert is_settled(world)


def test_what_nobody_told_of_is_forgotten_by_the_sweep_alone(world: World) -> None:
    waiting(world, "personal")
    world.deliver()
    expires_at = at_stripe(world).pending.expires_at  # type: ignore[union-attr]
    world.emulator.turner.move_to(expires_at + LOOK_AGAIN_SECONDS - 5)
    assert world.deps.store.due(world.clock.now(), 10) == []

    world.emulator.turner.move_to(expires_at + LOOK_AGAIN_SECONDS)
    for message in world.deps.store.due(world.clock.now(), 10):
        book_due(world.deps, message)

    assert (terms(world), scheduled(world)) == (TEAM, ("personal", "month", 1))
    assert invoices(world) == [("subscription_update", "void", 7_140)]
    assert notices(world)[-1] == "upgrade_expired"
    assert is_settled(world)


def test_what_ended_in_the_same_moment_is_not_told_as_applied(world: World) -> None:
    subscriber(world)
    reckon = world.deps.stripe.preview

    def ended(subscription: Subscription, *args: Any) -> Any:
        bill = reckon(subscription, *args)
        world.operator.v1.subscriptions.cancel(subscription.stripe_subscription_id)
        return bill

    with pytest.raises(Conflict):
        wishing(world, "business", deps=world.with_stripe(preview=ended))

    assert (world.seen().plan, world.stored()[1].order) == ("free", None)
    assert "change_applied" not in notices(world)


def test_without_an_address_nothing_is_changed(world: World) -> None:
    customer = subscriber(world)
    wishing(world, "personal")
    world.operator.v1.customers.update(customer, {"address": ""})
    sync(world)
    before = at_stripe(world)

    for ask in (previewing, wishing):
        with pytest.raises(AddressNeeded):
            ask(world, "business")

    assert at_stripe(world).scheduled == before.scheduled
    assert (terms(world), scheduled(world), invoices(world)) == (TEAM, ("personal", "month", 1), [])
    assert world.stored()[1].order is None


def test_a_bill_that_is_void_at_stripe_is_given_up_at_once(world: World) -> None:
    waiting(world, "personal")
    invoice = subscription_of(world).latest_invoice
    assert invoice

    world.operator.v1.invoices.void_invoice(invoice.stripe_invoice_id)
    world.deliver()

    assert (terms(world), scheduled(world)) == (TEAM, ("personal", "month", 1))
    assert is_settled(world)
    at_renewal(world)
    assert terms(world) == ("personal", "month", 1)
