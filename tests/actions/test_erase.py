"""Erasing an account that pays, cut short anywhere: whoever asks again ends it, and what comes late changes nothing."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.audit import audit
from chalicelib.actions.buy_credits import buy_credits
from chalicelib.actions.cancel_subscription import cancel_subscription
from chalicelib.actions.erase import erase
from chalicelib.actions.invite import invite
from chalicelib.actions.members import put_member
from chalicelib.actions.open_portal import open_portal
from chalicelib.actions.place_hold import place_hold
from chalicelib.actions.refund_purchase import refund_purchase
from chalicelib.actions.set_recharge import RuleWish, set_recharge
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Member
from chalicelib.domain.money import Money
from chalicelib.errors import TryAgain
from chalicelib.people_errors import Erased
from tests.actions.life import bought
from tests.actions.mortal import Fate, Moments, answer_lost, changes_of, dies, fails, moments, mortal, swept, told
from tests.actions.recharging import with_subscriber
from tests.actions.world import URLS, Died, Instead, World

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


def meanwhile(deps: Deps, part: str, name: str, happens: Callable[[], Any]) -> Deps:
    """Deps in which this happens right before the first such call on `part` of the store ("": the store itself)."""
    store: Any = deps.store
    owner: Any = getattr(store, part) if part else store
    met: list[bool] = []

    def called(*args: Any, **named: Any) -> Any:
        if not met:
            met.append(True)
            happens()
        return getattr(owner, name)(*args, **named)

    changed: Any = Instead(owner, {name: called})
    return replace(deps, store=Instead(store, {part: changed}) if part else changed)  # type: ignore[arg-type]


def customers_left(world: World) -> list[str]:
    return [each["name"] for each in world.emulator.state.every("customer") if not each.get("deleted")]


def buyers(world: World) -> set[str]:
    return {each.actor for each in world.deps.store.purchases("acme")}


@pytest.mark.parametrize("ask", ["portal", "pack"])
def test_no_customer_is_made_while_the_account_is_erased(kept: tuple[Moments, bytes], ask: str) -> None:
    found, moment = kept
    world = found.back_to(moment)
    asks: dict[str, Callable[[Deps], Any]] = {
        "portal": lambda deps: open_portal(deps, "acme", URLS[0], None, operation="late"),
        "pack": lambda deps: buy_credits(deps, "acme", "starter", URLS, by=(ADA.actor, "late")),
    }

    def asked() -> None:
        with pytest.raises(Erased):
            asks[ask](world.deps)

    end(meanwhile(world.deps, "dossiers", "erase_people", asked))

    assert customers_left(world) == []
    assert world.deps.store.purchase("acme", "late", consistent=True) is None
    ended(world)


def test_a_customer_made_just_when_the_account_is_erased_is_deleted_again(kept: tuple[Moments, bytes]) -> None:
    found, moment = kept
    world = found.back_to(moment)
    customer = world.stored()[1].stripe_customer_id
    assert customer is not None
    world.operator.v1.customers.delete(customer)
    told(world)
    racing = meanwhile(world.deps, "", "attach_customer", lambda: end(world.deps))

    with pytest.raises(Erased):
        open_portal(racing, "acme", URLS[0], None, operation="late")

    assert customers_left(world) == []


def test_a_customer_whose_maker_died_before_noting_him_is_deleted(kept: tuple[Moments, bytes]) -> None:
    found, moment = kept
    world = found.back_to(moment)
    customer = world.stored()[1].stripe_customer_id
    assert customer is not None
    world.operator.v1.customers.delete(customer)
    told(world)
    with pytest.raises(Died):
        open_portal(mortal(world.deps, Fate(world, 1, dies)), "acme", URLS[0], None, operation="late")
    assert customers_left(world) == ["Acme"]

    end(world.deps)

    assert customers_left(world) == []


@pytest.mark.parametrize("save", [1, 2])
def test_a_pack_asked_for_just_before_is_not_sold_and_names_nobody(kept: tuple[Moments, bytes], save: int) -> None:
    found, moment = kept
    world = found.back_to(moment)
    before = world.deps.store.save_purchase
    saves = [meanwhile(world.deps, "", "save_purchase", lambda: end(world.deps)).store.save_purchase]
    saves[:0] = [before] * (save - 1)
    met = iter(saves)
    store: Any = Instead(world.deps.store, {"save_purchase": lambda *args, **named: next(met)(*args, **named)})

    with pytest.raises(Erased):
        buy_credits(replace(world.deps, store=store), "acme", "starter", URLS, by=(ADA.actor, "late"))

    assert buyers(world) == {"key:test"}
    assert [each for each in world.emulator.state.every("checkout.session") if each["status"] == "open"] == []


def test_a_pack_paid_while_the_account_is_erased_names_nobody(kept: tuple[Moments, bytes]) -> None:
    found, moment = kept
    world = found.back_to(moment)
    [opened] = [each for each in world.deps.store.purchases("acme") if each.state == "open"]
    world.pay(opened.stripe_session_id or "")
    real = world.deps

    world.deps = meanwhile(real, "", "commit", lambda: end(real))
    told(world)
    world.deps = real

    assert [each.state for each in world.deps.store.purchases("acme")] == ["paid", "paid"]
    assert buyers(world) == {"key:test"}


def test_stripe_is_left_without_who_asked_and_why(kept: tuple[Moments, bytes]) -> None:
    found, moment = kept
    world = found.back_to(moment)
    [paid] = [each for each in world.deps.store.purchases("acme") if each.state == "paid"]
    refund_purchase(world.deps, "acme", paid.id, None, "Ada wants it", by=(ADA.actor, "r1"))
    cancel_subscription(world.deps, "acme", None, "Ada left", ADA.actor)
    told(world)

    def said() -> list[str]:
        found = [(kind, repr(each)) for kind in ("refund", "subscription") for each in world.emulator.state.every(kind)]
        return [kind for kind, text in found if "Ada " in text or "member:ada" in text]

    assert said() == ["refund", "subscription"]
    end(world.deps, ADA)

    assert said() == []


def test_an_owner_asks_until_it_is_done_and_is_told_nothing_of_it(kept: tuple[Moments, bytes]) -> None:
    found, moment = kept
    world = found.back_to(moment)
    newest = world.deps.store.entries("acme", before=None, limit=1)[0].number

    answers = [end(world.deps, ADA, most=1)]
    while answers[-1] is None:
        answers.append(end(world.deps, ADA, most=1))

    assert len(answers) > 2
    ended(world)
    entries = world.deps.store.entries("acme", before=None, limit=100)
    assert [entry.notices for entry in entries if entry.number > newest and entry.notices] == []
