"""Refunds that are asked for here: the money goes back once, and the credits with it at once."""

from contextlib import suppress
from typing import Any

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.read_history import read_history
from chalicelib.actions.refund_purchase import refund_purchase
from chalicelib.credit_errors import AbovePayment, Disputed, NotPaid
from chalicelib.deps import Deps
from chalicelib.domain.credits import Purchase
from chalicelib.domain.money import Money
from chalicelib.errors import Invalid, StripeGone, StripeRefused, UnknownAccount, UnknownPurchase
from infra.local.stripe import refunds
from tests.actions.life import bought, ordered
from tests.actions.mortal import Fate, Moments, dies, mortal
from tests.actions.refunding import (
    PRICE,
    STARTER,
    balance,
    disputed,
    known,
    lines,
    owned,
    refunded,
    sent_back,
    spend,
)
from tests.actions.world import KEY, Died, World

FAILS_BACK = "4000000000005126"


@pytest.fixture
def world(kept: Moments) -> World:
    return kept.again()


def refund(world: World, purchase: Purchase, amount: int | None = None, **named: Any) -> Purchase:
    money = None if amount is None else Money(amount, named.pop("currency", "eur"))
    deps: Deps = named.pop("deps", world.deps)
    asker = Asker("key:test", named.pop("key", None))
    return refund_purchase(deps, "acme", purchase.id, money, "not needed", asker, **named)


def test_all_of_it_goes_back_and_the_credits_at_once(world: World) -> None:
    purchase = owned(world)

    answer = refund(world, purchase)

    assert (answer.state, answer.lost, answer.taken) == ("refunded", PRICE, STARTER)
    assert (balance(world), sent_back(world)) == (0, PRICE)
    [made] = world.operator.v1.refunds.list().data
    assert made.reason == "requested_by_customer"
    assert (made.metadata or {})["account"] == "acme"
    assert (made.metadata or {})["reason"] == "not needed"
    world.deliver()
    assert lines(world) == [("purchase", STARTER), ("refund", -STARTER)]
    assert world.emulator.state.problems == []


@pytest.mark.parametrize("hears", [False, True], ids=["the reply books it", "its event books it, as the process died"])
def test_who_asked_and_why_stand_in_the_journal_whoever_books_it(world: World, hears: bool) -> None:
    purchase = owned(world)

    deps = mortal(world.deps, Fate(world, 1 if hears else 9, dies))
    with suppress(Died):
        refund(world, purchase, 200, deps=deps)
    world.deliver()

    [line] = read_history(world.deps, "acme", None, 1)[0]
    [entry] = world.deps.store.entries("acme", before=None, limit=1)
    [made] = world.operator.v1.refunds.list().data
    assert (line.kind, line.note) == ("refund", f"{made.id}: not needed")
    assert (entry.cause, entry.actor, entry.note) == (f"refund:{made.id}", "key:test", "not needed")


def test_a_part_and_then_the_rest(world: World) -> None:
    purchase = owned(world)

    first = refund(world, purchase, 200)
    rest = refund(world, purchase)

    assert (first.state, rest.state) == ("partially_refunded", "refunded")
    assert [credits for _, credits in lines(world)] == [STARTER, -400_000, -600_000]
    assert sent_back(world) == PRICE


def test_a_half_spent_pack_refunded_in_full_leaves_debt(world: World) -> None:
    purchase = owned(world)
    spend(world, 250)

    refund(world, purchase)

    assert balance(world) == -500_000


def test_one_that_nobody_has_told_of_yet_is_granted_and_refunded(world: World) -> None:
    world.account()
    purchase = bought(world)

    assert refund(world, purchase).state == "refunded"
    assert lines(world) == [("purchase", STARTER), ("refund", -STARTER)]


def test_the_same_call_under_its_key_refunds_once_whatever_happened_since(world: World) -> None:
    purchase = owned(world)
    first = refund(world, purchase, 200, key="k1")
    world.deliver()

    again = refund(world, purchase, 200, key="k1")

    assert (again, sent_back(world)) == (first, 200)
    refund(world, purchase, 200, key="k2")
    assert sent_back(world) == 400


def test_asking_again_for_all_that_was_sent_back_changes_nothing(world: World) -> None:
    purchase = owned(world)

    assert refund(world, purchase) == refund(world, purchase)
    assert sent_back(world) == PRICE


def test_what_failed_at_the_bank_may_be_asked_for_again(world: World) -> None:
    purchase = owned(world, card=FAILS_BACK)
    for _ in range(2):
        assert refund(world, purchase).state == "refunded"
        # At once, while Stripe still remembers the key that it was asked with.
        refunds.turn(world.emulator.state, next(world.emulator.state.every("refund", status="succeeded")))
        world.deliver()
        assert known(world, purchase.id).state == "paid"

    assert (balance(world), sent_back(world)) == (STARTER, 0)
    assert len(world.operator.v1.refunds.list().data) == 2


@pytest.mark.parametrize(("before", "amount"), [(0, PRICE + 1), (200, 301), (PRICE, 1)])
def test_more_than_is_left_is_refused(world: World, before: int, amount: int) -> None:
    purchase = owned(world)
    if before:
        refunded(world, purchase.stripe_payment_intent_id, before)

    with pytest.raises(AbovePayment):
        refund(world, purchase, amount)

    assert sent_back(world) == before


def test_the_last_cent_goes_back(world: World) -> None:
    purchase = owned(world)
    refunded(world, purchase.stripe_payment_intent_id, PRICE - 1)

    assert refund(world, purchase, 1).state == "refunded"
    assert balance(world) == 0


@pytest.mark.parametrize(("status", "hint"), [("needs_response", "answer the dispute"), ("lost", "is lost")])
@pytest.mark.parametrize("heard", [True, False])
def test_what_the_bank_has_is_not_refunded(world: World, heard: bool, status: str, hint: str) -> None:
    purchase = owned(world)
    disputed(world, purchase.stripe_payment_intent_id, status, amount=200)
    if heard:
        world.deliver()

    with pytest.raises(Disputed) as refused:
        refund(world, purchase)

    assert hint in refused.value.hint
    assert sent_back(world) == 0


def test_asking_again_for_what_was_refunded_before_the_dispute_answers_and_more_is_refused(world: World) -> None:
    purchase = owned(world)
    refund(world, purchase, 200, key="k1")
    disputed(world, purchase.stripe_payment_intent_id, amount=100)
    world.deliver()

    assert refund(world, purchase, 200, key="k1").state == "disputed"
    with pytest.raises(Disputed):
        refund(world, purchase, 200, key="k2")

    assert sent_back(world) == 200


@pytest.mark.parametrize("outcome", ["", "abandon", "expire"])
def test_what_was_not_paid_is_not_refunded(world: World, outcome: str) -> None:
    world.account()
    purchase = ordered(world)
    if outcome:
        world.pay(purchase.stripe_session_id or "", outcome=outcome)
        world.deliver()

    with pytest.raises(NotPaid):
        refund(world, purchase)

    assert (balance(world), lines(world)) == (0, [])


def test_another_currency_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        refund(world, owned(world), 100, currency="usd")

    assert [each.field for each in refused.value.problems] == ["amount.currency"]
    assert sent_back(world) == 0


def test_another_accounts_purchase_is_unknown(world: World) -> None:
    purchase = owned(world)
    world.account("other")

    with pytest.raises(UnknownPurchase):
        refund_purchase(world.deps, "other", purchase.id, None, "mine", KEY)
    with pytest.raises(UnknownAccount):
        refund_purchase(world.deps, "nobody", purchase.id, None, "mine", KEY)


class Refusing:
    """Stripe's refunds, where sending one is refused, or None: somebody was faster than our look."""

    def __init__(self, world: World, code: str | None) -> None:
        self._real, self._code = world.deps.stripe.refunds, code

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def send(self, *_: Any, **__: Any) -> None:
        if self._code is not None:
            raise StripeRefused("no", self._code)


@pytest.mark.parametrize(("code", "error"), [("charge_disputed", Disputed), ("balance_insufficient", StripeRefused)])
def test_what_stripe_refuses_is_told_for_what_it_is(world: World, code: str, error: type[Exception]) -> None:
    purchase = owned(world)

    with pytest.raises(error):
        refund(world, purchase, deps=world.with_stripe(refunds=Refusing(world, code)))


def test_what_was_refunded_meanwhile_is_booked_with_it_and_each_entry_is_whose_it_is(world: World) -> None:
    purchase = owned(world)
    outside = refunded(world, purchase.stripe_payment_intent_id, 100)

    refund(world, purchase)

    assert lines(world) == [("purchase", STARTER), ("refund", -200_000), ("refund", -800_000)]
    ours, theirs = world.deps.store.entries("acme", before=None, limit=2)
    assert (theirs.cause, theirs.actor, theirs.note) == (f"refund:{outside}", "service", None)
    assert (ours.actor, ours.note) == ("key:test", "not needed")


def test_what_somebody_had_sent_back_just_before_is_no_failure(world: World) -> None:
    purchase = owned(world)

    assert refund(world, purchase, deps=world.with_stripe(refunds=Refusing(world, None))).state == "paid"


def test_a_payment_that_stripe_lost_is_told(world: World) -> None:
    purchase = owned(world)
    world.deps.store.save_purchase(Purchase(**{**vars(purchase), "stripe_payment_intent_id": "pi_gone"}), was="paid")

    with pytest.raises((StripeGone, StripeRefused)):
        refund(world, purchase)
