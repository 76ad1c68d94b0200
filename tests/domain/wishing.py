"""A wish decided on a subscription of these terms, and what the decision says."""

from dataclasses import replace
from typing import Any

from chalicelib.domain.subscriptions import Subscription
from chalicelib.domain.wishes import Decision, Refusal, Standpoint, Terms, Wish, decide
from tests.builders import a_catalogue, a_subscription, awaiting

TEAM, PERSONAL = Terms("team", "month", 5), Terms("personal", "month", 1)


def subscription_to(terms: Terms, **fields: Any) -> Subscription | None:
    """A live subscription to these terms; None for Free."""
    if terms.plan == "free":
        return None
    price = "price_by_hand" if terms.plan == "enterprise" else f"{terms.plan}_{terms.interval}"
    made = a_subscription(seats=1 if terms.plan == "personal" else terms.seats)
    return awaiting(replace(made, **{"price": price, "plan": terms.plan, "interval": terms.interval, **fields}))


def deciding(
    wish: Wish, subscription: Subscription | None, scheduled: Terms | None = None, active: int = 1, **more: bool
) -> Decision | Refusal:
    plan = subscription.plan or "free" if subscription else "free"
    return decide(wish, Standpoint(plan, subscription, scheduled, active, **more), a_catalogue())


def word(found: Decision | Refusal) -> str:
    return found.outcome if isinstance(found, Decision) else found.code


def fields_of(found: Decision | Refusal) -> list[str]:
    assert isinstance(found, Refusal), found
    return [field for field, _ in found.problems]
