"""Two Checkouts of one account, both paid: the first stays, the second ends, and its money goes back in full, once."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.handle_stripe_event import handle_stripe_event
from chalicelib.actions.reconcile import reconcile
from chalicelib.actions.sync_subscription import sync_subscription
from chalicelib.domain.invoices import PlanOrder
from tests.actions.tabs import Tabs, both_paid
from tests.actions.world import VISA, Died, World, dying, dying_after

DAY = 86_400
REFUNDS_FAIL = "4000000000005126"


def test_the_second_ends_and_its_money_goes_back(world: World) -> None:
    tabs = both_paid(world)

    world.deliver()

    assert tabs.are_settled()


def test_though_the_second_is_heard_of_first_the_older_one_stays(world: World) -> None:
    tabs = both_paid(world)

    sync_subscription(world.deps, tabs.second)
    world.deliver()

    assert tabs.are_settled()


def test_events_in_the_wrong_order_and_twice_do_no_harm(world: World) -> None:
    tabs = both_paid(world)

    for message in [*world.messages()[::-1], *world.messages()]:
        handle_stripe_event(world.deps, replace(message, event=f"{message.event}-again"))
    world.deliver()

    assert tabs.are_settled()


def test_while_it_lasts_the_account_says_so(world: World) -> None:
    tabs = both_paid(world)
    sync_subscription(world.deps, tabs.first)

    with pytest.raises(Died):
        sync_subscription(world.with_stripe(end_now=dying), tabs.second)

    assert world.seen().drift == f"Stripe has a second subscription that is live: {tabs.second}"
    assert tabs.notices() == []
    world.deliver()
    assert tabs.are_settled()


@pytest.mark.parametrize("step", ["note_beside", "end_now", "give_back", "commit"])
def test_dying_after_any_step_is_made_good_by_the_next_to_look(world: World, step: str) -> None:
    tabs = both_paid(world)
    sync_subscription(world.deps, tabs.first)
    store, stripe = world.deps.store, world.deps.stripe
    if hasattr(store, step):
        broken = world.with_store(**{step: dying_after(getattr(store, step))})
    else:
        broken = world.with_stripe(**{step: dying_after(getattr(stripe, step))})

    with pytest.raises(Died):
        sync_subscription(broken, tabs.second)
    world.deliver()

    assert tabs.are_settled()


def test_the_night_ends_what_no_event_told(world: World) -> None:
    tabs = both_paid(world)
    sync_subscription(world.deps, tabs.first)

    reconcile(world.deps)

    assert tabs.are_settled()
    assert reconcile(world.deps) == 0


def test_what_the_operator_refunded_already_is_not_refunded_again(world: World) -> None:
    tabs = both_paid(world)
    [payment] = tabs.payments_of_second()
    world.operator.v1.refunds.create({"payment_intent": payment})

    world.deliver()

    assert tabs.are_settled()


def test_a_third_tab_goes_the_same_way(world: World) -> None:
    tabs = both_paid(world, "personal_month")

    world.deliver()

    assert tabs.are_settled()
    assert sorted(tabs.notices()) == ["second_subscription_refunded"] * 2


def test_a_second_that_is_marked_takes_no_ended_ones_place(world: World) -> None:
    tabs = both_paid(world)
    sync_subscription(world.deps, tabs.first)
    with pytest.raises(Died):
        sync_subscription(world.with_stripe(end_now=dying), tabs.second)
    world.operator.v1.subscriptions.cancel(tabs.first)

    world.deliver()

    assert (world.seen().plan, tabs.status_of(tabs.second)) == ("free", "canceled")


def test_one_that_people_made_first_stays_and_the_checkout_beside_it_goes_back(world: World) -> None:
    tabs = Tabs(world)
    tabs.first = tabs.by_people("team_month", account="acme")
    tabs.second = tabs.pay("business_month")

    world.deliver()

    assert tabs.are_settled()


def test_a_page_that_is_paid_long_after_is_a_second_one_too(world: World) -> None:
    tabs = Tabs(world)
    page: Any = world.deps.stripe.checkout_plan(
        PlanOrder("acme", "business_month", (5, 5, 9), *tabs.urls), tabs.customer, key="late"
    )
    tabs.first = tabs.pay("team_month")
    sync_subscription(world.with_stripe(checkouts=lambda _: []), tabs.first)
    world.emulator.turner.move_to(world.clock.now() + 3_600)
    tabs.second = tabs.paid(page.stripe_session_id)

    world.deliver()

    assert tabs.are_settled()


def test_money_that_the_bank_would_not_take_back_is_told(world: World) -> None:
    tabs = Tabs(world)
    pages = tabs.open("team_month", "business_month")
    tabs.first, tabs.second = tabs.paid(pages[0]), tabs.paid(pages[1], card=REFUNDS_FAIL)
    world.deliver()
    assert tabs.told("refund_failed") == []

    world.pass_time(world.clock.now() + 15 * DAY)
    handled = [m for m in world.messages() if m.type == "refund.failed"]
    for message in [*handled, *handled]:
        handle_stripe_event(world.deps, replace(message, event=f"{message.event}-again"))

    assert len(handled) == 1
    [told] = {(notice.id, notice.detail) for notice in tabs.told("refund_failed")}
    assert told[0] == f"refund_failed:{handled[0].object}"
    assert told[1].startswith("232.05 EUR for a second subscription")


@pytest.mark.parametrize(("card", "status"), [(VISA, "succeeded"), (REFUNDS_FAIL, "failed")])
def test_what_was_sent_back_is_not_sent_again_however_often_and_late_somebody_looks(
    world: World, card: str, status: str
) -> None:
    tabs = Tabs(world)
    pages = tabs.open("team_month", "business_month")
    tabs.first, tabs.second = tabs.paid(pages[0]), tabs.paid(pages[1], card=card)
    world.deliver()
    world.pass_time(world.clock.now() + 2 * DAY)

    for _ in range(2):
        sync_subscription(world.deps, tabs.second)
        world.pass_time(world.clock.now() + 2 * DAY)

    listed = world.operator.v1.refunds.list({"limit": 100}).data
    assert [(each.amount, each.status) for each in listed] == [(23_205, status)]
    assert len(world.requests("POST", "/v1/refunds")) == 1
    assert len(tabs.told("refund_failed")) == (status == "failed")
