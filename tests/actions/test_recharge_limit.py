"""The limit holds whatever becomes of the money later: refunded, disputed, sent back by the bank."""

import pytest

from chalicelib.actions.recharge import pursue
from chalicelib.actions.refund_purchase import refund_purchase
from chalicelib.errors import StripeUnavailable
from chalicelib.messages import RechargeMessage
from tests.actions.mortal import Moments, told
from tests.actions.recharging import (
    PRICE,
    a_rule,
    give_card,
    going,
    paid_invoices,
    pursued,
    shown,
    spend,
    unanswered,
    without_card,
)
from tests.actions.refunding import disputed, known, refunded
from tests.actions.world import ASKS_THE_BANK, KEY, VISA, World

REFUNDS_FAIL = "4000000000005126"
DAYS = 2 * 86_400


@pytest.fixture
def world(subscribers: Moments) -> World:
    return subscribers.again()


def intent(world: World) -> str:
    return known(world, "r1").stripe_payment_intent_id or ""


@pytest.mark.parametrize("amount", [None, PRICE // 2])
def test_a_refund_that_fails_under_a_dispute_counts_against_the_limit_again(world: World, amount: int | None) -> None:
    give_card(world, REFUNDS_FAIL)
    a_rule(world, limit=2 * PRICE)
    pursued(world)
    refunded(world, intent(world), amount)
    told(world)
    disputed(world, intent(world))
    told(world)

    world.pass_time(world.clock.now() + DAYS)
    told(world)
    world.act(f"charges/{intent(world)}/dispute", status="won")
    told(world)

    assert shown(world).spent == PRICE
    for work in ("w1", "w2", "w3"):
        spend(world, 7_000_000, work)
        a_rule(world, limit=2 * PRICE)
        pursued(world)
    assert paid_invoices(world) == 2


def test_what_is_charged_before_a_period_ends_and_granted_after_it_is_that_periods_money(world: World) -> None:
    a_rule(world, limit=2 * PRICE)
    world.clock.move_to(shown(world).period.end - 60)
    with pytest.raises(StripeUnavailable):
        pursue(world.with_store(commit=unanswered), RechargeMessage("acme", 1))
    world.clock.move_to(shown(world).period.end + 60)
    pursued(world)
    assert (shown(world).state, shown(world).left_to_spend, paid_invoices(world)) == ("idle", 2 * PRICE, 1)
    spend(world, 7_000_000, "all of it")
    pursued(world)

    refund_purchase(world.deps, "acme", "r1", None, "not needed", KEY)

    assert (shown(world).spent, paid_invoices(world)) == (PRICE, 2)


def test_a_dispute_that_is_won_and_a_refund_heard_of_together_free_the_limit(world: World) -> None:
    a_rule(world, limit=2 * PRICE)
    pursued(world)
    disputed(world, intent(world))
    told(world)

    world.act(f"charges/{intent(world)}/dispute", status="won")
    refunded(world, intent(world))
    told(world)

    assert shown(world).spent == 0


def test_the_page_of_one_recharge_is_not_shown_for_the_next(world: World) -> None:
    give_card(world, ASKS_THE_BANK)
    a_rule(world, limit=4 * PRICE)
    pursued(world)
    invoice = (shown(world).action_url or "").rsplit("/", 1)[-1]
    world.act(f"invoices/{invoice}", outcome="authenticate")
    pursued(world)

    spend(world, 7_000_000, "all")

    assert (shown(world).state, shown(world).action_url) == ("pending", None)


def test_a_rule_that_is_saved_while_another_is_in_flight_forgets_what_was_refunded(world: World) -> None:
    a_rule(world, threshold=10**7, limit=4 * PRICE)
    pursue(world.deps, RechargeMessage("acme", 1))
    assert going(world) == RechargeMessage("acme", 2)
    refund_purchase(world.deps, "acme", "r1", None, "not needed", KEY)

    a_rule(world, threshold=10**7, limit=4 * PRICE)
    pursued(world)

    assert (shown(world).state, shown(world).spent) == ("idle", 2 * PRICE)


def test_a_card_that_goes_while_the_bank_waits_is_missed_when_another_one_has_paid(world: World) -> None:
    give_card(world, ASKS_THE_BANK)
    a_rule(world, limit=4 * PRICE)
    pursued(world)
    invoice = (shown(world).action_url or "").rsplit("/", 1)[-1]
    without_card(world)
    told(world)

    world.act(f"invoices/{invoice}", outcome="authenticate", card=VISA)
    told(world)
    pursued(world)

    assert (shown(world).state, shown(world).spent) == ("no_payment_method", PRICE)
    kinds = [
        notice.kind for entry in world.deps.store.entries("acme", before=None, limit=9) for notice in entry.notices
    ]
    assert kinds.count("recharge_no_payment_method") == 1
    give_card(world, VISA)
    told(world)
    assert shown(world).state == "idle"
