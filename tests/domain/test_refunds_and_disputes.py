"""Refunds and disputes of the same money: no cent is counted twice, and each moves its own line however it ends."""

from collections.abc import Iterable
from itertools import combinations, permutations

import pytest

from chalicelib.domain.credits import Lot
from chalicelib.domain.journal import begin
from chalicelib.domain.money import Money
from chalicelib.domain.refunds import Dispute, GoneBack, Refund, after, after_one, reconciled
from tests.builders import NOW, a_catalogue, a_purchase, a_state

PACK = a_purchase(credits=1_000, state="paid", paid=Money(500, "eur"))


def heard(refund: str | None, dispute: str | None, part: int = 250) -> GoneBack:
    """Half of it refunded, and the whole disputed, in these statuses."""
    refunds = (Refund("re_1", None, None, refund, Money(part, "eur")),) if refund else ()
    return GoneBack(refunds, (Dispute("du_1", dispute, Money(500, "eur")),) if dispute else ())


def lines(history: Iterable[GoneBack]) -> list[tuple[str, int]]:
    """What each line moves in money, once all that was heard is booked, every entry's sums checked."""
    state, purchase, found = a_state(granted=1_000), PACK, list[tuple[str, int]]()
    queue = (Lot("p1", "purchase", 1_000, 1_000, NOW),)
    for gone in history:
        while purchase != after(purchase, gone):
            one = after_one(purchase, gone)
            change = reconciled(begin(state, NOW, a_catalogue()), purchase, one, gone, queue)
            queue = queue if change.lots is None else change.lots
            state, purchase = change.after, one
            found += [(line.kind, line.money.amount if line.money else 0) for line in change.lines]
            assert purchase.lost == sum(purchase.shares.values()) == -sum(amount for _, amount in found) <= 500
            assert (state.balance, purchase.taken) == (1_000 - 2 * purchase.lost, 2 * purchase.lost)
    return found


FAILS_UNDER_IT = (
    heard("succeeded", None),
    heard("succeeded", "needs_response"),
    heard("failed", "needs_response"),
    heard("failed", "won"),
)


@pytest.mark.parametrize(
    ("reason", "history", "told"),
    [
        ("a refund that fails under a dispute of the whole, which is won", FAILS_UNDER_IT,
         [("refund", -250), ("dispute", -250), ("refund", 250), ("dispute", -250), ("dispute", 500)]),
        ("won before it fails", (*FAILS_UNDER_IT[:2], heard("succeeded", "won"), heard("failed", "won")),
         [("refund", -250), ("dispute", -250), ("dispute", 250), ("refund", 250)]),
        ("refunded under the dispute", (heard(None, "needs_response"), heard("pending", "needs_response")),
         [("dispute", -500), ("dispute", 250), ("refund", -250)]),
        ("refunded in full before the dispute", (heard("succeeded", None, 500), heard("succeeded", "lost", 500)),
         [("refund", -500)]),
        ("and then the refund fails", (heard("succeeded", "lost", 500), heard("failed", "lost", 500)),
         [("refund", -500), ("refund", 500), ("dispute", -500)]),
    ],
)  # fmt: skip
def test_a_dispute_takes_what_refunds_have_left(
    reason: str, history: tuple[GoneBack, ...], told: list[tuple[str, int]]
) -> None:
    assert lines(history) == told, reason


def test_whatever_of_it_is_heard_and_in_which_order_the_end_is_the_same() -> None:
    *before, end = FAILS_UNDER_IT

    for count in range(len(before) + 1):
        for some in combinations(before, count):
            for order in permutations(some):
                assert sum(amount for _, amount in lines([*order, end])) == 0


def test_of_two_disputes_the_second_takes_what_the_first_leaves() -> None:
    def both(first: str) -> GoneBack:
        newest_first = ("du_2", "needs_response"), ("du_1", first)
        return GoneBack((), tuple(Dispute(name, status, Money(400, "eur")) for name, status in newest_first))

    assert after(PACK, both("needs_response")).shares == {"du_1": 400, "du_2": 100}
    assert lines([both("needs_response"), both("won")]) == [
        ("dispute", -400), ("dispute", -100), ("dispute", 400), ("dispute", -300),
    ]  # fmt: skip
