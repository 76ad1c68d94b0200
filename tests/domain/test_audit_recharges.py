"""Which purchases of recharges nobody looks after any more."""

from dataclasses import replace

import pytest

from chalicelib.domain.audit_recharges import of_limit, stranded
from chalicelib.domain.credits import Purchase
from chalicelib.domain.money import Money
from chalicelib.domain.periods import HOUR
from chalicelib.domain.recharge import Recharge
from tests.builders import NOW, OPENED, a_purchase, a_state

LATER = NOW + HOUR + 1
LEFT = a_purchase(id="r2", kind="recharge")
OWN = Recharge(True, threshold=10, price=600, limit=5_000, count=3)


@pytest.mark.parametrize(
    ("reason", "purchase", "own", "now", "is_found"),
    [
        ("nothing is in flight", LEFT, OWN, LATER, True),
        ("the rule is gone", LEFT, None, LATER, True),
        ("another one is in flight", LEFT, replace(OWN, mode="pending"), LATER, True),
        ("it is in flight", LEFT, replace(OWN, mode="pending", count=2), LATER, False),
        ("it waits for the bank", LEFT, replace(OWN, mode="action_required", count=2), LATER, False),
        ("an hour ago", LEFT, OWN, LATER - 1, False),
        ("paid", replace(LEFT, state="paid"), OWN, LATER, False),
        ("given up", replace(LEFT, state="failed"), OWN, LATER, False),
        ("by hand: the customer may still be in Checkout", replace(LEFT, kind="purchase"), OWN, LATER, False),
    ],
)
def test_a_recharge_is_stranded_that_is_open_and_not_in_flight(
    reason: str, purchase: Purchase, own: Recharge | None, now: int, is_found: bool
) -> None:
    found = stranded(a_state(recharge=own), [purchase], now)

    assert found == ([purchase] if is_found else []), reason


PAID = replace(LEFT, state="paid", paid=Money(600, "eur"), paid_at=OPENED)


@pytest.mark.parametrize(
    ("reason", "purchase", "spent", "is_found"),
    [
        ("counted", PAID, 600, False),
        ("not counted", PAID, 0, True),
        ("counted twice", PAID, 1_200, True),
        ("what went back is free again", replace(PAID, refunded=200), 400, False),
        ("what went back still counts", replace(PAID, refunded=200), 600, True),
        ("paid in the period before", replace(PAID, paid_at=OPENED - 1), 0, False),
        ("bought by hand", replace(PAID, kind="purchase"), 0, False),
        ("not paid", replace(LEFT, state="failed"), 0, False),
    ],
)
def test_the_limit_counts_what_was_charged_in_its_period_and_not_refunded(
    reason: str, purchase: Purchase, spent: int, is_found: bool
) -> None:
    found = list(of_limit(a_state(recharge=replace(OWN, spent=spent)), [purchase]))

    assert [each.code for each in found] == (["spent_differs"] if is_found else []), reason


def test_one_that_is_paid_and_not_granted_yet_is_not_counted_yet() -> None:
    on_its_way = a_state(recharge=replace(OWN, mode="pending", count=2))

    assert list(of_limit(on_its_way, [PAID])) == []
