"""What stands in a recharge's way: each stop has its state and its reason, and gives back what it held."""

from dataclasses import replace

import pytest

from chalicelib.actions.book_due import book_due
from chalicelib.actions.end_recharge import give_up
from chalicelib.actions.recharge import pursue
from chalicelib.actions.refund_purchase import refund_purchase
from chalicelib.actions.set_recharge import RuleWish, set_recharge
from chalicelib.domain.money import Money
from chalicelib.domain.recharge import MONEY_CAME_BACK
from chalicelib.errors import StripeUnavailable
from chalicelib.messages import DueMessage, RechargeMessage
from tests.actions.mortal import Fate, Moments, fails, mortal, told
from tests.actions.recharging import (
    PRICE,
    STOPS,
    a_rule,
    charging,
    give_card,
    going,
    lowered,
    paid_invoices,
    pursued,
    shown,
    spend,
    unanswered,
    without_card,
)
from tests.actions.world import KEY, VISA, Instead, World


@pytest.fixture
def world(subscribers: Moments) -> World:
    return subscribers.again()


@pytest.mark.parametrize("hears", [False, True], ids=["before anybody hears of it", "after"])
@pytest.mark.parametrize("reason", STOPS)
def test_nothing_is_charged_and_all_is_given_back(world: World, reason: str, hears: bool) -> None:
    stop, state = STOPS[reason]
    a_rule(world)
    stop(world)
    if hears:
        told(world)

    pursued(world)

    assert going(world) is None
    assert (shown(world).state, shown(world).spent) == (state, 0), reason
    assert shown(world).left_to_spend == shown(world).limit
    assert shown(world).detail
    assert paid_invoices(world) == 0


@pytest.mark.parametrize("step", ["begin", "add_line", "finalise", "pay"])
def test_a_limit_that_is_lowered_at_any_step_stops_it_unless_the_card_was_asked_before(world: World, step: str) -> None:
    a_rule(world)
    message = going(world)
    assert message
    real = world.deps.stripe.charges

    def lower_then(*args: object, **named: object) -> object:
        lowered(world)
        return getattr(real, step)(*args, **named)

    pursue(charging(world, step, lower_then), message)
    pursued(world)

    was_asked = step == "pay"
    assert (shown(world).state, shown(world).spent) == ("limit_reached" if not was_asked else "idle", was_asked * PRICE)
    assert paid_invoices(world) == was_asked


def test_stripe_being_down_for_an_hour_keeps_it_in_flight_and_then_it_goes_on(world: World) -> None:
    a_rule(world)
    message = going(world)
    assert message
    for at in range(6):
        with pytest.raises(StripeUnavailable):
            pursue(mortal(world.deps, Fate(world, 0, fails)), message)
        world.clock.move_to(world.clock.now() + 600 * (at > 0))
        assert shown(world).state == "pending"

    pursued(world)

    assert (shown(world).state, shown(world).spent, paid_invoices(world)) == ("idle", PRICE, 1)


def test_a_card_that_comes_while_it_is_given_up_for_want_of_one_is_tried(world: World) -> None:
    a_rule(world)
    without_card(world)
    told(world)
    message = going(world)
    assert message

    def found_none(*_: object) -> None:
        give_card(world, VISA)

    pursue(charging(world, "begun", found_none), message)
    pursued(world)

    assert (shown(world).state, shown(world).spent, paid_invoices(world)) == ("idle", PRICE, 1)


def test_a_card_that_comes_right_after_none_was_found_is_tried(world: World) -> None:
    a_rule(world)
    real, look, gone = world.deps.stripe.charges, world.deps.store.account, list[bool]()

    def finalise(*args: object, **named: object) -> object:
        without_card(world)
        told(world)
        gone.append(True)
        return real.finalise(*args, **named)  # type: ignore[arg-type]

    def account(*args: object, **named: object) -> object:
        found = look(*args, **named)  # type: ignore[arg-type]
        if gone:
            gone.clear()
            give_card(world, VISA)
        return found

    deps = replace(charging(world, "finalise", finalise), store=Instead(world.deps.store, {"account": account}))  # type: ignore[arg-type]
    pursue(deps, RechargeMessage("acme", 1))
    pursued(world)

    assert (shown(world).state, shown(world).spent, paid_invoices(world)) == ("idle", PRICE, 1)


def test_a_key_of_ours_that_stripe_does_not_take_blocks_no_account(world: World) -> None:
    a_rule(world)
    message = going(world)
    assert message
    api = world.emulator.api
    kept_key, api._service_key = api._service_key, "sk_another"
    with pytest.raises(StripeUnavailable):
        pursue(world.deps, message)
    api._service_key = kept_key

    assert shown(world).state == "pending"
    pursued(world)
    assert (shown(world).state, shown(world).spent, paid_invoices(world)) == ("idle", PRICE, 1)


def test_a_message_of_an_old_recharge_or_of_nobody_does_nothing(world: World) -> None:
    a_rule(world)
    pursued(world)
    before = world.stored()

    pursue(world.deps, RechargeMessage("acme", 1))
    pursue(world.deps, RechargeMessage("acme", 2))
    pursue(world.deps, RechargeMessage("nobody", 1))

    assert world.stored() == before


def test_usage_that_crosses_the_threshold_begins_it_in_its_own_write(world: World) -> None:
    a_rule(world, threshold=1_000)
    pursued(world)
    version = world.stored()[0].version

    spend(world, 6_999_000, "down to the threshold")
    assert going(world) is None
    spend(world, 10_000, "below it")

    assert going(world) == RechargeMessage("acme", 2)
    assert world.stored()[0].version == version + 2


def test_a_pack_that_is_not_sold_any_more_in_mid_flight_is_not_given_away(world: World) -> None:
    a_rule(world)
    message = going(world)
    assert message

    with pytest.raises(StripeUnavailable):
        pursue(charging(world, "add_line", unanswered), message)
    packs = {name: pack for name, pack in world.deps.catalogue.packs.items() if name != "pro"}
    pursue(replace(world.deps, catalogue=replace(world.deps.catalogue, packs=packs)), message)

    assert (shown(world).state, world.stored()[0].balance, paid_invoices(world)) == ("blocked", 0, 0)
    assert "not sold any more" in (shown(world).detail or "")


def test_money_that_came_back_meanwhile_blocks_the_next_one_and_says_so(world: World) -> None:
    a_rule(world, threshold=10**7, limit=4 * PRICE)
    message = going(world)
    assert message
    pursue(world.deps, message)
    assert going(world) == RechargeMessage("acme", 2)
    refund_purchase(world.deps, "acme", "r1", None, "not needed", KEY)

    pursued(world)

    assert (shown(world).state, shown(world).detail) == ("blocked", MONEY_CAME_BACK)
    told_of = [
        notice.kind for entry in world.deps.store.entries("acme", before=None, limit=5) for notice in entry.notices
    ]
    assert told_of.count("recharge_blocked") == 1


def test_a_dispute_frees_no_limit_and_a_refund_does(world: World) -> None:
    a_rule(world, limit=PRICE)
    pursued(world)
    purchase = world.deps.store.purchase("acme", "r1", consistent=True)
    assert purchase
    world.act(f"charges/{purchase.stripe_payment_intent_id}/dispute", status="needs_response")
    told(world)
    a_rule(world, limit=PRICE)
    spend(world, 7_000_000, "all of it")

    assert (shown(world).state, shown(world).spent) == ("limit_reached", PRICE)
    world.act(f"charges/{purchase.stripe_payment_intent_id}/dispute", status="won")
    told(world)
    refund_purchase(world.deps, "acme", "r1", None, "not needed", KEY)

    assert shown(world).spent == 0


def test_another_pack_chosen_in_mid_flight_is_bought_at_its_own_price(world: World) -> None:
    a_rule(world, threshold=10**7, limit=PRICE + 500)
    wish = RuleWish(True, 10**7, "starter", Money(PRICE + 500, "eur"))
    set_recharge(world.deps, "acme", wish, KEY)

    pursued(world)

    assert (shown(world).spent, shown(world).state, paid_invoices(world)) == (PRICE + 500, "limit_reached", 6)


def test_one_that_was_given_up_while_its_invoice_was_made_leaves_none_to_pay(world: World) -> None:
    a_rule(world)
    message = going(world)
    assert message
    real = world.deps.stripe.charges

    def made_and_given_up(*args: object, **named: object) -> object:
        give_up(world.deps, message, "blocked", "somebody else was first")
        return real.begin(*args, **named)  # type: ignore[arg-type]

    pursue(charging(world, "begin", made_and_given_up), message)

    assert (shown(world).state, paid_invoices(world), world.stored()[0].balance) == ("blocked", 0, 0)


def test_a_limit_that_was_told_and_raised_and_reached_again_is_looked_at_in_the_new_period(world: World) -> None:
    a_rule(world, limit=PRICE)
    pursued(world)
    spend(world, 7_000_000, "one")
    a_rule(world, limit=2 * PRICE)
    pursued(world)
    spend(world, 7_000_000, "two")
    state = world.stored()[0]

    assert (shown(world).state, state.due) == ("limit_reached", state.period.end)
    world.pass_time(state.period.end)
    book_due(world.deps, DueMessage("acme", state.period.end))
    pursued(world)

    assert (shown(world).state, shown(world).spent) == ("idle", PRICE)
