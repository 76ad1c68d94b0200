"""Credits given and taken by hand: once for each operation, in the history with reason and actor."""

from dataclasses import replace

import pytest

from chalicelib.actions.adjust_credits import adjust_credits
from chalicelib.actions.asking import Asker
from chalicelib.actions.count_usage import count_usage
from chalicelib.actions.read_credits import read_credits
from chalicelib.actions.read_history import read_history
from chalicelib.deps import Deps
from chalicelib.domain.adjustments import Adjustment
from chalicelib.domain.periods import DAY
from chalicelib.errors import Invalid, Unavailable, UnknownAccount
from tests.adapters.dynamo.wires import Struck, answer_lost, meanwhile
from tests.invariants import assert_sound
from tests.stores import Database, FixedClock
from tests.usage_builders import NOW, an_event

ADA = "key:bk_ada"


def adjust(
    deps: Deps, account: str, credits: int = 50, key: str | None = None, ends: int | None = None, reason: str = "sorry"
) -> Adjustment:
    return adjust_credits(deps, account, credits, reason, ends, Asker(ADA, key))


@pytest.fixture
def opened(model: Database, account: str) -> str:
    model.open(account)
    return account


def test_what_is_given_is_there_with_reason_and_actor(model: Database, opened: str) -> None:
    deps = model.deps()

    made = adjust(deps, opened, 50)
    adjust(deps, opened, -20, reason="too much")

    [taken, given] = read_history(deps, opened, None, 10)[0]
    assert (given.kind, given.credits, given.note, given.cause) == ("adjustment", 50, "sorry", f"adjustment:{made.id}")
    assert (taken.credits, taken.note, taken.balance_after) == (-20, "too much", 30)
    assert (made.balance, made.available) == (50, 50)
    assert {entry.actor for entry in model.entries(opened)[1:]} == {ADA}
    assert [(lot.kind, lot.left) for lot in read_credits(deps, opened).lots] == [("adjustment", 30)]
    assert_sound(model, opened)


def test_the_same_operation_answers_the_same_whatever_happened_since(model: Database, opened: str) -> None:
    clock = FixedClock()
    deps = model.deps(clock=clock)
    first = adjust(deps, opened, 50, key="k1", ends=NOW + DAY)
    count_usage(deps, opened, [an_event("e", quantity=12)])
    clock.at += 2 * DAY

    again = adjust(deps, opened, 50, key="k1", ends=NOW + DAY)

    assert again == first
    assert read_credits(deps, opened).balance == 0
    assert_sound(model, opened)


def test_each_operation_is_its_own(model: Database, opened: str) -> None:
    for key in (None, None, "k1", "k2"):
        adjust(model.deps(), opened, 50, key)

    assert assert_sound(model, opened).balance == 200


def test_an_account_of_another_name_has_operations_of_its_own(model: Database, opened: str) -> None:
    model.open("other")
    adjust(model.deps(), opened, key="k1")

    adjust(model.deps(), "other", 7, key="k1")

    assert assert_sound(model, "other").balance == 7


def test_a_lost_answer_is_not_adjusted_twice(model: Database, opened: str) -> None:
    deps = model.deps(model.store(Struck(model.wire, answer_lost)))
    with pytest.raises(Unavailable):
        adjust(deps, opened, key="k1")

    adjust(deps, opened, key="k1")

    assert assert_sound(model, opened).balance == 50


def test_two_at_once_of_one_operation_are_one(model: Database, opened: str) -> None:
    deps = model.deps(model.store(Struck(model.wire, meanwhile(lambda: adjust(model.deps(), opened, key="k1")))))

    made = adjust(deps, opened, key="k1")

    assert (made.balance, assert_sound(model, opened).balance) == (50, 50)


def test_two_operations_at_once_are_two(model: Database, opened: str) -> None:
    deps = model.deps(model.store(Struck(model.wire, meanwhile(lambda: adjust(model.deps(), opened, key="k1")))))

    made = adjust(deps, opened, key="k2")

    assert (made.balance, assert_sound(model, opened).balance) == (100, 100)


def test_taking_more_than_is_there_makes_debt_and_the_next_gift_pays_it(model: Database, opened: str) -> None:
    deps = model.deps()
    adjust(deps, opened, 10)
    adjust(deps, opened, -25)
    assert (read_credits(deps, opened).debt, read_credits(deps, opened).lots) == (15, ())

    adjust(deps, opened, 20)

    assert [(lot.credits, lot.left) for lot in read_credits(deps, opened).lots] == [(20, 5)]
    assert_sound(model, opened)


@pytest.mark.parametrize(("credits", "ends"), [(5, NOW), (5, NOW - 1), (5, NOW + 3_700 * DAY), (-5, NOW + DAY)])
def test_an_impossible_expiry_changes_nothing(model: Database, opened: str, credits: int, ends: int) -> None:
    with pytest.raises(Invalid):
        adjust(model.deps(), opened, credits, ends=ends)

    assert len(model.entries(opened)) == 1


def test_an_account_that_is_not_there_is_told(model: Database) -> None:
    with pytest.raises(UnknownAccount):
        adjust(model.deps(), "nobody")


def test_ids_of_adjustments_are_their_own(model: Database, opened: str) -> None:
    first, second = adjust(model.deps(), opened), adjust(model.deps(), opened)

    assert first.id != second.id
    assert replace(first, id=second.id, balance=100, available=100) == second
