"""Which purchases of recharges nobody looks after any more."""

from dataclasses import replace

import pytest

from chalicelib.domain.audit_recharges import stranded
from chalicelib.domain.credits import Purchase
from chalicelib.domain.periods import HOUR
from chalicelib.domain.recharge import Recharge
from tests.builders import NOW, a_purchase, a_state

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
