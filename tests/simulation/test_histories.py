"""Histories by seed: whatever dies, gets lost, comes twice, late or out of order, the account is as it should be.

A failure names its seed; `World(seed)` plays it again.
"""

import logging
import os
import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.adapters.dynamo.tables import Tables
from chalicelib.domain.credits import Purchase
from chalicelib.domain.money import Money
from chalicelib.errors import ConditionFailed
from infra.resources import TABLES
from tests.simulation.history import START
from tests.simulation.offers import offers
from tests.simulation.table import Engine
from tests.simulation.terms import Terms
from tests.simulation.world import World

SEEDS, CHUNK = int(os.environ.get("SEEDS", "300")), 10
MUTANT_SEEDS = 300
SHOWN_BY = {
    "PutItem core B: attribute_not_exists(pk)": 12,
    "PutItem core D: attribute_not_exists(pk)": 80,
    "PutItem core D: n = :was": 2,
    "PutItem core PROFILE: v = :was": 25,
    "PutItem ephemeral: attribute_not_exists(pk)": 1,
    "TransactPut core B: state = :was": 29,
    "TransactPut core D: attribute_not_exists(pk)": 41,
    "TransactPut core D: n = :was": 2,
    "TransactPut core P: n = :was": 92,
    "TransactPut core PROFILE: v = :was": 8,
    "TransactPut core S: attribute_not_exists(f) OR f <= :now": 82,
    "TransactPut core S: v = :v": 2,
    "UpdateItem core S: NOT contains(o, :i)": 80,
    "UpdateItem core S: attribute_not_exists(f) OR f <= :now": 82,
    "UpdateItem core S: attribute_not_exists(o) OR size(o) <= :room": 2,
    "UpdateItem core S: n = :n": 3,
    "UpdateItem core S: s <= :bound": 22,
    "UpdateItem core S: size(d) <= :sums": 536,
    "UpdateItem core S: td = :wd": 47,
    "UpdateItem core S: ua < :la": 55,
    "UpdateItem core S: ub < :lb": 160,
    "UpdateItem core S: uc < :lc": 160,
    "UpdateItem core S: ud = :xd": 27,
}
"""Every AND-term that the store sends, and a history that soon goes wrong without it."""
BEGINS_LATE = 12
"""Where usage passes the threshold without a word if the bound of what is spent is gone."""
STEP_BY_STEP = "PutItem core B: state = :was"
"""Two processes mark one recharge paid, and between them it is refunded: no history within reach is so unlucky."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def play(seed: int, dropped: Collection[str] = ()) -> World:
    return World(seed, dropped).run()


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_every_history_ends_with_the_account_as_it_should_be(first: int) -> None:
    for seed in range(first, first + CHUNK):
        try:
            sent = {term.name for term in play(seed).wire.seen}
            assert sorted(sent - SHOWN_BY.keys() - {STEP_BY_STEP}) == [], "terms that nothing is known to miss"
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise


def test_a_bound_that_usage_may_pass_lets_a_recharge_begin_late() -> None:
    with pytest.raises(AssertionError, match="should have begun"):
        play(BEGINS_LATE, {"UpdateItem core S: s <= :bound"})


def marked_late(dropped: Collection[str]) -> str:
    """What a purchase is, once somebody marks it paid who has not seen that it was refunded."""
    engine = Engine([{"TableName": name, **TABLES[name]} for name in TABLES])
    store = DynamoStore(Tables(Terms(engine.call, dropped).call, "core", "ephemeral"), offers())
    purchase = Purchase("r1", "acme", "starter", 40, Money(500, "eur"), "open", START, kind="recharge")
    steps = ((None, "open"), ("open", "paid"), ("paid", "refunded"), ("open", "paid"))
    for was, state in steps:
        with suppress(ConditionFailed):
            store.save_purchase(replace(purchase, state=state), was=was)
    found = store.purchase("acme", "r1", consistent=True)
    assert found
    return found.state


def test_a_purchase_that_was_refunded_meanwhile_is_not_marked_paid_again() -> None:
    assert marked_late(()) == "refunded"
    assert marked_late({STEP_BY_STEP}) == "paid"


def failing_seed(name: str) -> int | None:
    """A history that goes wrong without this term: the one known for it, else one of those for others, else any."""
    for seed in dict.fromkeys((SHOWN_BY[name], *SHOWN_BY.values(), *range(MUTANT_SEEDS))):
        try:
            play(seed, {name})
        except Exception:  # noqa: BLE001 - whatever goes wrong is what is looked for
            return seed
    return None


def test_no_condition_can_lose_a_term_without_a_history_going_wrong() -> None:
    found = {name: failing_seed(name) for name in SHOWN_BY}

    sys.stdout.writelines(f"{name}: seed {seed}\n" for name, seed in found.items())
    missed = [name for name, seed in found.items() if seed is None]
    sys.stdout.write(f"{len(found) - len(missed)} of {len(found)} terms\n")
    assert missed == []
    assert len(found) > 20
