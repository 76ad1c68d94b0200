"""Credits given and taken by hand."""

import pytest

from chalicelib.domain.adjustments import Adjustment, adjusted, expiry_mistake
from chalicelib.domain.credits import Lot
from chalicelib.domain.journal import begin
from chalicelib.domain.periods import DAY
from tests.offers import OFFERS
from tests.usage_builders import NOW, a_state

TEN_YEARS = 3_653 * DAY
QUEUE = (Lot("promo", "promotion", 5, 5, NOW, NOW + DAY), Lot("p1", "purchase", 10, 10, NOW))


def an_adjustment(credits: int, expires_at: int | None = None) -> Adjustment:
    return Adjustment("adj_1", credits, "goodwill", expires_at, NOW, "key:bk_1")


@pytest.mark.parametrize(
    ("reason", "credits", "expires_at", "is_right"),
    [
        ("never expires", 1, None, True),
        ("a second ahead", 1, NOW + 1, True),
        ("now", 1, NOW, False),
        ("past", 1, NOW - 1, False),
        ("ten years ahead", 1, NOW + TEN_YEARS, True),
        ("more than ten years", 1, NOW + TEN_YEARS + 1, False),
        ("taken, never expires", -1, None, True),
        ("taken, with an expiry", -1, NOW + 1, False),
    ],
)
def test_expiry_lies_ahead_and_goes_with_what_is_given(
    reason: str, credits: int, expires_at: int | None, is_right: bool
) -> None:
    assert (expiry_mistake(an_adjustment(credits, expires_at)) is None) == is_right, reason


@pytest.mark.parametrize(
    ("reason", "credits", "expires_at", "balance", "left"),
    [
        ("given: a lot at the end", 3, None, 18, [("promo", 5), ("p1", 10), ("adj_1", 3)]),
        ("given until tomorrow: spent before what never expires", 3, NOW + 2 * DAY, 18,
         [("promo", 5), ("adj_1", 3), ("p1", 10)]),
        ("taken in the order in which they are spent", -7, None, 8, [("p1", 8)]),
        ("all taken", -15, None, 0, []),
        ("more than all: debt", -16, None, -1, []),
    ],
)  # fmt: skip
def test_an_adjustment_moves_the_balance_and_the_queue(
    reason: str, credits: int, expires_at: int | None, balance: int, left: list[tuple[str, int]]
) -> None:
    change = adjusted(begin(a_state(granted=15), NOW, OFFERS), an_adjustment(credits, expires_at), QUEUE)

    assert change.after.balance == balance, reason
    assert [(lot.id, lot.left) for lot in change.lots or ()] == left, reason
    [line] = change.lines
    assert (line.kind, line.credits, line.note) == ("adjustment", credits, "goodwill")
    assert (change.cause, change.actor) == ("adjustment:adj_1", "key:bk_1")


@pytest.mark.parametrize(("expires_at", "kind"), [(None, "adjustment"), (NOW + DAY, "promotion")])
def test_what_expires_is_promotional(expires_at: int | None, kind: str) -> None:
    change = adjusted(begin(a_state(), NOW, OFFERS), an_adjustment(3, expires_at), ())

    assert [(lot.kind, lot.expires_at) for lot in change.lots or ()] == [(kind, expires_at)]


def test_a_gift_pays_the_debt_first() -> None:
    change = adjusted(begin(a_state(spent=2), NOW, OFFERS), an_adjustment(3), ())

    assert (change.after.balance, [lot.left for lot in change.lots or ()]) == (1, [1])
