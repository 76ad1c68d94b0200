"""The queue of lots: in which order they are spent, what is taken from which, what comes back, and what expires."""

import pytest

from chalicelib.domain.credits import Lot, lapsed, with_lot, with_more, without
from chalicelib.domain.journal import Change, begin
from tests.offers import OFFERS
from tests.usage_builders import NOW, a_state

SOON, LATER, LAST = NOW + 10, NOW + 20, NOW + 30


def a_lot(lot_id: str, left: int, at: int = NOW, ends: int | None = None) -> Lot:
    return Lot(lot_id, "promotion" if ends else "purchase", 10, left, at, ends)


def ids(queue: tuple[Lot, ...]) -> str:
    return "".join(lot.id for lot in queue)


def lefts(queue: tuple[Lot, ...]) -> list[tuple[str, int]]:
    return [(lot.id, lot.left) for lot in queue]


QUEUE = (a_lot("a", 10, NOW, SOON), a_lot("b", 10, NOW, LAST), a_lot("c", 10, NOW - 5), a_lot("d", 10, NOW))


@pytest.mark.parametrize(
    ("reason", "lot", "order"),
    [
        ("what never expires comes last", a_lot("x", 0, NOW + 1), "abcdx"),
        ("what expires comes before all that never do", a_lot("x", 0, NOW, LAST + 1), "abxcd"),
        ("between two that expire", a_lot("x", 0, NOW, LATER), "axbcd"),
        ("what expires first comes first", a_lot("x", 0, NOW, SOON - 1), "xabcd"),
        ("of two that expire at once the older comes first", a_lot("x", 0, NOW + 1, SOON), "axbcd"),
    ],
)
def test_a_lot_takes_its_place_by_expiry_then_by_age(reason: str, lot: Lot, order: str) -> None:
    assert ids(with_lot(QUEUE, lot, balance=40)) == order, reason


def test_what_came_back_once_does_not_move_others() -> None:
    queue = with_lot(QUEUE, a_lot("x", 0, NOW + 9), balance=40, first=True)

    assert ids(with_lot(queue, a_lot("y", 0, NOW + 5), balance=50)) == "abyxcd"
    assert ids(queue) == "abxcd"


@pytest.mark.parametrize(
    ("reason", "lot", "credits", "left"),
    [
        ("of exactly that lot", "c", 4, [("a", 10), ("b", 10), ("c", 6), ("d", 10)]),
        ("all of that lot", "c", 10, [("a", 10), ("b", 10), ("d", 10)]),
        ("more than it has left: what is spent next", "d", 13, [("a", 7), ("b", 10), ("c", 10)]),
        ("a lot that is used up", "gone", 15, [("b", 5), ("c", 10), ("d", 10)]),
        ("everything", "c", 40, []),
        ("more than everything: debt", "c", 41, []),
    ],
)
def test_takes_credits_of_a_lot(reason: str, lot: str, credits: int, left: list[tuple[str, int]]) -> None:
    assert lefts(without(QUEUE, lot, credits)) == left, reason


@pytest.mark.parametrize(
    ("reason", "lot", "balance", "left"),
    [
        ("where something of it is left", a_lot("c", 3), 40, [("a", 10), ("b", 10), ("c", 13), ("d", 10)]),
        ("where nothing is left of it", a_lot("x", 3, NOW - 7), 40, [*lefts(QUEUE[:2]), ("x", 3), *lefts(QUEUE[2:])]),
        ("between two by its age", a_lot("x", 3, NOW - 1), 40, [*lefts(QUEUE[:3]), ("x", 3), ("d", 10)]),
    ],
)
def test_credits_come_back_to_their_lot(reason: str, lot: Lot, balance: int, left: list[tuple[str, int]]) -> None:
    assert lefts(with_more(QUEUE, lot, balance)) == left, reason


@pytest.mark.parametrize(("balance", "left"), [(0, [("x", 3)]), (-2, [("x", 1)]), (-3, []), (-4, [])])
def test_what_comes_back_pays_a_debt_first(balance: int, left: list[tuple[str, int]]) -> None:
    assert lefts(with_more((), a_lot("x", 3), balance)) == left


@pytest.mark.parametrize(
    ("now", "gone"), [(SOON - 1, ""), (SOON, "a"), (LAST - 1, "a"), (LAST, "ab"), (LAST + 10**9, "ab")]
)
def test_lots_expire_one_after_the_other_and_the_rest_never(now: int, gone: str) -> None:
    assert ids(lapsed(QUEUE, now)) == gone


def expiring(now: int, spent: int = 0, held: int = 0, queue: tuple[Lot, ...] = QUEUE) -> Change:
    granted = sum(lot.left for lot in queue)
    state = a_state(granted=granted, spent=spent, held=held, lapses_at=SOON, lapses_upto=10)
    return begin(state, now, OFFERS).expiring(queue)


@pytest.mark.parametrize(
    ("reason", "now", "spent", "lines", "balance", "then"),
    [
        ("an instant too early", SOON - 1, 0, [], 40, (SOON, 10)),
        ("at its instant", SOON, 0, [("expiry:a", -10)], 30, (LAST, 20)),
        ("only what is left of it", SOON, 4, [("expiry:a", -6)], 30, (LAST, 20)),
        ("all of it spent in time", SOON, 10, [], 30, (LAST, 20)),
        ("the next one begun", SOON, 13, [], 27, (LAST, 20)),
        ("two at once", LAST, 0, [("expiry:a", -10), ("expiry:b", -10)], 20, (None, 0)),
        ("two, the first used up", LAST, 12, [("expiry:b", -8)], 20, (None, 0)),
        ("into debt nothing expires", LAST, 45, [], -5, (None, 0)),
    ],
)
def test_what_has_expired_is_booked(
    reason: str, now: int, spent: int, lines: list[tuple[str, int]], balance: int, then: tuple[int | None, int]
) -> None:
    change = expiring(now, spent)

    assert [(line.cause, line.credits) for line in change.lines] == lines, reason
    assert change.after.balance == balance, reason
    assert (change.after.lapses_at, change.after.lapses_upto) == then, reason


def test_what_is_booked_once_is_not_booked_again() -> None:
    once = expiring(SOON)

    twice = begin(once.after, SOON, OFFERS).expiring(once.lots or ())

    assert (twice.lines, twice.after.expired, twice.lots) == ((), 10, once.lots)


def test_credits_expire_under_a_hold_and_the_hold_stays() -> None:
    change = expiring(SOON, held=35)

    assert (change.after.balance, change.after.held, change.after.available) == (30, 35, -5)
