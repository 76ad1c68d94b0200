import pytest

from chalicelib.domain.credits import Lot, Purchase, lots_left, part_beyond, with_lot
from chalicelib.domain.money import Money
from tests.usage_builders import NOW, a_state


def a_lot(lot_id: str, left: int, credits: int | None = None) -> Lot:
    return Lot(lot_id, "purchase", left if credits is None else credits, left, NOW)


@pytest.mark.parametrize(
    ("reason", "spent", "left"),
    [
        ("nothing spent", 0, [("a", 10), ("b", 5)]),
        ("the first is spent first", 1, [("a", 9), ("b", 5)]),
        ("one left of the first", 9, [("a", 1), ("b", 5)]),
        ("the first eaten up", 10, [("b", 5)]),
        ("the second begun", 11, [("b", 4)]),
        ("all spent", 15, []),
        ("more than all: debt", 20, []),
    ],
)
def test_spends_the_lots_in_their_order(reason: str, spent: int, left: list[tuple[str, int]]) -> None:
    lots = lots_left([a_lot("a", 10), a_lot("b", 5)], balance=15 - spent)

    assert [(lot.id, lot.left) for lot in lots] == left, reason
    assert sum(lot.left for lot in lots) == max(0, 15 - spent)


def test_takes_only_what_was_spent_since_the_queue_was_written() -> None:
    lots = lots_left([a_lot("a", 4, credits=10), a_lot("b", 5)], balance=7)

    assert [(lot.id, lot.left) for lot in lots] == [("a", 2), ("b", 5)]


@pytest.mark.parametrize(
    ("reason", "balance", "left"),
    [
        ("nothing owed", 0, [10]),
        ("credits are there", 7, [10]),
        ("a debt is paid first", -3, [7]),
        ("all but one goes into the debt", -9, [1]),
        ("all of it goes into the debt", -10, []),
        ("not even enough for the debt", -11, []),
    ],
)
def test_pays_a_debt_from_a_new_lot_first(reason: str, balance: int, left: list[int]) -> None:
    queue = with_lot([], a_lot("a", 10), balance)

    assert [lot.left for lot in queue] == left, reason


def test_queues_a_new_lot_behind_the_others() -> None:
    queue = with_lot([a_lot("a", 1)], a_lot("b", 10), balance=1)

    assert [lot.id for lot in queue] == ["a", "b"]


@pytest.mark.parametrize(
    ("credits", "beyond", "quantity", "part"),
    [(100, 1, 3, 34), (100, 2, 3, 67), (100, 3, 3, 100), (1, 1, 9, 1), (0, 1, 9, 0), (2**53 - 1, 1, 1, 2**53 - 1)],
)
def test_rounds_a_share_up(credits: int, beyond: int, quantity: int, part: int) -> None:
    assert part_beyond(credits, beyond, quantity) == part


@pytest.mark.parametrize(("granted", "spent", "balance"), [(0, 0, 0), (10, 4, 6), (10, 10, 0), (10, 12, -2)])
def test_balance_is_what_was_granted_less_what_was_spent_and_may_be_debt(
    granted: int, spent: int, balance: int
) -> None:
    state = a_state(granted=granted, spent=spent)

    assert (state.balance, state.available) == (balance, balance)


def test_a_purchase_is_its_own_cause() -> None:
    assert Purchase("p1", "acme", "starter", 500, Money(500, "eur"), "open", NOW).cause == "purchase:p1"
