"""Erasing an account that pays, cut short anywhere: whoever asks again ends it, and what comes late changes nothing."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.audit import audit
from chalicelib.errors import TryAgain
from tests.actions.erasing import ADA, a_full_account, end, ended, piecemeal
from tests.actions.mortal import Fate, Moments, answer_lost, changes_of, dies, fails, mortal, told
from tests.actions.world import KEY, Died

FATES: dict[str, Callable[..., Any]] = {
    "the process dies": dies,
    "the answer is lost": answer_lost,
    "nobody answers": fails,
}


@pytest.fixture(scope="module")
def kept() -> Iterator[tuple[Moments, bytes]]:
    with a_full_account() as found:
        yield found


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


@pytest.mark.parametrize(("asker", "most"), [(ADA, 1), (KEY, 2)], ids=["an owner", "a key"])
def test_more_people_than_one_call_erases_go_with_the_next_and_nobody_is_told(
    kept: tuple[Moments, bytes], asker: Asker, most: int
) -> None:
    found, moment = kept
    world = found.back_to(moment)
    newest = world.deps.store.entries("acme", before=None, limit=1)[0].number

    answers = [end(piecemeal(world, most), asker)]
    while answers[-1] is None:
        answers.append(end(piecemeal(world, most), asker))

    assert len(answers) > 2
    ended(world)
    entries = world.deps.store.entries("acme", before=None, limit=100)
    assert [entry.notices for entry in entries if entry.number > newest and entry.notices] == []
