"""Corrections take back what was recorded, once, with the credits that this part of the counter had cost."""

from typing import Any

import pytest

from chalicelib.actions.consume import consume
from chalicelib.actions.correct_usage import Corrected, correct_usage
from chalicelib.actions.count_usage import count_usage
from chalicelib.actions.read_credits import read_credits
from chalicelib.actions.read_history import read_history
from chalicelib.actions.read_usage import read_usage
from chalicelib.domain import journal
from chalicelib.domain.corrections import Correction
from chalicelib.domain.periods import DAY
from chalicelib.domain.usage import WINDOW
from chalicelib.errors import AboveUsage, AtOutOfRange, Unavailable, UnknownAccount
from tests.adapters.dynamo.wires import Struck, answer_lost
from tests.invariants import assert_sound
from tests.offers import OFFERS
from tests.stores import Database, FixedClock
from tests.usage_builders import CREATED, NOW, an_event, granting

APRIL = CREATED + 31 * DAY


def correct(database: Database, account: str, quantity: int, **fields: Any) -> Corrected:
    clock = fields.pop("clock", None)
    fields = {"id": "c1", "meter": "runs", "at": NOW, "reason": "counted twice"} | fields
    return correct_usage(database.deps(clock=clock), account, Correction(quantity=quantity, **fields), "key:test")


def used(database: Database, account: str, quantity: int, granted: int = 100, **fields: Any) -> None:
    """So many runs of Free, which includes ten; a run beyond them costs ten credits."""
    database.open(account)
    if granted:
        database.store().commit(granting(journal.begin(database.state(account), NOW, OFFERS), "p", granted))
    count_usage(database.deps(), account, [an_event("e1", quantity=quantity, **fields)])


@pytest.mark.parametrize(
    ("why", "was", "quantity", "credits"),
    [
        ("within the allowance nothing was paid", 10, 3, 0),
        ("all of it beyond the allowance", 13, 3, 30),
        ("part of it beyond the allowance", 12, 3, 20),
        ("everything there was", 12, 12, 20),
    ],
)
def test_gives_back_what_this_part_of_the_counter_had_cost(
    model: Database, account: str, why: str, was: int, quantity: int, credits: int
) -> None:
    used(model, account, was)
    before = model.state(account).balance

    came = correct(model, account, quantity)

    assert (came.credits, came.duplicate) == (credits, False), why
    state = assert_sound(model, account)
    assert (state.used["runs"], state.balance) == (was - quantity, before + credits)


@pytest.mark.parametrize(("why", "was"), [("free", 10), ("with credits", 12)])
def test_its_reason_stays_in_the_journal(model: Database, account: str, why: str, was: int) -> None:
    used(model, account, was)

    correct(model, account, 2)

    [entry] = model.store().entries(account, before=None, limit=1)
    assert (entry.cause, entry.actor, entry.note) == ("correction:c1", "key:test", "counted twice"), why
    assert any(line.credits for line in entry.lines) == (was > 10)


def test_what_is_used_again_costs_the_same_again(model: Database, account: str) -> None:
    used(model, account, 14)
    before = model.state(account)

    correct(model, account, 9)
    count_usage(model.deps(), account, [an_event("e2", quantity=9)])

    after = assert_sound(model, account)
    assert (after.used, after.balance) == (before.used, before.balance)


def test_where_events_named_their_credits_the_correction_names_its_own(model: Database, account: str) -> None:
    used(model, account, 14, credits=7)
    paid = 100 - model.state(account).balance

    came = correct(model, account, 4, credits=1)

    assert (paid, came.credits, came.state.balance) == (2, 1, 99)
    assert_sound(model, account)


def test_never_more_credits_than_the_meter_has_cost(model: Database, account: str) -> None:
    used(model, account, 14, credits=7)

    came = correct(model, account, 4, credits=1_000)

    assert (came.credits, came.state.balance) == (2, 100)
    assert assert_sound(model, account).credits_used["runs"] == 0


def test_more_than_was_used_is_refused_and_changes_nothing(model: Database, account: str) -> None:
    used(model, account, 12)
    before = model.items(account)

    with pytest.raises(AboveUsage, match="used 12 times"):
        correct(model, account, 13)

    assert model.items(account) == before


def test_the_same_once_more_changes_nothing(model: Database, account: str) -> None:
    used(model, account, 14)
    correct(model, account, 2)
    before = model.items(account)

    again = correct(model, account, 2)

    assert (again.duplicate, again.credits, again.tally.used["runs"]) == (True, 0, 12)
    assert model.items(account) == before


def test_usage_and_corrections_share_their_ids(model: Database, account: str) -> None:
    used(model, account, 14)

    assert correct(model, account, 2, id="e1").duplicate
    correct(model, account, 2, id="c2")
    assert consume(model.deps(), account, an_event("c2"), dry_run=False).duplicate


def test_an_answer_that_is_lost_is_made_good_by_asking_again(model: Database, account: str) -> None:
    used(model, account, 14)
    deps = model.deps(model.store(Struck(model.wire, answer_lost)))

    with pytest.raises(Unavailable):
        correct_usage(deps, account, Correction("c1", "runs", 2, NOW, "counted twice"), "key:test")
    came = correct(model, account, 2)

    assert came.duplicate
    assert came.tally.used["runs"] == assert_sound(model, account).used["runs"] == 12


def test_a_debt_is_paid_from_what_comes_back(model: Database, account: str) -> None:
    used(model, account, 14, granted=10)
    assert model.state(account).balance == -30

    correct(model, account, 2)
    assert model.state(account).balance == -10
    correct(model, account, 2, id="c2")

    assert assert_sound(model, account).balance == 10
    assert [lot.left for lot in read_credits(model.deps(), account).lots] == [10]


def test_lots_bought_since_are_spent_after_what_comes_back(model: Database, account: str) -> None:
    used(model, account, 20, granted=100)
    model.store().commit(granting(journal.begin(model.state(account), NOW, OFFERS), "p2", 50))

    correct(model, account, 3)

    lots = read_credits(model.deps(), account).lots
    assert [(lot.id, lot.kind, lot.left) for lot in lots] == [
        ("corrections", "adjustment", 30),
        ("p2", "purchase", 50),
    ]
    assert_sound(model, account)


def test_a_closed_period_is_lowered_and_this_one_is_not(model: Database, account: str) -> None:
    used(model, account, 14)
    count_usage(model.deps(clock=FixedClock(APRIL + DAY)), account, [an_event("e2", quantity=5, at=APRIL + DAY)])

    came = correct(model, account, 4, at=NOW, clock=FixedClock(APRIL + DAY))

    assert (came.tally.used["runs"], came.credits) == (10, 40)
    state = assert_sound(model, account)
    assert (state.used["runs"], state.balance) == (5, 100)
    [march] = [bar.used for bar in read_usage(model.deps(), account, NOW)[1] if bar.meter == "runs"]
    assert march == 10


@pytest.mark.parametrize(
    ("why", "at", "taken"),
    [
        ("at the window's far edge", NOW - WINDOW, False),
        ("before the account was there", CREATED - 1, False),
        ("in its first second", CREATED, True),
        ("a little ahead", NOW + 300, True),
        ("too far ahead", NOW + 301, False),
    ],
)
def test_the_window_of_corrections_is_that_of_usage(
    model: Database, account: str, why: str, at: int, taken: bool
) -> None:
    used(model, account, 14)

    if taken:
        assert correct(model, account, 1, at=at).tally.used["runs"] == 13, why
    else:
        with pytest.raises(AtOutOfRange):
            correct(model, account, 1, at=at)


def test_the_history_has_a_line_with_the_reason_and_adds_up(model: Database, account: str) -> None:
    used(model, account, 14)
    correct(model, account, 2)

    lines, _ = read_history(model.deps(), account, None, 10)

    assert [(line.kind, line.credits, line.quantity, line.note) for line in lines] == [
        ("usage", 20, -2, "counted twice"),
        ("usage", -40, 14, None),
        ("purchase", 100, None, None),
    ]
    assert [line.balance_after for line in lines] == [80, 60, 100]
    assert lines[0].cause == "correction:c1"


def test_nobody_knows_an_account_that_is_not_there(model: Database) -> None:
    with pytest.raises(UnknownAccount):
        correct(model, "nobody", 1)
