"""What went back of a payment, and the credits that go with it: by the sum, never by one event."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

import pytest

from chalicelib.domain.accounts import State
from chalicelib.domain.credits import Lot, Purchase
from chalicelib.domain.journal import Change, begin
from chalicelib.domain.money import Money
from chalicelib.domain.refunds import Dispute, GoneBack, Refund, after, after_one, reconciled
from tests.builders import NOW, a_catalogue, a_purchase, a_state

PACK = a_purchase(credits=1_000, state="paid", paid=Money(600, "eur"))


def a_refund(amount: int, status: str = "succeeded", currency: str = "eur", name: str = "") -> Refund:
    return Refund(f"re_{name or amount}", None, None, status, Money(amount, currency))


def a_dispute(amount: int, status: str = "needs_response") -> Dispute:
    return Dispute("du_1", status, Money(amount, "eur"))


def gone(*parts: Refund | Dispute) -> GoneBack:
    refunds = tuple(each for each in parts if isinstance(each, Refund))
    return GoneBack(refunds, tuple(each for each in parts if isinstance(each, Dispute)))


def booked(
    purchase: Purchase, what: GoneBack, state: State, queue: tuple[Lot, ...]
) -> Iterator[tuple[Change, Purchase]]:
    """Each entry by which the purchase is brought in line with what went back of it, and the purchase after it."""
    while purchase != after(purchase, what):
        found = after_one(purchase, what)
        change = reconciled(begin(state, NOW, a_catalogue()), purchase, found, what, queue)
        queue = queue if change.lots is None else change.lots
        state, purchase = change.after, found
        yield change, found


@pytest.mark.parametrize(
    ("reason", "what", "lost", "taken", "state"),
    [
        ("nothing", gone(), 0, 0, "paid"),
        ("a cent rounds down", gone(a_refund(1)), 1, 1, "partially_refunded"),
        ("a third", gone(a_refund(200)), 200, 333, "partially_refunded"),
        ("two thirds in two parts are rounded once", gone(a_refund(200), a_refund(200, name="b")), 400, 666,
         "partially_refunded"),
        ("all but a cent", gone(a_refund(599)), 599, 998, "partially_refunded"),
        ("all", gone(a_refund(600)), 600, 1_000, "refunded"),
        ("all in three parts", gone(a_refund(200), a_refund(200, name="b"), a_refund(200, name="c")), 600, 1_000,
         "refunded"),
        ("on its way", gone(a_refund(600, "pending")), 600, 1_000, "refunded"),
        ("waiting for the customer", gone(a_refund(600, "requires_action")), 600, 1_000, "refunded"),
        ("failed", gone(a_refund(600, "failed")), 0, 0, "paid"),
        ("canceled", gone(a_refund(600, "canceled")), 0, 0, "paid"),
        ("an inquiry moves no money", gone(a_dispute(600, "warning_needs_response")), 0, 0, "paid"),
        ("an inquiry under review", gone(a_dispute(600, "warning_under_review")), 0, 0, "paid"),
        ("an inquiry closed", gone(a_dispute(600, "warning_closed")), 0, 0, "paid"),
        ("prevented", gone(a_dispute(600, "prevented")), 0, 0, "paid"),
        ("disputed", gone(a_dispute(600)), 600, 1_000, "disputed"),
        ("disputed in part", gone(a_dispute(300)), 300, 500, "disputed"),
        ("under review", gone(a_dispute(600, "under_review")), 600, 1_000, "disputed"),
        ("lost", gone(a_dispute(600, "lost")), 600, 1_000, "disputed"),
        ("appealed", gone(a_dispute(600, "appeal_under_review")), 600, 1_000, "disputed"),
        ("won", gone(a_dispute(600, "won")), 0, 0, "paid"),
        ("won beside a refund", gone(a_dispute(600, "won"), a_refund(300)), 300, 500, "partially_refunded"),
        ("the same money refunded and disputed", gone(a_refund(300), a_dispute(600)), 600, 1_000, "disputed"),
        ("money of another currency is not this payment's", gone(a_refund(600, currency="usd")), 0, 0, "paid"),
    ],
)  # fmt: skip
def test_what_is_lost_follows_from_all_that_went_back(
    reason: str, what: GoneBack, lost: int, taken: int, state: str
) -> None:
    found = after(PACK, what)

    assert (found.lost, found.taken, found.state) == (lost, taken, state), reason


def test_what_cost_nothing_loses_nothing() -> None:
    free = replace(PACK, paid=Money(0, "eur"))

    assert after(free, gone()) == free


def test_the_order_in_which_it_is_heard_does_not_matter() -> None:
    heard = (
        gone(a_refund(200)),
        gone(a_refund(200), a_dispute(400)),
        gone(a_refund(200), a_dispute(400, "won")),
        gone(),
    )
    ends = set[tuple[int, int, int]]()
    for order in permutations(heard[:3]):
        state, purchase, queue = a_state(granted=1_000, spent=100), PACK, (Lot("p1", "purchase", 1_000, 900, NOW),)
        for what in (*order, heard[1]):
            for change, found in booked(purchase, what, state, queue):
                queue = queue if change.lots is None else change.lots
                state, purchase = change.after, found
        ends.add((state.balance, purchase.taken, sum(lot.left for lot in queue)))

    assert ends == {(-100, 1_000, 0)}


def test_taking_is_a_line_with_its_money_and_a_notice() -> None:
    state, what = a_state(granted=1_000), gone(a_refund(300))

    change = reconciled(begin(state, NOW, a_catalogue()), PACK, after(PACK, what), what, (a_lot(1_000),))

    [line], [notice] = change.lines, change.notices
    assert (line.kind, line.credits, line.cause, line.note) == ("refund", -500, "refund:p1", "re_300")
    assert line.money == Money(-300, "eur")
    assert (notice.id, notice.kind) == ("credits_taken_back:re_300:1", "credits_taken_back")
    assert change.cause == "refund:re_300"
    assert change.lots == (replace(a_lot(500), credits=1_000),)


@pytest.mark.parametrize(
    ("reason", "spent", "queue", "left"),
    [
        ("nothing was spent meanwhile", 0, (), [("p1", 500)]),
        ("part of it pays the debt", 100, (), [("p1", 400)]),
        ("another lot is there", 0, (Lot("p2", "purchase", 10, 10, NOW + 1),), [("p1", 500), ("p2", 10)]),
    ],
)
def test_what_comes_back_goes_into_its_own_lot(
    reason: str, spent: int, queue: tuple[Lot, ...], left: list[tuple[str, int]]
) -> None:
    before = replace(PACK, lost=300, taken=500, state="disputed", shares={"du_1": 300})
    state = a_state(granted=sum(lot.left for lot in queue), spent=spent)

    change = reconciled(begin(state, NOW, a_catalogue()), before, after(before, gone()), gone(), queue)

    assert [(lot.id, lot.left) for lot in change.lots or ()] == left, reason
    assert [(line.kind, line.credits, line.money) for line in change.lines] == [("dispute", 500, Money(300, "eur"))]
    assert [notice.kind for notice in change.notices] == ["credits_given_back"]


def test_money_too_little_for_a_credit_is_kept_in_mind() -> None:
    pricey = replace(PACK, credits=10)

    begun, what = begin(a_state(granted=10), NOW, a_catalogue()), gone(a_refund(59))
    change = reconciled(begun, pricey, after(pricey, what), what, ())

    assert (change.lines, change.lots, change.after.granted) == ((), None, 10)
    assert after(replace(pricey, lost=59), gone(a_refund(59), a_refund(1))).taken == 1


def a_lot(left: int) -> Lot:
    return Lot("p1", "purchase", left, left, NOW)


def test_a_recharge_comes_back_as_one() -> None:
    before: Purchase = replace(PACK, kind="recharge", lost=600, taken=1_000, shares={"du_1": 600})

    change = reconciled(begin(a_state(), NOW, a_catalogue()), before, after(before, gone()), gone(), ())

    assert [lot.kind for lot in change.lots or ()] == ["recharge"]


A_DISPUTE = a_dispute(600)
ASKED = replace(a_refund(300), actor="key:ab12:ada", reason="not needed")


@pytest.mark.parametrize(
    ("reason", "was", "now", "told"),
    [
        ("a refund and then a dispute of all", gone(), gone(a_refund(300), A_DISPUTE),
         [("refund", -500, -300, "re_300"), ("dispute", -500, -300, "du_1")]),
        ("a dispute after the refund", gone(a_refund(300)), gone(a_refund(300), A_DISPUTE),
         [("dispute", -500, -300, "du_1")]),
        ("won, and refunded meanwhile", gone(A_DISPUTE), gone(a_refund(300), a_dispute(600, "won")),
         [("dispute", 1_000, 600, "du_1"), ("refund", -500, -300, "re_300")]),
        ("two refunds, the newest told first", gone(), gone(a_refund(100), a_refund(200)),
         [("refund", -333, -200, "re_200"), ("refund", -167, -100, "re_100")]),
        ("one failed, and another one made", gone(a_refund(200)), gone(a_refund(100), a_refund(200, "failed")),
         [("refund", 333, 200, "re_200"), ("refund", -166, -100, "re_100")]),
        ("a refund that fails under a dispute of all, which takes that, too", gone(a_refund(300), A_DISPUTE),
         gone(a_refund(300, "failed"), A_DISPUTE), [("refund", 500, 300, "re_300"), ("dispute", -500, -300, "du_1")]),
        ("asked for here, with its reason", gone(), gone(ASKED), [("refund", -500, -300, "re_300: not needed")]),
        ("the bank's failure has no reason of ours", gone(ASKED), gone(replace(ASKED, status="failed")),
         [("refund", 500, 300, "re_300")]),
    ],
)  # fmt: skip
def test_each_line_names_the_refund_or_the_dispute_that_moved_it(
    reason: str, was: GoneBack, now: GoneBack, told: list[tuple[str, int, int, str]]
) -> None:
    changes = [change for change, _ in booked(after(PACK, was), now, a_state(granted=1_000), (a_lot(1_000),))]

    lines = [line for change in changes for line in change.lines]
    assert [(each.kind, each.credits, each.money and each.money.amount, each.note) for each in lines] == told, reason
    assert all(len(change.lines) == len(change.notices) <= 1 for change in changes)


def test_each_entry_is_whose_who_asked_for_it_though_both_are_booked_at_once() -> None:
    second = replace(a_refund(100), actor="key:cd34:bob", reason="too late")

    changes = [change for change, _ in booked(PACK, gone(second, ASKED), a_state(granted=1_000), (a_lot(1_000),))]

    assert [(each.cause, each.actor, each.note) for each in changes] == [
        ("refund:re_300", "key:ab12:ada", "not needed"),
        ("refund:re_100", "key:cd34:bob", "too late"),
    ]


@pytest.mark.parametrize(
    ("reason", "was", "now", "steps"),
    [
        ("two refunds", gone(), gone(a_refund(400), a_refund(200)),
         [(200, 200, 333, "partially_refunded"), (600, 600, 1_000, "refunded")]),
        ("a refund and a dispute", gone(), gone(a_refund(200), A_DISPUTE),
         [(200, 200, 333, "partially_refunded"), (600, 200, 1_000, "disputed")]),
        ("the dispute is won, and it is refunded", gone(A_DISPUTE), gone(a_refund(300), a_dispute(600, "won")),
         [(0, 0, 0, "paid"), (300, 300, 500, "partially_refunded")]),
        ("the dispute comes before the refund is gone", gone(a_refund(300), a_dispute(300)),
         gone(a_refund(300, "failed"), a_dispute(300), a_refund(100)),
         [(300, 0, 500, "disputed"), (400, 100, 666, "disputed")]),
        ("a refund that fails under a dispute of all", gone(a_refund(300), A_DISPUTE),
         gone(a_refund(300, "failed"), A_DISPUTE), [(300, 0, 500, "disputed"), (600, 0, 1_000, "disputed")]),
    ],
)  # fmt: skip
def test_after_each_entry_the_purchase_stands_as_if_no_more_had_been_heard(
    reason: str, was: GoneBack, now: GoneBack, steps: list[tuple[int, int, int, str]]
) -> None:
    found = [each for _, each in booked(after(PACK, was), now, a_state(granted=1_000), (a_lot(1_000),))]

    assert [(each.lost, each.refunded, each.taken, each.state) for each in found] == steps, reason
