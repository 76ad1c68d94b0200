"""Buying and refunding a pack, killed or left without an answer at every change, alone and with events in between."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.buy_credits import buy_credits
from chalicelib.actions.read_purchase import read_purchase
from chalicelib.actions.refund_purchase import refund_purchase
from chalicelib.deps import Deps
from chalicelib.domain.credits import Purchase
from chalicelib.domain.money import Money
from chalicelib.errors import TryAgain
from infra.local.stripe.faults import Fault
from tests.actions.life import bought
from tests.actions.mortal import (
    Fate,
    Moments,
    answer_lost,
    at_stripe,
    changes_of,
    dies,
    fails,
    moments,
    mortal,
    told,
)
from tests.actions.refunding import PRICE, STARTER, balance, lines, sent_back
from tests.actions.world import KEY, URLS, Died, World, insisting

FATES = {
    "dies": dies,
    "nobody answers": fails,
    "the answer is lost": answer_lost,
    "a 500 that is kept, and it was done": at_stripe(Fault.KEPT_DONE),
    "a 500 that is kept, and nothing was": at_stripe(Fault.KEPT_UNDONE),
}
Act = Callable[[Deps], Any]


@pytest.fixture(scope="module")
def kept() -> Iterator[Moments]:
    with moments() as found:
        yield found


@pytest.fixture(params=FATES)
def befalls(request: pytest.FixtureRequest) -> Any:
    return FATES[request.param]


def struck(world: World, at: int, befalls: Any, act: Act) -> bool:
    """The act with this fate at its n-th change; whether whoever asked got an answer."""
    with suppress(Died, TryAgain):
        act(mortal(world.deps, Fate(world, at, befalls)))
        return True
    return False


def sessions(world: World) -> list[str]:
    """Each purchase's page; of one that Stripe made and would not own up to nobody has the address."""
    newest_last = world.operator.v1.checkout.sessions.list().data[::-1]
    return list({(each.metadata or {})["purchase"]: each.id for each in newest_last}.values())


def test_buying(kept: Moments, befalls: Any) -> None:
    world = kept.again()
    world.account()
    start = kept.kept()

    def buy(deps: Deps) -> Purchase:
        return buy_credits(deps, "acme", "starter", URLS, KEY)[0]

    count = len(changes_of(world, buy))
    assert count == 5
    for at in range(count + 1):
        world = kept.back_to(start)
        struck(world, at, befalls, buy)
        purchase = insisting(lambda world=world: buy(world.deps))
        open_sessions = sessions(world)
        for session in open_sessions:
            world.pay(session)
        told(world)

        # Every page that was paid brings its pack, and nothing else does.
        assert balance(world) == len(open_sessions) * STARTER, at
        assert len(lines(world)) == len(open_sessions) <= 2, at
        assert read_purchase(world.deps, "acme", purchase.id).state == "paid", at


@pytest.mark.parametrize("is_told", [False, True])
def test_granting(kept: Moments, befalls: Any, is_told: bool) -> None:
    world = kept.again()
    world.account()
    purchase = bought(world)
    start = kept.kept()

    def look(deps: Deps) -> Purchase:
        return read_purchase(deps, "acme", purchase.id)

    count = len(changes_of(world, look))
    assert count == 1
    for at in range(count + 1):
        world = kept.back_to(start)
        struck(world, at, befalls, look)
        if is_told:
            told(world)
        assert insisting(lambda world=world: look(world.deps)).state == "paid"
        told(world)

        assert lines(world) == [("purchase", STARTER)], at


@pytest.mark.parametrize(
    ("reason", "amount", "key", "is_told"),
    [
        ("a part, asked again under its key", 200, "k1", False),
        ("a part, asked again under its key after the events", 200, "k1", True),
        ("a part, asked again before any event", 200, None, False),
        ("all of it", None, None, False),
        ("all of it, asked again after the events", None, None, True),
    ],
)
def test_refunding(
    kept: Moments, befalls: Any, reason: str, amount: int | None, key: str | None, is_told: bool
) -> None:
    world = kept.again()
    world.account()
    purchase = bought(world)
    told(world)
    start = kept.kept()

    def refund(deps: Deps) -> Purchase:
        money = None if amount is None else Money(amount, "eur")
        return refund_purchase(deps, "acme", purchase.id, money, "not needed", Asker("key:test", key))

    assert changes_of(world, refund) == ["stripe", "store"]
    # Without a key a part is known again until it is written down that it went back.
    for at in range(1 if amount and not key else 2):
        world = kept.back_to(start)
        is_answered = struck(world, at, befalls, refund)
        if is_told:
            told(world)
        # After an answer nobody asks again, and a part without a key would be another one.
        if not is_answered:
            insisting(lambda world=world: refund(world.deps))
        told(world)

        share = STARTER * (amount or PRICE) // PRICE
        assert (sent_back(world), lines(world)) == (amount or PRICE, [("purchase", STARTER), ("refund", -share)]), (
            reason
        )


@pytest.mark.parametrize("steps", [("refund",), ("needs_response", "won"), ("needs_response", "lost")])
def test_hearing_of_what_went_back(kept: Moments, befalls: Any, steps: tuple[str, ...]) -> None:
    """Each event's handling struck at its one write, then handled again."""
    world = kept.again()
    world.account()
    purchase = bought(world)
    told(world)
    intent = read_purchase(world.deps, "acme", purchase.id).stripe_payment_intent_id
    for step in steps:
        if step == "refund":
            world.operator.v1.refunds.create({"payment_intent": intent or "", "amount": 200})
        else:
            world.act(f"charges/{intent}/dispute", status=step)
        deps = world.deps
        for _ in range(2):
            world.deps = mortal(deps, Fate(world, 0, befalls))
            with suppress(Died, TryAgain):
                told(world)
        world.deps = deps
        told(world)

    assert balance(world) == {"refund": 600_000, "won": STARTER, "lost": 0}[steps[-1]]
    assert len(lines(world)) == {"refund": 2, "won": 3, "lost": 2}[steps[-1]]
