"""Recharging from the wish to the grant: what is charged, what is granted, and where it stands when it does not go."""

import pytest

from chalicelib.actions.book_due import book_due
from chalicelib.actions.read_credits import read_credits
from chalicelib.actions.set_recharge import RuleWish, set_recharge
from chalicelib.actions.sync_customer import sync_customer
from chalicelib.domain.money import Money
from chalicelib.domain.periods import HOUR
from chalicelib.domain.recharge import NO_CARD
from chalicelib.messages import DueMessage
from tests.actions.mortal import Moments, told
from tests.actions.recharging import (
    PRO,
    a_rule,
    give_card,
    going,
    paid_invoices,
    pursued,
    shown,
    spend,
)
from tests.actions.world import ASKS_THE_BANK, FAILS_LATER, KEY, VISA, World


@pytest.fixture
def world(subscribers: Moments) -> World:
    return subscribers.again()


def test_a_rule_that_is_saved_below_its_threshold_buys_at_once(world: World) -> None:
    a_rule(world)
    assert shown(world).state == "pending"
    assert shown(world).left_to_spend == 2_500

    pursued(world)

    view = read_credits(world.deps, "acme")
    assert view.balance == PRO
    assert [(lot.id, lot.kind, lot.left) for lot in view.lots] == [("r1", "recharge", PRO)]
    assert (shown(world).state, shown(world).spent, shown(world).left_to_spend) == ("idle", 2_500, 2_500)


def test_what_was_saved_once_is_not_saved_again_by_whoever_lost_the_answer(world: World) -> None:
    a_rule(world, threshold=0, operation="on")
    a_rule(world, threshold=0, enabled=False, operation="off")
    before = world.stored()

    a_rule(world, threshold=0, operation="on")

    assert world.stored() == before
    own = before[0].recharge
    assert own is not None
    assert not own.enabled


def test_the_limit_stops_the_third_and_a_higher_limit_lets_it_go_by_itself(world: World) -> None:
    a_rule(world)
    pursued(world)
    spend(world, PRO, "one")
    pursued(world)
    spend(world, PRO, "two")

    assert going(world) is None
    assert (shown(world).state, shown(world).spent) == ("limit_reached", 5_000)

    a_rule(world, limit=7_500)
    pursued(world)

    assert (shown(world).state, shown(world).spent) == ("idle", 7_500)
    assert read_credits(world.deps, "acme").balance == PRO


def test_a_declining_card_is_tried_again_after_an_hour_then_six_and_then_blocked(world: World) -> None:
    give_card(world, FAILS_LATER)
    a_rule(world)
    states = []
    for wait in (HOUR, 6 * HOUR, None):
        pursued(world)
        states.append((shown(world).state, shown(world).next_attempt_at))
        if wait:
            world.pass_time(world.clock.now() + wait)
            book_due(world.deps, DueMessage("acme", 0))

    assert [state for state, _ in states] == ["backing_off", "backing_off", "blocked"]
    assert shown(world).spent == 0
    assert shown(world).left_to_spend == 5_000
    assert paid_invoices(world) == 0

    give_card(world, VISA)
    pursued(world)

    assert (shown(world).state, shown(world).spent) == ("idle", 2_500)


def test_the_bank_asks_for_the_customer_who_finishes_on_the_hosted_page(world: World) -> None:
    give_card(world, ASKS_THE_BANK)
    a_rule(world)
    pursued(world)
    waiting = shown(world)

    assert waiting.state == "action_required"
    assert waiting.action_url
    invoice = waiting.action_url.rstrip("/").rsplit("/", 1)[-1]
    world.act(f"invoices/{invoice}", outcome="authenticate")
    world.deliver()

    assert (shown(world).state, shown(world).spent) == ("idle", 2_500)
    assert read_credits(world.deps, "acme").balance == PRO


def test_a_customer_who_does_not_come_within_23_hours_counts_as_a_decline(world: World) -> None:
    give_card(world, ASKS_THE_BANK)
    a_rule(world)
    pursued(world)
    world.pass_time(world.clock.now() + 23 * HOUR - 1)
    pursued(world)
    before = shown(world).state

    world.pass_time(world.clock.now() + 1)
    pursued(world)

    assert (before, shown(world).state) == ("action_required", "backing_off")
    assert shown(world).left_to_spend == 5_000


def test_without_a_card_it_waits_for_one_and_tells_it_once(world: World) -> None:
    world.account("bare")
    for limit in (5_000, 6_000):
        set_recharge(world.deps, "bare", RuleWish(True, 10, "pro", Money(limit, "eur")), KEY)

    found = read_credits(world.deps, "bare").recharge
    assert found is not None
    assert found.state == "no_payment_method"
    assert lacking(world, "bare") == 1


def test_a_card_that_is_taken_off_while_it_rests_is_told_once_and_another_one_mends_it(world: World) -> None:
    a_rule(world)
    pursued(world)
    [method] = world.emulator.state.every("payment_method")
    world.operator.v1.payment_methods.detach(method["id"])

    told(world)
    sync_customer(world.deps, world.stored()[1].stripe_customer_id or "")

    assert (shown(world).state, shown(world).detail) == ("no_payment_method", NO_CARD)
    assert lacking(world, "acme") == 1
    give_card(world, VISA)
    assert shown(world).state == "idle"


def test_what_was_told_of_a_card_that_is_gone_by_now_is_told_no_more(world: World) -> None:
    give_card(world, FAILS_LATER)
    a_rule(world)
    pursued(world)
    assert "declined" in (shown(world).detail or "")

    customer = world.stored()[1].stripe_customer_id or ""
    for method in world.operator.v1.customers.payment_methods.list(customer).data:
        world.operator.v1.payment_methods.detach(method.id)
    told(world)

    assert (shown(world).state, shown(world).detail) == ("no_payment_method", NO_CARD)


def lacking(world: World, account: str) -> int:
    """How often the account was told that its rule has no card."""
    entries = world.deps.store.entries(account, before=None, limit=20)
    return sum(notice.kind == "recharge_no_payment_method" for entry in entries for notice in entry.notices)


def test_one_that_is_switched_off_in_flight_finishes_and_no_other_starts(world: World) -> None:
    a_rule(world, threshold=10**9)
    a_rule(world, threshold=10**9, enabled=False)

    pursued(world)

    assert (shown(world).enabled, shown(world).state, shown(world).spent) == (False, "idle", 2_500)
    assert read_credits(world.deps, "acme").balance == PRO


def test_a_threshold_above_the_packs_credits_buys_one_pack_after_the_other_within_the_limit(world: World) -> None:
    a_rule(world, threshold=10**9, limit=7_500)

    pursued(world)

    assert (shown(world).state, shown(world).spent) == ("limit_reached", 7_500)
    assert read_credits(world.deps, "acme").balance == 3 * PRO
