"""Saving the rule again: what its card was declined for stays with it, and a rule that is off waits for nothing."""

import pytest

from chalicelib.actions.book_due import book_due
from chalicelib.domain.periods import HOUR
from chalicelib.messages import DueMessage
from tests.actions.mortal import Moments, told
from tests.actions.recharging import (
    STOPS,
    a_rule,
    customer_of,
    give_card,
    going,
    paid_invoices,
    pursued,
    recharges,
    shown,
    without_card,
)
from tests.actions.world import FAILS_LATER, VISA, World


@pytest.fixture
def world(subscribers: Moments) -> World:
    return subscribers.again()


def refused(world: World) -> None:
    """The card was declined three times in a row."""
    give_card(world, FAILS_LATER)
    a_rule(world)
    for wait in (HOUR, 6 * HOUR, 0):
        pursued(world)
        world.clock.move_to(world.clock.now() + wait)
        book_due(world.deps, DueMessage("acme", 0))
    assert shown(world).state == "blocked"


def test_a_refused_card_is_not_charged_again_however_often_the_rule_is_saved(world: World) -> None:
    refused(world)
    was = shown(world).detail

    for limit in (5_000, 6_000):
        a_rule(world, limit=limit)
        pursued(world)

    assert (shown(world).state, shown(world).detail, shown(world).limit) == ("blocked", was, 6_000)
    assert len(recharges(world)) == 3


def test_a_refused_card_that_is_taken_off_and_given_again_is_still_refused(world: World) -> None:
    refused(world)
    for method in world.operator.v1.customers.payment_methods.list(customer_of(world)).data:
        world.operator.v1.payment_methods.detach(method.id)
    told(world)
    a_rule(world)
    assert shown(world).state == "no_payment_method"

    give_card(world, FAILS_LATER)

    assert (shown(world).state, len(recharges(world))) == ("blocked", 3)
    assert "before there is another card" in (shown(world).detail or "")


def test_another_card_is_charged_at_once(world: World) -> None:
    refused(world)
    a_rule(world)

    give_card(world, VISA)
    pursued(world)

    assert (shown(world).state, paid_invoices(world)) == ("idle", 1)


def test_declines_are_counted_on_though_the_rule_is_saved_in_between(world: World) -> None:
    give_card(world, FAILS_LATER)
    for _ in range(3):
        a_rule(world)
        pursued(world)

    assert (shown(world).state, len(recharges(world))) == ("blocked", 3)


def test_what_was_wrong_at_stripe_is_lifted_by_saving(world: World) -> None:
    a_rule(world)
    STOPS["the tax cannot be reckoned"][0](world)
    pursued(world)
    assert shown(world).state == "blocked"

    a_rule(world)

    assert shown(world).state == "pending"


def test_a_decline_of_a_rule_that_is_off_by_now_is_told_and_not_tried_again(world: World) -> None:
    give_card(world, FAILS_LATER)
    a_rule(world)
    a_rule(world, enabled=False)

    pursued(world)

    view, declined = shown(world), "the payment was declined (generic_decline)"
    assert (view.state, view.detail, view.next_attempt_at) == ("idle", declined, None)
    [entry] = world.deps.store.entries("acme", before=None, limit=1)
    assert [(each.kind, each.detail) for each in entry.notices] == [("recharge_declined", declined)]
    world.clock.move_to(world.clock.now() + HOUR)
    book_due(world.deps, DueMessage("acme", 0))
    assert going(world) is None
    a_rule(world, enabled=False)
    assert shown(world).detail is None


def test_a_rule_that_is_off_lacks_no_card_until_it_is_switched_on(world: World) -> None:
    without_card(world)
    told(world)

    a_rule(world, enabled=False)
    assert (shown(world).state, shown(world).detail) == ("idle", None)
    a_rule(world)

    assert shown(world).state == "no_payment_method"
    assert "portal" in (shown(world).detail or "")
