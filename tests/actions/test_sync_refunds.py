"""Whatever goes back of a purchase takes its credits with it, whoever sent it and however often that is heard."""

import random
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.handle_stripe_event import handle_stripe_event
from chalicelib.actions.read_history import read_history
from chalicelib.actions.read_notices import read_notices
from chalicelib.actions.sync_refunds import sync_refund
from chalicelib.credit_errors import PurchaseNotSettled
from chalicelib.deps import Beside
from chalicelib.domain.credits import Purchase
from chalicelib.domain.journal import begin
from chalicelib.domain.money import Money
from chalicelib.domain.recharge import Recharge, Rule
from tests.actions.life import bought, subscribed
from tests.actions.mortal import Moments
from tests.actions.refunding import (
    COSTS,
    PRICE,
    STARTER,
    balance,
    disputed,
    known,
    lefts,
    lines,
    owned,
    paid_with,
    refunded,
    spend,
)
from tests.actions.world import World

FAILS_BACK = "4000000000005126"


@pytest.fixture
def world(kept: Moments) -> World:
    return kept.again()


def state_of(world: World, purchase: Purchase) -> tuple[str, int, int]:
    found = known(world, purchase.id)
    return found.state, found.lost, found.taken


def test_a_full_refund_from_the_dashboard_takes_all_of_that_pack_and_no_other(world: World) -> None:
    first = owned(world)
    other = bought(world)
    world.deliver()

    refunded(world, first.stripe_payment_intent_id)
    world.deliver()

    assert lefts(world) == [(other.id, STARTER)]
    assert lines(world) == [("purchase", STARTER), ("purchase", STARTER), ("refund", -STARTER)]
    assert state_of(world, first) == ("refunded", PRICE, STARTER)
    assert world.emulator.state.problems == []


def test_partial_refunds_are_rounded_once_against_their_sum(world: World) -> None:
    purchase = owned(world)

    for amount, left in ((333, 334_000), (166, 2_000), (1, 0)):
        refunded(world, purchase.stripe_payment_intent_id, amount)
        world.deliver()
        assert balance(world) == left

    assert state_of(world, purchase) == ("refunded", PRICE, STARTER)
    assert [credits for _, credits in lines(world)] == [STARTER, -666_000, -332_000, -2_000]


def test_what_is_spent_already_becomes_debt_and_the_next_pack_pays_it(world: World) -> None:
    purchase = owned(world)
    spend(world, 300)
    refunded(world, purchase.stripe_payment_intent_id)
    world.deliver()
    assert balance(world) == -300 * COSTS

    bought(world)
    world.deliver()

    assert (balance(world), [left for _, left in lefts(world)]) == (400_000, [400_000])


def test_a_refund_that_fails_gives_back_what_it_took(world: World) -> None:
    purchase = owned(world, card=FAILS_BACK)
    refunded(world, purchase.stripe_payment_intent_id)
    world.deliver()
    assert balance(world) == 0

    world.pass_time(world.clock.now() + 2 * 86_400)

    assert lefts(world) == [(purchase.id, STARTER)]
    assert state_of(world, purchase) == ("paid", 0, 0)
    assert lines(world) == [("purchase", STARTER), ("refund", -STARTER), ("refund", STARTER)]
    told = [each.notice.kind for each in read_notices(world.deps, "acme", None, 10)[0]]
    assert [kind for kind in told if "back" in kind] == ["credits_given_back", "credits_taken_back"]


@pytest.mark.parametrize(
    ("reason", "statuses", "left", "state"),
    [
        ("an inquiry", ["warning_needs_response"], STARTER, "paid"),
        ("an inquiry that ends", ["warning_needs_response", "warning_closed"], STARTER, "paid"),
        ("open", ["needs_response"], 0, "disputed"),
        ("lost", ["needs_response", "under_review", "lost"], 0, "disputed"),
        ("won", ["needs_response", "under_review", "won"], STARTER, "paid"),
        ("an inquiry that became one", ["warning_needs_response", "needs_response"], 0, "disputed"),
    ],
)
def test_a_dispute_takes_the_credits_while_the_bank_has_the_money(
    world: World, reason: str, statuses: list[str], left: int, state: str
) -> None:
    purchase = owned(world)

    for status in statuses:
        disputed(world, purchase.stripe_payment_intent_id, status)
        world.deliver()

    assert (balance(world), state_of(world, purchase)[0]) == (left, state), reason
    lines(world)


def test_refund_and_dispute_of_the_same_money_take_no_more_than_all(world: World) -> None:
    purchase = owned(world)
    refunded(world, purchase.stripe_payment_intent_id, 200)
    disputed(world, purchase.stripe_payment_intent_id)

    world.deliver()

    assert balance(world) == 0
    disputed(world, purchase.stripe_payment_intent_id, "won")
    world.deliver()
    assert (balance(world), state_of(world, purchase)) == (600_000, ("partially_refunded", 200, 400_000))


def test_a_refund_and_a_dispute_that_come_together_are_a_line_each_by_their_own_ids(world: World) -> None:
    purchase = owned(world)
    refund = refunded(world, purchase.stripe_payment_intent_id, 200)
    dispute = disputed(world, purchase.stripe_payment_intent_id)

    sync_refund(world.deps, refund)
    world.deliver()

    assert lines(world) == [("purchase", STARTER), ("refund", -400_000), ("dispute", -600_000)]
    told = read_history(world.deps, "acme", None, 2)[0]
    assert [(each.note, str(each.money)) for each in told] == [(dispute, "-3.00 EUR"), (refund, "-2.00 EUR")]


def test_events_in_any_order_and_twice_come_to_the_same(world: World) -> None:
    purchase = owned(world)
    intent = purchase.stripe_payment_intent_id
    refunded(world, intent, 100)
    refunded(world, intent, 57)
    disputed(world, intent, "needs_response", 200)
    disputed(world, intent, "won")
    heard = [each for each in world.messages() if each.event not in world.handled] * 2
    random.Random(6).shuffle(heard)

    for number, message in enumerate(heard):
        handle_stripe_event(world.deps, replace(message, event=f"evt_{number}"))

    assert (balance(world), state_of(world, purchase)) == (686_000, ("partially_refunded", 157, 314_000))
    assert lines(world) == [("purchase", STARTER), ("refund", -200_000), ("refund", -114_000)]


def test_a_refund_that_is_heard_of_before_its_purchase_grants_it_first(world: World) -> None:
    world.account()
    purchase = bought(world)
    refund = refunded(world, paid_with(world, purchase), 100)

    sync_refund(world.deps, refund)
    world.deliver()

    assert lines(world) == [("purchase", STARTER), ("refund", -200_000)]


def test_a_purchase_without_its_session_is_waited_for(world: World) -> None:
    world.account()
    purchase = bought(world)
    refund = refunded(world, paid_with(world, purchase))
    world.deps.store.save_purchase(replace(purchase, stripe_session_id=None), was="open")
    with pytest.raises(PurchaseNotSettled):
        sync_refund(world.deps, refund)

    world.deliver()
    sync_refund(world.deps, refund)

    assert lines(world) == [("purchase", STARTER), ("refund", -STARTER)]


def test_payments_of_subscriptions_and_of_others_are_left_alone(world: World) -> None:
    subscribed(world)
    [payment] = world.operator.v1.invoice_payments.list({"status": "paid"}).data
    refund = refunded(world, str(payment.payment.payment_intent))
    before = world.deps.store.entries("acme", before=None, limit=1)[0].number

    sync_refund(world.deps, refund)

    assert world.deps.store.entries("acme", before=None, limit=1)[0].number == before


@pytest.mark.parametrize("claimed", [{"account": "nobody"}, {"purchase": ""}])
def test_a_payment_that_names_nobody_here_is_left_alone(world: World, claimed: dict[str, str]) -> None:
    purchase = owned(world)
    intent = purchase.stripe_payment_intent_id or ""
    world.operator.v1.payment_intents.update(intent, {"metadata": claimed})

    sync_refund(world.deps, refunded(world, intent))

    assert balance(world) == STARTER


def test_a_payment_that_only_claims_to_be_the_purchases_takes_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    first = owned(world)
    second = bought(world)
    world.deliver()
    forged: Any = {"metadata": {"account": "acme", "purchase": first.id}}
    intent = paid_with(world, second)
    world.operator.v1.payment_intents.update(intent, forged)

    sync_refund(world.deps, refunded(world, intent))

    assert balance(world) == 2 * STARTER
    assert "refund.of_nothing_granted" in caplog.messages


def test_what_was_read_at_stripe_before_somebody_elses_write_is_read_again(world: World) -> None:
    purchase = owned(world)
    intent = purchase.stripe_payment_intent_id
    first = refunded(world, intent, 100)
    real, late = world.deps.stripe.refunds.gone_back, list[str]()

    class Refunds:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.deps.stripe.refunds, name)

        def gone_back(self, stripe_payment_intent_id: str) -> Any:
            """The answer, and while it is on its way another refund is made, heard of and booked."""
            answer = real(stripe_payment_intent_id)
            if not late:
                late.append(refunded(world, intent, 100))
                sync_refund(world.deps, late[0])
            return answer

    sync_refund(world.with_stripe(refunds=Refunds()), first)

    assert (balance(world), state_of(world, purchase)) == (600_000, ("partially_refunded", 200, 400_000))


# -- recharges


def recharged(world: World) -> Purchase:
    """A pack as a recharge buys it: its payment carries nothing, its invoice the recharge's number."""
    pack = owned(world)
    intent = pack.stripe_payment_intent_id or ""
    world.operator.v1.payment_intents.update(intent, {"metadata": {"account": "", "purchase": "", "kind": ""}})
    tagged: Any = {"metadata": {"account": "acme", "recharge": "1", "kind": "recharge"}}
    world.operator.v1.invoices.update(pack.stripe_invoice_id or "", tagged)
    bought_so = replace(pack, id="r1", kind="recharge", paid_at=world.clock.now())
    world.deps.store.save_purchase(bought_so, was=None)
    return bought_so


def with_rule(world: World, own: Recharge) -> None:
    change = begin(world.stored()[0], world.clock.now(), world.deps.catalogue).setting(recharge=own)
    world.deps.store.commit(change.because("recharge"), beside=Beside(rule=Rule("starter")))


def test_a_refunded_recharge_takes_its_credits_and_blocks_its_rule(world: World) -> None:
    purchase = recharged(world)
    with_rule(world, Recharge(True, threshold=5, price=PRICE, limit=5_000, spent=PRICE, count=1))

    sync_refund(world.deps, refunded(world, purchase.stripe_payment_intent_id, 200))

    own, rule = world.stored()[0].recharge, world.deps.store.rule("acme", consistent=True)
    assert own is not None
    assert rule is not None
    assert (own.mode, own.spent, rule.blocked_by, balance(world)) == ("blocked", 300, ("r1",), 600_000)


def test_a_recharge_that_is_not_granted_yet_is_waited_for(world: World) -> None:
    purchase = recharged(world)
    refund = refunded(world, purchase.stripe_payment_intent_id)
    with_rule(world, Recharge(True, threshold=5, price=PRICE, limit=5_000, reserved=PRICE, count=1, mode="pending"))
    with pytest.raises(PurchaseNotSettled):
        sync_refund(world.deps, refund)
    world.deps.store.save_purchase(replace(purchase, state="open", paid=None), was="paid")
    with pytest.raises(PurchaseNotSettled):
        sync_refund(world.deps, refund)

    assert (balance(world), purchase.paid) == (STARTER, Money(PRICE, "eur"))
