"""What stands in a recharge's way: each stop has its state and its reason, and gives back what it held."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from chalicelib.actions.book_due import book_due
from chalicelib.actions.end_recharge import give_up
from chalicelib.actions.recharge import pursue
from chalicelib.actions.refund_purchase import refund_purchase
from chalicelib.actions.set_recharge import RuleWish, set_recharge
from chalicelib.deps import Deps
from chalicelib.domain.money import Money
from chalicelib.domain.recharge import MONEY_CAME_BACK
from chalicelib.errors import StripeUnavailable
from chalicelib.messages import DueMessage, RechargeMessage
from tests.actions.mortal import Fate, Moments, fails, moments, mortal, told
from tests.actions.recharging import PRICE, a_rule, going, paid_invoices, pursued, shown, spend, with_subscriber
from tests.actions.world import Instead, World


@pytest.fixture(scope="module")
def kept() -> Iterator[Moments]:
    with moments() as found:
        yield with_subscriber(found)


@pytest.fixture
def world(kept: Moments) -> World:
    return kept.again()


def customer_of(world: World) -> str:
    customer = world.stored()[1].stripe_customer_id
    assert customer
    return customer


def without_card(world: World) -> None:
    method = world.stored()[1].payment_method
    assert method
    world.operator.v1.payment_methods.detach(method.stripe_payment_method_id)


def deleted(world: World) -> None:
    world.operator.v1.customers.delete(customer_of(world))


def without_address(world: World) -> None:
    world.operator.v1.customers.update(customer_of(world), {"address": ""})


def lowered(world: World) -> None:
    a_rule(world, limit=PRICE - 1)


STOPS: dict[str, tuple[Callable[[World], None], str]] = {
    "the card was taken off": (without_card, "no_payment_method"),
    "the customer was deleted": (deleted, "no_payment_method"),
    "the tax cannot be reckoned": (without_address, "blocked"),
    "the limit was lowered": (lowered, "limit_reached"),
}


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
    refund_purchase(world.deps, "acme", "r1", None, "not needed", key=None)

    pursued(world)

    assert (shown(world).state, shown(world).detail) == ("blocked", MONEY_CAME_BACK)
    told_of = [
        notice.kind for entry in world.deps.store.entries("acme", before=None, limit=5) for notice in entry.notices
    ]
    assert told_of.count("recharge_blocked") == 1


def unanswered(*_: object, **__: object) -> object:
    raise StripeUnavailable


def charging(world: World, step: str, instead: Callable[..., object]) -> Deps:
    charges = Instead(world.deps.stripe.charges, {step: instead})
    return replace(world.deps, stripe=Instead(world.deps.stripe, {"charges": charges}))  # type: ignore[arg-type]


def recharges(world: World) -> list[object]:
    return [each for each in world.emulator.state.every("invoice") if each["metadata"].get("kind") == "recharge"]


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
    refund_purchase(world.deps, "acme", "r1", None, "not needed", key=None)

    assert shown(world).spent == 0


def test_another_pack_chosen_in_mid_flight_is_bought_at_its_own_price(world: World) -> None:
    a_rule(world, threshold=10**7, limit=PRICE + 500)
    wish = RuleWish(True, 10**7, "starter", Money(PRICE + 500, "eur"))
    set_recharge(world.deps, "acme", wish, "key:test")

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
