"""Erasing an account that pays, cut short anywhere: whoever asks again ends it, and what comes late changes nothing."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.audit import audit
from chalicelib.actions.buy_credits import buy_credits
from chalicelib.actions.erase import erase
from chalicelib.actions.invite import invite
from chalicelib.actions.members import put_member
from chalicelib.actions.place_hold import place_hold
from chalicelib.actions.set_recharge import RuleWish, set_recharge
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Member
from chalicelib.domain.money import Money
from chalicelib.errors import TryAgain
from tests.actions.life import bought
from tests.actions.mortal import Fate, Moments, answer_lost, changes_of, dies, fails, moments, mortal, swept, told
from tests.actions.recharging import with_subscriber
from tests.actions.world import URLS, Died, World

ADA = Asker("key:test member:ada", "ada")
KEY = Asker("key:test")
FATES: dict[str, Callable[..., Any]] = {
    "the process dies": dies,
    "the answer is lost": answer_lost,
    "nobody answers": fails,
}


@pytest.fixture(scope="module")
def kept() -> Iterator[tuple[Moments, bytes]]:
    """An account with all that an erasure ends: a plan that is paid, credits, a hold, a rule, an open page, people."""
    with moments() as found:
        world = with_subscriber(found).again()
        deps = world.deps
        bought(world)
        told(world)
        place_hold(deps, "acme", "h1", 10, 600, "key:test")
        set_recharge(deps, "acme", RuleWish(True, 10, "starter", Money(5_000, "eur")), ADA.actor)
        buy_credits(deps, "acme", "starter", URLS, by=(ADA.actor, "op"))
        put_member(deps, "acme", Member("bob", "bob@example.com", "Bob", "member"), ADA)
        invite(deps, "acme", "dora@example.com", "member", ADA)
        told(world)
        yield found, found.kept()


def end(deps: Deps, asker: Asker = KEY, **most: int) -> int | None:
    return erase(deps, "acme", "Acme", asker, **most)


def ended(world: World) -> dict[str, Any]:
    """All that there is to see of it, but who asked when."""
    told(world)
    swept(world, 90_000)
    state, profile = world.stored()
    customer = profile.stripe_customer_id
    assert customer is not None
    subscriptions = [each["status"] for each in world.emulator.state.every("subscription")]
    kinds = {sk.partition("#")[0] for sk in items(world)}
    assert not kinds & {"U", "RO", "I", "IX", "IM", "W", "X"}, kinds
    assert profile.erased is not None
    assert (profile.name, profile.email, profile.owners, profile.order) == ("", "", (), None)
    assert audit(world.deps, "acme") == []
    assert not world.deps.stripe.customer_exists(customer)
    assert [each["status"] for each in world.emulator.state.every("checkout.session") if each["status"] == "open"] == []
    return {
        "subscriptions": subscriptions,
        "state": (state.plan, state.standing, state.seats_active, state.held, state.balance, state.wish),
        "recharge": state.recharge and (state.recharge.enabled, state.recharge.in_flight),
    }


def items(world: World) -> list[str]:
    engine: Any = world.deps.store
    found, after = list[str](), None
    reader = engine._reader
    while True:
        query = {
            "TableName": "core",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "A#acme"}},
        }
        answer = reader.call("Query", query | ({"ExclusiveStartKey": after} if after else {}))
        found += [item["sk"]["S"] for item in answer["Items"]]
        after = answer.get("LastEvaluatedKey")
        if after is None:
            return found


def test_everything_that_runs_has_ended_and_nobody_is_left(kept: tuple[Moments, bytes]) -> None:
    found, moment = kept
    world = found.back_to(moment)
    balance = world.stored()[0].balance

    at = end(world.deps, ADA)

    assert at == world.stored()[1].erased
    seen = ended(world)
    assert set(seen["subscriptions"]) == {"canceled"}
    assert seen["state"] == ("free", "none", 0, 0, balance, None)
    assert seen["recharge"] == (False, False)
    assert end(world.deps) == at


def test_money_that_goes_back_later_still_takes_its_credits(kept: tuple[Moments, bytes]) -> None:
    found, moment = kept
    world = found.back_to(moment)
    [paid] = [each for each in world.deps.store.purchases("acme") if each.state == "paid"]
    end(world.deps)
    before = world.stored()[0].balance

    asked = {"actor": "key:bk_1 member:ada", "reason": "Ada wants it"}
    world.operator.v1.refunds.create({"payment_intent": paid.stripe_payment_intent_id or "", "metadata": asked})
    told(world)

    assert world.stored()[0].balance == before - paid.credits
    [entry] = world.deps.store.entries("acme", before=None, limit=1)
    assert (entry.actor, entry.note, entry.lines[0].kind) == ("key:bk_1", None, "refund")
    assert audit(world.deps, "acme") == []


def test_cut_short_at_any_change_it_ends_the_same_for_whoever_asks_again(kept: tuple[Moments, bytes]) -> None:
    found, moment = kept
    world = found.back_to(moment)
    changes = len(changes_of(world, end))
    whole = ended(world)
    assert changes >= 8

    for name, befalls in FATES.items():
        for at in range(changes):
            world = found.back_to(moment)
            with suppress(Died, TryAgain):
                end(mortal(world.deps, Fate(world, at, befalls)))
            assert end(world.deps) is not None, (name, at)
            assert ended(world) == whole, (name, at)


def test_more_people_than_one_call_erases_go_with_the_next(kept: tuple[Moments, bytes]) -> None:
    found, moment = kept
    world = found.back_to(moment)

    answers = [end(world.deps, most=2)]
    while answers[-1] is None:
        answers.append(end(world.deps, most=2))

    assert len(answers) > 2
    ended(world)


def test_who_bought_is_told_until_he_is_erased(kept: tuple[Moments, bytes]) -> None:
    found, moment = kept
    world = found.back_to(moment)
    [opened] = [each for each in world.deps.store.purchases("acme") if each.state == "open"]
    world.pay(opened.stripe_session_id or "")
    told(world)

    def actor() -> str:
        entries = world.deps.store.entries("acme", before=None, limit=100)
        return next(entry.actor for entry in entries if entry.cause == opened.cause)

    assert actor() == ADA.actor
    end(world.deps)
    assert actor() == "key:test"
