"""Another card while the bank waits for the customer: what waits is given back, and begun anew with that card."""

from contextlib import suppress

import pytest

from chalicelib.actions.book_due import book_due
from chalicelib.actions.read_credits import read_credits
from chalicelib.actions.recharge import pursue
from chalicelib.messages import DueMessage, RechargeMessage
from tests.actions.mortal import Moments, changes_of, dying_at, told
from tests.actions.recharging import (
    PRICE,
    PRO,
    a_rule,
    customer_of,
    give_card,
    going,
    paid_invoices,
    pursued,
    shown,
)
from tests.actions.world import ASKS_THE_BANK, FAILS_LATER, VISA, Died, World


def waiting(kept: Moments, card: str = VISA) -> World:
    """The bank waits, and this card is there by now."""
    world = kept.again()
    give_card(world, ASKS_THE_BANK)
    a_rule(world)
    pursued(world)
    assert shown(world).state == "action_required"
    give_card(world, card)
    return world


def invoice_of_first(world: World) -> str:
    purchase = world.deps.store.purchase("acme", "r1", consistent=True)
    assert purchase
    return purchase.stripe_invoice_id or ""


def declines(world: World) -> int:
    rule = world.deps.store.rule("acme", consistent=True)
    assert rule
    return rule.declines


def test_another_card_is_charged_and_what_waited_is_void_and_no_decline(subscribers: Moments) -> None:
    world = waiting(subscribers)
    assert (shown(world).state, shown(world).action_url) == ("pending", None)

    book_due(world.deps, DueMessage("acme", 0))
    assert RechargeMessage("acme", 1) in world.deps.queue.told  # type: ignore[attr-defined]
    pursued(world)

    assert (shown(world).state, shown(world).spent, paid_invoices(world)) == ("idle", PRICE, 1)
    assert (read_credits(world.deps, "acme").balance, declines(world)) == (PRO, 0)
    assert [world.deps.store.purchase("acme", each).state for each in ("r1", "r2")] == ["failed", "paid"]  # type: ignore[union-attr]


def test_the_same_card_given_again_is_waited_for_as_before(subscribers: Moments) -> None:
    world = waiting(subscribers, ASKS_THE_BANK)
    pursued(world)

    assert (shown(world).state, going(world)) == ("action_required", RechargeMessage("acme", 1))


def test_a_card_that_was_taken_off_leaves_it_waiting_and_the_next_one_is_charged(subscribers: Moments) -> None:
    world = waiting(subscribers, ASKS_THE_BANK)
    pursued(world)
    for method in world.operator.v1.customers.payment_methods.list(customer_of(world)).data:
        world.operator.v1.payment_methods.detach(method.id)
    told(world)
    assert shown(world).state == "action_required"

    give_card(world, VISA)
    pursued(world)

    assert (shown(world).state, paid_invoices(world), declines(world)) == ("idle", 1, 0)


def test_a_card_that_the_customer_only_tries_on_the_hosted_page_changes_nothing(subscribers: Moments) -> None:
    world = waiting(subscribers, ASKS_THE_BANK)
    pursued(world)

    with suppress(AssertionError):
        world.act(f"invoices/{invoice_of_first(world)}", outcome="pay", card=FAILS_LATER)
    told(world)
    pursued(world)

    assert (shown(world).state, going(world)) == ("action_required", RechargeMessage("acme", 1))


@pytest.mark.parametrize("hears", [False, True], ids=["before anybody hears of it", "after"])
def test_one_that_is_paid_in_the_same_moment_is_granted_and_no_other_begins(subscribers: Moments, hears: bool) -> None:
    world = waiting(subscribers)

    world.act(f"invoices/{invoice_of_first(world)}", outcome="authenticate", card=ASKS_THE_BANK)
    if hears:
        told(world)
    pursued(world)
    told(world)

    assert (shown(world).state, shown(world).spent, paid_invoices(world)) == ("idle", PRICE, 1)
    assert world.deps.store.purchase("acme", "r2") is None


@pytest.mark.parametrize("hears", [False, True], ids=["alone", "its webhook comes in between"])
@pytest.mark.parametrize("card", [VISA, FAILS_LATER], ids=["one that pays", "one that is declined"])
def test_wherever_it_is_cut_short_it_ends_alike(subscribers: Moments, card: str, hears: bool) -> None:
    waiting(subscribers, card)
    moment, paid = subscribers.kept(), card == VISA
    changes = changes_of(subscribers.back_to(moment), lambda deps: pursue(deps, RechargeMessage("acme", 1)))
    assert len(changes) == 3

    for at in range(len(changes)):
        world = subscribers.back_to(moment)
        with suppress(Died):
            assert dying_at(world, at, lambda deps: pursue(deps, RechargeMessage("acme", 1)))
        if hears:
            told(world)
        pursued(world)

        assert (shown(world).state, paid_invoices(world)) == ("idle" if paid else "backing_off", paid), (at, changes)
        assert (read_credits(world.deps, "acme").balance, declines(world)) == (PRO * paid, not paid)
        assert shown(world).left_to_spend == 5_000 - PRICE * paid


def test_one_that_is_paid_while_it_is_being_dropped_is_granted(subscribers: Moments) -> None:
    world = waiting(subscribers)
    assert dying_at(world, 1, lambda deps: pursue(deps, RechargeMessage("acme", 1)))

    world.act(f"invoices/{invoice_of_first(world)}", outcome="authenticate", card=ASKS_THE_BANK)
    pursued(world)

    assert (shown(world).state, shown(world).spent, paid_invoices(world)) == ("idle", PRICE, 1)
