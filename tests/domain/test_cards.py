"""What is told of a card: that it is gone, and that its end is near; each once."""

from dataclasses import replace

import pytest

from chalicelib.domain.cards import is_card_untold, with_payment_method
from chalicelib.domain.periods import DAY, day_start
from chalicelib.domain.subscriptions import PaymentMethod
from tests.builders import a_profile

CARD = PaymentMethod("pm_1", "card", "visa", "4242", 5, 2026)
OTHER = replace(CARD, stripe_payment_method_id="pm_2", exp_year=2030)
DEBIT = PaymentMethod("pm_3", "sepa_debit", last4="3000")
JUNE = day_start(2026, 6, 1)
EARLY = day_start(2026, 1, 1)
NEAR = JUNE - 30 * DAY
"""The 2nd of May: a card is good to the end of its month."""

ROWS = [
    ("there is none and was none", None, None, NEAR, []),
    ("the first card", None, CARD, EARLY, []),
    ("a card stays", CARD, CARD, EARLY, []),
    ("a card is replaced", CARD, OTHER, EARLY, []),
    ("a card is removed", CARD, None, EARLY, ["payment_method_removed:pm_1"]),
    ("a bank account is removed", DEBIT, None, EARLY, ["payment_method_removed:pm_3"]),
    ("31 days before its end", CARD, CARD, NEAR - 1, []),
    ("30 days before its end", CARD, CARD, NEAR, ["payment_method_expiring:pm_1:2026-05"]),
    ("the last second", CARD, CARD, JUNE - 1, ["payment_method_expiring:pm_1:2026-05"]),
    ("it is over", CARD, CARD, JUNE, ["payment_method_expiring:pm_1:2026-05"]),
    ("a new card that ends soon", None, CARD, NEAR, ["payment_method_expiring:pm_1:2026-05"]),
    ("an ending one gives way", CARD, OTHER, NEAR, []),
    ("an ending one is removed", CARD, None, NEAR, ["payment_method_removed:pm_1"]),
    ("what has no end", DEBIT, DEBIT, NEAR, []),
    (
        "a card to the end of a year",
        None,
        replace(CARD, exp_month=12),
        day_start(2026, 12, 2),
        ["payment_method_expiring:pm_1:2026-12"],
    ),
]


@pytest.mark.parametrize(("why", "before", "after", "now", "told"), ROWS, ids=[row[0] for row in ROWS])
def test_tells_of_a_card_what_must_be_known(
    why: str, before: PaymentMethod | None, after: PaymentMethod | None, now: int, told: list[str]
) -> None:
    known, notices = with_payment_method(a_profile(payment_method=before), after, now)

    assert [notice.id for notice in notices] == told, why
    assert known.payment_method == after


@pytest.mark.parametrize(
    ("why", "later", "is_told"),
    [
        ("the same card", CARD, False),
        ("the bank renewed it, and its new end is near", replace(CARD, exp_month=6), True),
        ("the bank renewed it for years", replace(CARD, exp_year=2029), False),
        ("another card that ends in the same month", replace(CARD, stripe_payment_method_id="pm_9"), True),
    ],
)
def test_tells_each_cards_end_once(why: str, later: PaymentMethod, is_told: bool) -> None:
    known, first = with_payment_method(a_profile(payment_method=CARD), CARD, NEAR)

    again, notices = with_payment_method(known, later, JUNE)

    assert len(first) == 1
    assert bool(notices) is is_told, why
    assert with_payment_method(again, later, JUNE) == (again, ())


@pytest.mark.parametrize(
    ("why", "method", "now", "is_untold"),
    [
        ("nothing to charge", None, NEAR, False),
        ("its end is far", CARD, NEAR - 1, False),
        ("its end came near by itself", CARD, NEAR, True),
    ],
)
def test_sees_that_time_alone_brought_something_to_tell(
    why: str, method: PaymentMethod | None, now: int, is_untold: bool
) -> None:
    assert is_card_untold(a_profile(payment_method=method), now) is is_untold, why


def test_what_was_told_is_not_untold() -> None:
    known, _ = with_payment_method(a_profile(payment_method=CARD), CARD, NEAR)

    assert not is_card_untold(known, JUNE)
