"""Stripe's statuses, and when a subscription ends."""

from typing import Any

import pytest

from chalicelib.domain.periods import DAY
from chalicelib.domain.subscriptions import STANDING, Pending, Subscription, may_hide_change, with_open
from tests.builders import RENEWAL, a_subscription, an_invoice


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


RENEWED = an_invoice(status="paid")
UPGRADE = an_invoice(stripe_invoice_id="in_2", reason="subscription_update")
PENDING = Pending("business", "month", 9, RENEWAL + DAY)


@pytest.mark.parametrize(
    ("why", "fields", "asks"),
    [
        ("just renewed: a debit from before may be on its way", {}, True),
        ("the last second in which it may be", {"as_of": RENEWAL + 21 * DAY - 1}, True),
        ("no bank takes so long", {"as_of": RENEWAL + 21 * DAY}, False),
        ("the change itself is the latest", {"latest_invoice": UPGRADE}, False),
        ("nothing came before the first", {"latest_invoice": an_invoice(reason="subscription_create")}, False),
        ("what is pending has changed nothing", {"pending": PENDING}, False),
        ("it ended", {"status": "canceled"}, False),
        ("by invoice it is given anyway", {"by_invoice": True}, False),
    ],
)
def test_open_invoices_are_asked_for_only_where_they_may_tell_something(
    why: str, fields: dict[str, Any], asks: bool
) -> None:
    subscription = a_subscription(**{"latest_invoice": RENEWED, "as_of": RENEWAL, **fields})

    assert may_hide_change(subscription) is asks, why


@pytest.mark.parametrize(
    ("why", "fields", "open_ones", "latest", "change"),
    [
        ("a change before the renewal", {}, [UPGRADE], RENEWED, UPGRADE),
        ("nothing", {}, [], RENEWED, None),
        ("both are owed: the renewal first", {"status": "past_due"}, [UPGRADE, an_invoice()], an_invoice(), UPGRADE),
        ("the change alone is owed", {"status": "past_due"}, [UPGRADE], UPGRADE, UPGRADE),
        ("it is pending", {"pending": PENDING}, [UPGRADE], RENEWED, None),
        ("by invoice the oldest first", {"status": "past_due", "by_invoice": True}, [UPGRADE], UPGRADE, None),
    ],
)
def test_what_the_open_invoices_say(why: str, fields: dict[str, Any], open_ones: Any, latest: Any, change: Any) -> None:
    found = with_open(a_subscription(latest_invoice=RENEWED, **fields), open_ones)

    assert (found.latest_invoice, found.change) == (latest, change), why
