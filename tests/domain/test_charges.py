"""What a charge's outcome means, and what it makes of a recharge."""

from dataclasses import replace

import pytest

from chalicelib.domain import charges
from chalicelib.domain.charges import Charge, standing
from chalicelib.domain.money import Money
from chalicelib.domain.recharge import ACTION_REQUIRED, PENDING, Recharge, Rule
from chalicelib.domain.recharge_ends import ending

NOW = 1_000_000
COST = Money(500, "eur")
OPEN = Charge("in_1", "open", COST, COST, Money(0, "eur"), "https://pay", "pi_1", "requires_payment_method")
FLYING = Recharge(True, 10, 500, 5_000, reserved=500, count=1, mode=PENDING, look_at=NOW)
ASKED = replace(FLYING, mode=ACTION_REQUIRED, look_at=NOW + 10)


@pytest.mark.parametrize(
    ("reason", "charge", "word"),
    [
        ("not tried yet", OPEN, charges.OPEN),
        ("paid", replace(OPEN, status="paid"), charges.PAID),
        ("a draft", replace(OPEN, status="draft"), charges.DRAFT),
        ("a debit on its way", replace(OPEN, payment="processing"), charges.PROCESSING),
        ("the bank asks", replace(OPEN, payment="requires_action"), charges.NEEDS_CUSTOMER),
        ("the bank asks, as the card's error", replace(OPEN, refusal="authentication_required"),
         charges.NEEDS_CUSTOMER),
        ("declined", replace(OPEN, refusal="insufficient_funds"), charges.DECLINED),
        ("declined by a word we do not know", replace(OPEN, refusal="something_new"), charges.DECLINED),
        ("stolen", replace(OPEN, refusal="stolen_card"), charges.REFUSED_FOR_GOOD),
        ("taken off", replace(OPEN, refusal="resource_missing"), charges.NO_METHOD),
        ("void by somebody", replace(OPEN, status="void"), charges.DEAD),
        ("void after it was declined", replace(OPEN, status="void", refusal="generic_decline"), charges.DECLINED),
        ("given up as uncollectible", replace(OPEN, status="uncollectible"), charges.DEAD),
    ],
)  # fmt: skip
def test_says_in_one_word_what_became_of_it(reason: str, charge: Charge, word: str) -> None:
    assert standing(charge) == word, reason


@pytest.mark.parametrize(
    ("reason", "own", "charge", "mode"),
    [
        ("nothing happened yet", FLYING, OPEN, None),
        ("declined", FLYING, replace(OPEN, refusal="generic_decline"), "backing_off"),
        ("stolen", FLYING, replace(OPEN, refusal="stolen_card"), "blocked"),
        ("the bank asks", FLYING, replace(OPEN, payment="requires_action"), "action_required"),
        ("the customer has still time", ASKED, replace(OPEN, payment="requires_action"), None),
        ("the customer's other card was declined", ASKED, replace(OPEN, refusal="generic_decline"), None),
        ("his time is over", replace(ASKED, look_at=NOW), replace(OPEN, payment="requires_action"), "backing_off"),
        ("his time is over and nothing was tried", replace(ASKED, look_at=NOW), OPEN, "backing_off"),
        ("void while he had time", ASKED, replace(OPEN, status="void"), "blocked"),
        ("void at Stripe, whatever the limit is", replace(FLYING, limit=499), replace(OPEN, status="void"), "blocked"),
        ("no card", FLYING, replace(OPEN, refusal="resource_missing"), "no_payment_method"),
        ("a debit on its way", FLYING, replace(OPEN, payment="processing"), "pending"),
    ],
)
def test_what_is_not_paid_ends_or_waits(reason: str, own: Recharge, charge: Charge, mode: str | None) -> None:
    found = ending(own, Rule("p"), charge, "cus:card", NOW)

    assert (found.recharge.mode if found else None) == mode, reason
    if found:
        assert found.recharge.reserved == (0 if found.is_over else 500)
        assert found.is_over == (mode not in ("action_required", "pending"))


def test_a_debit_on_its_way_is_written_down_once() -> None:
    under_way = replace(OPEN, payment="processing")
    first = ending(FLYING, Rule("p"), under_way, None, NOW)

    assert first is not None
    assert ending(first.recharge, Rule("p"), under_way, None, NOW) is None
