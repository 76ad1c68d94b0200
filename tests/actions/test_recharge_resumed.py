"""What one who died over a recharge leaves to the next: its own invoice, and the reason why it was being dropped."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.actions.recharge import pursue
from chalicelib.deps import Deps
from chalicelib.domain.money import Money
from chalicelib.errors import StripeUnavailable
from chalicelib.messages import RechargeMessage
from tests.actions.mortal import Moments, changes_of, dying_at, told
from tests.actions.recharging import (
    PRICE,
    STOPS,
    a_rule,
    charging,
    give_card,
    going,
    paid_invoices,
    pursued,
    recharges,
    shown,
    unanswered,
    without_card,
)
from tests.actions.refunding import known
from tests.actions.world import ASKS_THE_BANK, VISA, Instead, World


@pytest.fixture
def world(subscribers: Moments) -> World:
    return subscribers.again()


@pytest.mark.parametrize("hours", [1, 25], ids=["while Stripe knows the key", "after it forgot the key"])
@pytest.mark.parametrize("step", ["add_line", "finalise", "pay"])
def test_one_that_died_is_taken_up_by_its_own_invoice_however_late(world: World, step: str, hours: int) -> None:
    a_rule(world)
    message = going(world)
    assert message

    with pytest.raises(StripeUnavailable):
        pursue(charging(world, step, unanswered), message)
    world.clock.move_to(world.clock.now() + hours * 3_600)
    pursued(world)

    assert (shown(world).spent, paid_invoices(world)) == (PRICE, 1)
    assert len(recharges(world)) == 1


def test_one_that_died_before_its_invoices_id_was_saved_is_found_at_stripe_a_day_later(world: World) -> None:
    a_rule(world)
    message = going(world)
    assert message

    store = Instead(world.deps.store, {"save_purchase": unanswered})
    with pytest.raises(StripeUnavailable):
        pursue(replace(world.deps, store=store), message)  # type: ignore[arg-type]
    world.clock.move_to(world.clock.now() + 25 * 3_600)
    pursued(world)

    assert (shown(world).spent, paid_invoices(world), len(recharges(world))) == (PRICE, 1, 1)


def test_one_that_died_before_its_invoices_id_was_saved_leaves_none_behind_where_the_card_is_gone(world: World) -> None:
    a_rule(world)
    message = going(world)
    assert message
    store = Instead(world.deps.store, {"save_purchase": unanswered})
    with pytest.raises(StripeUnavailable):
        pursue(replace(world.deps, store=store), message)  # type: ignore[arg-type]
    without_card(world)
    told(world)

    pursued(world)

    assert (shown(world).state, recharges(world)) == ("no_payment_method", [])


def begun_and_stopped(subscribers: Moments, reason: str) -> World:
    world = subscribers.again()
    a_rule(world)
    STOPS[reason][0](world)
    return world


def first_of_all(deps: Deps) -> None:
    pursue(deps, RechargeMessage("acme", 1))


@pytest.mark.parametrize("hears", [False, True], ids=["alone", "its webhook comes in between"])
@pytest.mark.parametrize("reason", [reason for reason in STOPS if reason != "the customer was deleted"])
def test_whoever_goes_on_where_one_died_tells_the_same_reason(subscribers: Moments, reason: str, hears: bool) -> None:
    world = begun_and_stopped(subscribers, reason)
    changes = changes_of(world, first_of_all)
    told_of = shown(world).state, shown(world).detail

    # Once its invoice is gone, or about to be.
    for at in (len(changes) - 2, len(changes) - 1):
        world = begun_and_stopped(subscribers, reason)
        assert dying_at(world, at, first_of_all)
        if hears:
            told(world)
        pursued(world)

        assert (shown(world).state, shown(world).detail) == told_of, (at, changes)
        assert (paid_invoices(world), shown(world).left_to_spend) == (0, shown(world).limit)


@pytest.mark.parametrize("hears", [False, True], ids=["alone", "its webhook comes in between"])
def test_one_that_the_limit_stopped_begins_anew_where_the_limit_is_raised_before_it_is_over(
    subscribers: Moments, hears: bool
) -> None:
    world = begun_and_stopped(subscribers, "the limit was lowered")
    changes = changes_of(world, first_of_all)
    world = begun_and_stopped(subscribers, "the limit was lowered")
    assert dying_at(world, len(changes) - 1, first_of_all)

    a_rule(world)
    if hears:
        told(world)
    pursued(world)

    assert (shown(world).state, shown(world).spent, paid_invoices(world)) == ("idle", PRICE, 1)


def test_one_that_no_card_stopped_begins_anew_where_one_is_given_before_it_is_over(subscribers: Moments) -> None:
    world = begun_and_stopped(subscribers, "the card was taken off")
    changes = changes_of(world, first_of_all)
    world = begun_and_stopped(subscribers, "the card was taken off")
    assert dying_at(world, len(changes) - 1, first_of_all)

    give_card(world, VISA)
    pursued(world)

    assert (shown(world).state, shown(world).spent, paid_invoices(world)) == ("idle", PRICE, 1)


MASTERCARD = "5555555555554444"


def dying_as_it_is_dropped(world: World, **steps: Callable[..., object]) -> Deps:
    charges = Instead(world.deps.stripe.charges, {"drop": unanswered} | steps)
    return replace(world.deps, stripe=Instead(world.deps.stripe, {"charges": charges}))  # type: ignore[arg-type]


def test_a_card_that_came_while_the_old_one_was_charged_is_tried_by_whoever_goes_on(subscribers: Moments) -> None:
    world = subscribers.again()
    a_rule(world)
    real = world.deps.stripe.charges

    def pay(*args: object, **named: object) -> object:
        without_card(world)
        try:
            return real.pay(*args, **named)  # type: ignore[arg-type]
        finally:
            give_card(world, MASTERCARD)

    with pytest.raises(StripeUnavailable):
        first_of_all(dying_as_it_is_dropped(world, pay=pay))
    pursued(world)

    assert (shown(world).state, shown(world).spent, paid_invoices(world)) == ("idle", PRICE, 1)


def test_what_turned_out_too_dear_is_not_begun_again_by_whoever_goes_on(subscribers: Moments) -> None:
    world = subscribers.again()
    a_rule(world, limit=PRICE + 100)
    real, dear = world.deps.stripe.charges, Money(PRICE + 500, "eur")

    def finalise(*args: object, **named: object) -> object:
        return replace(real.finalise(*args, **named), total=dear, due=dear)  # type: ignore[arg-type]

    with pytest.raises(StripeUnavailable):
        first_of_all(dying_as_it_is_dropped(world, finalise=finalise))
    pursue(charging(world, "finalise", finalise), RechargeMessage("acme", 1))

    own = world.stored()[0].recharge
    assert own
    assert (own.count, own.price, shown(world).state) == (1, PRICE + 500, "limit_reached")


def nobody_came(subscribers: Moments) -> World:
    """The bank has waited for its customer for 23 hours, and whoever drops it dies before its invoice is void."""
    world = subscribers.again()
    give_card(world, ASKS_THE_BANK)
    a_rule(world)
    pursued(world)
    world.clock.move_to(world.clock.now() + 23 * 3_600)
    assert dying_at(world, 1, first_of_all)
    return world


def test_one_that_is_paid_while_it_is_being_dropped_is_granted(subscribers: Moments) -> None:
    world = nobody_came(subscribers)
    invoice = (shown(world).action_url or "").rsplit("/", 1)[-1]
    assert known(world, "r1").stop

    world.act(f"invoices/{invoice}", outcome="authenticate")
    pursued(world)

    assert (shown(world).state, shown(world).spent, paid_invoices(world)) == ("idle", PRICE, 1)
    assert known(world, "r1").stop is None


def test_one_that_nobody_confirmed_counts_as_a_decline_for_whoever_drops_it(subscribers: Moments) -> None:
    world = nobody_came(subscribers)

    pursued(world)

    assert (shown(world).state, paid_invoices(world)) == ("backing_off", 0)
    assert "declined (authentication_required)" in (shown(world).detail or "")


def test_money_that_is_on_its_way_is_waited_for_though_it_was_being_dropped(subscribers: Moments) -> None:
    world = nobody_came(subscribers)
    real = world.deps.stripe.charges

    def under_way(invoice: str) -> object:
        return replace(real.charge(invoice), payment="processing")

    first_of_all(charging(world, "charge", under_way))

    assert (shown(world).state, going(world)) == ("pending", RechargeMessage("acme", 1))


def test_the_webhook_grants_what_the_reply_never_told(world: World) -> None:
    a_rule(world)
    message = going(world)
    assert message
    real = world.deps.stripe.charges

    def pay_and_die(*args: object, **named: object) -> object:
        real.pay(*args, **named)  # type: ignore[arg-type]
        raise StripeUnavailable

    with pytest.raises(StripeUnavailable):
        pursue(charging(world, "pay", pay_and_die), message)
    told(world)

    assert (shown(world).state, shown(world).spent) == ("idle", PRICE)
    pursue(world.deps, message)
    assert paid_invoices(world) == 1
