"""A recharge by SEPA debit: its money is the period's in which it was paid, and so is what of it is refunded."""

import pytest

from chalicelib.actions.book_due import book_due
from chalicelib.domain.periods import DAY
from chalicelib.messages import DueMessage
from tests.actions.mortal import Moments
from tests.actions.recharging import (
    PRICE,
    PRO,
    a_rule,
    give_card,
    going,
    paid_invoices,
    pursued,
    shown,
    spend,
)
from tests.actions.refunding import known, refunded
from tests.actions.world import VISA, World

SEPA = "DE89370400440532013000"
DEBIT_TAKES = 4 * DAY


@pytest.fixture
def world(subscribers: Moments) -> World:
    return subscribers.again()


def end_of_period(world: World) -> int:
    return world.stored()[0].period.end


def passes(world: World, at: int) -> None:
    world.pass_time(at)
    book_due(world.deps, DueMessage("acme", 0))


def reserved(world: World, at: int) -> None:
    """The debit is sent to the bank."""
    give_card(world, SEPA)
    passes(world, at)
    a_rule(world)
    pursued(world)
    assert going(world)


def refund(world: World) -> None:
    refunded(world, known(world, "r1").stripe_payment_intent_id)
    world.deliver()


def test_what_was_paid_in_the_next_period_is_given_back_to_that_ones_limit(world: World) -> None:
    end = end_of_period(world)
    reserved(world, end - DAY)
    passes(world, end + DEBIT_TAKES)
    assert (paid_invoices(world), shown(world).spent) == (1, PRICE)

    refund(world)

    assert shown(world).spent == 0


def test_what_was_paid_before_the_period_ended_is_given_back_to_no_later_limit(world: World) -> None:
    end = end_of_period(world)
    reserved(world, end - DEBIT_TAKES - DAY)
    passes(world, end - 1)
    assert (paid_invoices(world), shown(world).spent) == (1, PRICE)
    give_card(world, VISA)
    passes(world, end + 1)
    spend(world, PRO, "all")
    pursued(world)
    assert (paid_invoices(world), shown(world).spent) == (2, PRICE)

    refund(world)

    assert shown(world).spent == PRICE
