"""Stripe's statuses, what each lets an account do, and when a subscription ends."""

from typing import Any

import pytest

from chalicelib.domain.periods import DAY
from chalicelib.domain.subscriptions import STANDING, Subscription, ended, in_force
from tests.builders import RENEWAL, SUBSCRIBED, a_catalogue, a_subscription

GRACE = SUBSCRIBED + 7 * DAY


@pytest.mark.parametrize(
    ("why", "fields", "plan", "standing", "seats"),
    [
        ("paid", {"status": "active"}, "team", "good", 3),
        ("on trial", {"status": "trialing"}, "team", "good", 3),
        ("its renewal failed", {"status": "past_due"}, "team", "grace", 3),
        ("all retries failed", {"status": "unpaid"}, "team", "none", 3),
        ("paused", {"status": "paused"}, "team", "none", 3),
        ("a status of tomorrow", {"status": "a_new_one"}, "team", "none", 3),
        ("never paid", {"status": "incomplete"}, "free", "good", 1),
        ("never paid in time", {"status": "incomplete_expired"}, "free", "good", 1),
        ("over", {"status": "canceled"}, "free", "good", 1),
        ("a plan that comes with its seats", {"price": "personal_month", "seats": 5}, "personal", "good", 1),
    ],
)
def test_what_a_subscription_gives(why: str, fields: dict[str, Any], plan: str, standing: str, seats: int) -> None:
    force = in_force(a_subscription(**fields), a_catalogue())

    assert (force.plan, force.standing, force.seats) == (plan, standing, seats), why
    assert force.grace_until == (GRACE if standing == "grace" else None)


def test_no_subscription_gives_the_free_plan() -> None:
    assert in_force(None, a_catalogue()).plan == "free"


@pytest.mark.parametrize(("plan", "standing"), [("team", "good"), ("enterprise", "none")])
def test_a_plan_ends_to_where_the_catalogue_says(plan: str, standing: str) -> None:
    after = ended(a_catalogue().plans[plan], a_catalogue())

    assert (after.plan, after.standing, after.seats) == ("free", standing, 1)


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
