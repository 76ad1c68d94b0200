"""Packs: paid once, granted once, whatever asks first and however often; and never for what was not paid."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.buy_credits import buy_credits
from chalicelib.actions.handle_stripe_event import handle_stripe_event
from chalicelib.actions.read_credits import read_credits
from chalicelib.actions.read_purchase import read_purchase
from chalicelib.actions.settle_checkout import settle_checkout
from chalicelib.domain.money import Money
from chalicelib.errors import Unavailable, UnknownAccount, UnknownPack, UnknownPurchase
from chalicelib.messages import StripeEventMessage
from tests.actions.life import bought, ordered
from tests.actions.world import DECLINED, KEY, URLS, Died, World, dying, dying_after, insisting

STARTER = 1_000_000


def settle(world: World, session: str | None, **broken: Any) -> None:
    assert session
    settle_checkout(world.with_store(**broken) if broken else world.deps, session)


def test_a_paid_pack_brings_its_credits_from_the_event_alone(world: World) -> None:
    world.account()
    purchase = bought(world)

    world.deliver()

    credits, read = read_credits(world.deps, "acme"), read_purchase(world.deps, "acme", purchase.id)
    assert (credits.balance, credits.available, credits.debt) == (STARTER, STARTER, 0)
    assert [(lot.id, lot.kind, lot.left) for lot in credits.lots] == [(purchase.id, "purchase", STARTER)]
    assert (read.state, read.paid) == ("paid", Money(500, "eur"))
    assert read.stripe_invoice_id
    assert world.emulator.state.problems == []


def test_the_return_page_grants_before_any_event_and_the_event_adds_nothing(world: World) -> None:
    world.account()
    purchase = bought(world)

    assert read_purchase(world.deps, "acme", purchase.id).state == "paid"
    world.deliver()

    assert read_credits(world.deps, "acme").balance == STARTER


def test_repeated_events_grant_once(world: World) -> None:
    world.account()
    purchase = bought(world)

    for number in range(3):
        event = StripeEventMessage(f"evt_{number}", "checkout.session.completed", purchase.stripe_session_id or "")
        handle_stripe_event(world.deps, event)
        handle_stripe_event(world.deps, event)

    assert read_credits(world.deps, "acme").balance == STARTER


def test_two_packs_come_in_as_two_lots(world: World) -> None:
    world.account()
    first, second = bought(world), bought(world, "standard")

    world.deliver()

    credits = read_credits(world.deps, "acme")
    assert credits.balance == 3_500_000
    assert [lot.id for lot in credits.lots] == [first.id, second.id]


def test_an_unpaid_session_brings_nothing(world: World) -> None:
    world.account()
    purchase = ordered(world)

    settle(world, purchase.stripe_session_id)

    assert read_credits(world.deps, "acme").balance == 0
    assert read_purchase(world.deps, "acme", purchase.id).state == "open"


def test_a_declined_card_leaves_the_purchase_open_for_another_try(world: World) -> None:
    world.account()
    purchase = ordered(world)
    assert purchase.stripe_session_id
    world.pay(purchase.stripe_session_id, card=DECLINED)
    world.deliver()
    assert read_purchase(world.deps, "acme", purchase.id).state == "open"

    world.pay(purchase.stripe_session_id)

    assert read_purchase(world.deps, "acme", purchase.id).state == "paid"


def test_a_session_that_expired_closes_its_purchase(world: World) -> None:
    world.account()
    purchase = ordered(world)
    assert purchase.stripe_session_id

    world.pay(purchase.stripe_session_id, outcome="expire")
    world.deliver()

    assert read_purchase(world.deps, "acme", purchase.id).state == "expired"


def test_a_delayed_payment_that_failed_closes_its_purchase(world: World) -> None:
    world.account()
    purchase = ordered(world)
    assert purchase.stripe_session_id

    settle_checkout(world.deps, purchase.stripe_session_id, is_failure=True)

    assert read_purchase(world.deps, "acme", purchase.id).state == "failed"


def test_a_failure_that_is_told_late_does_not_undo_a_paid_purchase(world: World) -> None:
    world.account()
    purchase = bought(world)
    assert purchase.stripe_session_id

    settle_checkout(world.deps, purchase.stripe_session_id, is_failure=True)
    settle_checkout(world.deps, purchase.stripe_session_id, is_failure=True)

    assert read_purchase(world.deps, "acme", purchase.id).state == "paid"
    assert read_credits(world.deps, "acme").balance == STARTER


@pytest.mark.parametrize(
    "forged",
    [
        {"account": "other"},
        {"stripe_customer_id": "cus_other"},
        {"total": Money(500, "usd")},
        {"subtotal": Money(499, "eur")},
        {"prices": (("pack_enterprise", 1),)},
    ],
)
def test_a_session_that_is_not_the_purchase_is_told_and_not_granted(
    world: World, caplog: pytest.LogCaptureFixture, forged: dict[str, Any]
) -> None:
    world.account()
    purchase = bought(world)
    assert purchase.stripe_session_id
    genuine = world.deps.stripe.checkout(purchase.stripe_session_id)
    if "account" in forged:
        world.account("other")
        world.deps.store.save_purchase(replace(purchase, account="other"), was=None)
        forged = {**forged, "stripe_customer_id": genuine.stripe_customer_id}

    settle_checkout(world.with_stripe(checkout=lambda _id: replace(genuine, **forged)), purchase.stripe_session_id)

    assert read_credits(world.deps, forged.get("account", "acme")).balance == 0
    assert "purchase.mismatch" in caplog.messages


def test_sessions_of_others_are_left_alone(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.account()
    purchase = bought(world)
    genuine = world.deps.stripe.checkout(purchase.stripe_session_id or "")

    for other in (replace(genuine, account=None, purchase=None), replace(genuine, purchase="unknown")):
        settle_checkout(world.with_stripe(checkout=lambda _id, other=other: other), "cs_other")

    assert read_credits(world.deps, "acme").balance == 0
    assert "purchase.unknown" in caplog.messages


@pytest.mark.parametrize("step", ["before the grant", "after the grant"])
def test_dying_around_the_grant_and_coming_again_grants_once(world: World, step: str) -> None:
    world.account()
    purchase = bought(world)
    commit = dying if step == "before the grant" else dying_after(world.deps.store.commit)
    with pytest.raises(Died):
        settle(world, purchase.stripe_session_id, commit=commit)

    settle(world, purchase.stripe_session_id)

    assert read_credits(world.deps, "acme").balance == STARTER


def test_a_grant_whose_answer_was_lost_is_not_made_twice(world: World) -> None:
    world.account()
    purchase = bought(world)

    def lost(*args: Any, **named: Any) -> Any:
        world.deps.store.commit(*args, **named)
        raise Unavailable

    with pytest.raises(Unavailable):
        settle(world, purchase.stripe_session_id, commit=lost)
    settle(world, purchase.stripe_session_id)

    assert read_credits(world.deps, "acme").balance == STARTER


def test_dying_before_the_session_was_written_down_still_grants_when_it_is_paid(world: World) -> None:
    world.account()
    saves = iter([world.deps.store.save_purchase, dying])
    broken = world.with_store(save_purchase=lambda *args, **named: next(saves)(*args, **named))
    with pytest.raises(Died):
        buy_credits(broken, "acme", "starter", URLS, KEY)
    session = world.operator.v1.checkout.sessions.list().data[0]

    world.pay(session.id)
    world.deliver()

    assert read_credits(world.deps, "acme").balance == STARTER


@pytest.mark.parametrize("faults", [6])
def test_stripes_failures_do_not_stand_in_the_way(world: World, faults: int) -> None:
    world.account()
    world.act("webhooks", fail_api=faults)

    asker = Asker("key:test", world.deps.token())
    purchase, _ = insisting(lambda: buy_credits(world.deps, "acme", "starter", URLS, asker))
    world.act("webhooks", fail_api=0)
    world.pay(purchase.stripe_session_id)
    world.deliver()

    assert read_credits(world.deps, "acme").balance == STARTER


def test_what_is_not_there_is_told(world: World) -> None:
    with pytest.raises(UnknownPack):
        buy_credits(world.deps, "acme", "huge", URLS, KEY)
    with pytest.raises(UnknownAccount):
        buy_credits(world.deps, "acme", "starter", URLS, KEY)
    with pytest.raises(UnknownAccount):
        read_credits(world.deps, "acme")
    with pytest.raises(UnknownAccount):
        read_purchase(world.deps, "acme", "p1")
    world.account()
    with pytest.raises(UnknownPurchase):
        read_purchase(world.deps, "acme", "p1")
