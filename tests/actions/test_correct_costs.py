"""What comes back by a correction where the counter alone does not say what was paid."""

import pytest

from chalicelib.actions.close_hold import capture_hold
from chalicelib.actions.correct_usage import correct_usage
from chalicelib.actions.count_usage import count_usage
from chalicelib.actions.place_hold import place_hold
from chalicelib.actions.read_credits import read_credits
from chalicelib.actions.read_history import read_history
from chalicelib.domain import journal
from chalicelib.domain.corrections import Correction
from chalicelib.domain.holds import Capture
from chalicelib.domain.periods import DAY
from chalicelib.domain.usage import WINDOW
from chalicelib.errors import AtOutOfRange
from tests.invariants import assert_sound
from tests.offers import OFFERS
from tests.stores import Database, FixedClock
from tests.usage_builders import CREATED, NOW, an_event, granting

APRIL = CREATED + 31 * DAY


def corrected(
    database: Database, account: str, quantity: int, *, name: str = "c1", at: int = NOW, now: int = NOW
) -> int:
    correction = Correction(name, "runs", quantity, at, "counted twice")
    return correct_usage(database.deps(clock=FixedClock(now)), account, correction, "key:test").credits


def with_credits(database: Database, account: str, credits: int = 1_000) -> None:
    database.open(account)
    database.store().commit(granting(journal.begin(database.state(account), NOW, OFFERS), "p", credits))


@pytest.mark.parametrize(("quantity", "credits"), [(1, 10), (5, 50), (15, 50)])
def test_what_was_paid_before_the_plan_included_more_comes_back(
    model: Database, account: str, quantity: int, credits: int
) -> None:
    with_credits(model, account)
    count_usage(model.deps(), account, [an_event("e", quantity=15)])
    model.store().commit(journal.begin(model.state(account), NOW, OFFERS).setting(plan="team"))

    assert corrected(model, account, quantity) == credits
    assert assert_sound(model, account).balance == 950 + credits


def test_what_was_captured_within_the_allowance_comes_back(model: Database, account: str) -> None:
    with_credits(model, account)
    place_hold(model.deps(), account, "h", 70, 60, "key:test")
    capture_hold(model.deps(), account, "h", Capture(70, "runs", 7), "key:test")
    count_usage(model.deps(), account, [an_event("e", quantity=5)])

    assert corrected(model, account, 12) == 90
    assert assert_sound(model, account).balance == 1_000


def test_many_corrections_leave_one_lot(model: Database, account: str) -> None:
    with_credits(model, account)
    count_usage(model.deps(), account, [an_event("e", quantity=30)])

    for number in range(20):
        corrected(model, account, 1, name=f"c{number}")

    lots = read_credits(model.deps(), account).lots
    assert [(lot.id, lot.credits, lot.left) for lot in lots] == [("corrections", 200, 200), ("p", 1_000, 800)]


def test_the_history_tells_the_usage_that_was_paid_apart_from_what_was_taken_back_for_nothing(
    model: Database, account: str
) -> None:
    with_credits(model, account)
    count_usage(model.deps(), account, [an_event("march", quantity=3)])
    april = FixedClock(APRIL + 60)
    count_usage(model.deps(clock=april), account, [an_event("april", quantity=15, at=APRIL + 60)])

    assert corrected(model, account, 3, at=NOW, now=APRIL + 60) == 0

    lines, _ = read_history(model.deps(clock=april), account, None, 10)
    assert [(line.kind, line.quantity, line.credits) for line in lines] == [
        ("usage", 18, -50),
        ("purchase", None, 1_000),
    ]


def test_one_that_was_made_is_known_though_its_instant_has_left_the_window_since(model: Database, account: str) -> None:
    with_credits(model, account)
    count_usage(model.deps(), account, [an_event("e", quantity=12)])
    assert corrected(model, account, 1, now=NOW + WINDOW) == 10

    assert corrected(model, account, 1, now=NOW + WINDOW + 1) == 0
    with pytest.raises(AtOutOfRange):
        corrected(model, account, 1, name="c2", now=NOW + WINDOW + 1)
