"""Stripe's statuses, and when a subscription ends."""

import pytest

from chalicelib.domain.subscriptions import STANDING, Subscription
from tests.builders import RENEWAL, a_subscription


@pytest.mark.parametrize(
    ("why", "subscription", "ends_at"),
    [
        ("it goes on", a_subscription(), None),
        ("at the period's end", a_subscription(cancel_at_period_end=True), RENEWAL),
        ("at an instant", a_subscription(cancel_at=RENEWAL - 5), RENEWAL - 5),
        ("it ended", a_subscription(status="canceled", ended_at=RENEWAL - 9, cancel_at=RENEWAL), RENEWAL - 9),
    ],
)
def test_when_it_ends(why: str, subscription: Subscription, ends_at: int | None) -> None:
    assert subscription.ends_at == ends_at, why


@pytest.mark.parametrize("status", [*STANDING, "a_new_one"])
def test_only_two_statuses_are_the_end(status: str) -> None:
    assert a_subscription(status=status).live is (status not in ("canceled", "incomplete_expired"))
