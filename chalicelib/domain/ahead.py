"""What an order moved of what lies ahead, for the audit log: the subscription's end, and other terms from then on.

What was there before is the order's own to say: by the time it is settled, Stripe's events may have told the profile.
"""

from collections.abc import Iterator
from typing import Any

from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.journal import Touch
from chalicelib.domain.orders import Order
from chalicelib.domain.subscriptions import Subscription
from chalicelib.domain.wishes import CANCELLED, Terms, scheduled_of


def touched_ahead(order: Order, live: Subscription, catalogue: Catalogue) -> Iterator[Touch]:
    """What of it differs since the order was asked for; `live` is the subscription as it settled."""
    was, now = order.had or order.before, scheduled_of(live, catalogue)
    if not live.live:
        now = CANCELLED if order.after == CANCELLED else None
    if _terms(was) != _terms(now):
        yield Touch("scheduled_change", None, _terms(was), _terms(now))
    if (was == CANCELLED) != (now == CANCELLED):
        ends = {"ends_at": live.ends_at or live.ended_at or live.period.end}
        yield Touch("cancellation", None, ends if was == CANCELLED else None, ends if now == CANCELLED else None)


def _terms(terms: Terms | None) -> dict[str, Any] | None:
    if terms is None or terms == CANCELLED:
        return None
    return {"plan": terms.plan, "interval": terms.interval, "seats": terms.seats}
