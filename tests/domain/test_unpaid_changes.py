"""What was bought before a change that is not paid: remembered, and taken back where nobody pays."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.periods import DAY, Period
from chalicelib.domain.subscriptions import Bought
from chalicelib.domain.unpaid_changes import is_failed, remembering, taking_back
from tests.builders import NOW, RENEWAL, SUBSCRIBED, a_catalogue, a_profile, a_subscription, an_invoice

PERIOD = Period(SUBSCRIBED, RENEWAL)
MONTH = Bought("team_month", "price_1", 3, "month", PERIOD)
UNPAID = an_invoice(reason="subscription_update", created=NOW)
BEFORE = a_subscription(stripe_price_id="price_1")
UPGRADED: dict[str, Any] = {"price": "business_month", "seats": 5, "stripe_price_id": "price_2"}
AFTER = a_subscription(**UPGRADED, latest_invoice=UNPAID)


def test_what_was_bought_is_what_our_copy_had_before_the_change() -> None:
    assert remembering(AFTER, a_profile(subscription=BEFORE)).bought == MONTH


def test_it_is_remembered_as_long_as_the_change_is_not_paid() -> None:
    once = remembering(AFTER, a_profile(subscription=BEFORE))

    assert remembering(AFTER, a_profile(subscription=once)).bought == MONTH


def test_it_is_forgotten_once_the_change_is_paid() -> None:
    once, paid = remembering(AFTER, a_profile(subscription=BEFORE)), a_subscription(**UPGRADED)

    assert remembering(paid, a_profile(subscription=once)) == paid


def test_a_renewal_that_is_paid_is_what_was_bought_from_then_on() -> None:
    once = remembering(AFTER, a_profile(subscription=BEFORE))
    renewed = replace(AFTER, latest_invoice=an_invoice(stripe_invoice_id="in_2", status="paid"))

    bought = remembering(renewed, a_profile(subscription=once)).bought

    assert bought == Bought("business_month", "price_2", 5, "month", PERIOD)


def test_nothing_is_known_of_a_subscription_that_is_new_to_the_account() -> None:
    another = replace(BEFORE, stripe_subscription_id="sub_2")

    assert [remembering(AFTER, a_profile(subscription=own)).bought for own in (None, another)] == [None, None]


@pytest.mark.parametrize(
    ("why", "fields", "failed"),
    [
        ("its debit came to nothing", {"status": "past_due"}, True),
        ("Stripe gave it up", {"status": "unpaid"}, True),
        ("its debit is on its way", {}, False),
        ("nothing waits", {"status": "past_due", "change": None}, False),
        ("it is not known what was before", {"status": "past_due", "bought": None}, False),
        ("it has begun a period", {"status": "past_due", "period": Period(NOW, NOW + 365 * DAY)}, False),
    ],
)
def test_what_has_failed_in_the_period_that_was_paid_can_be_taken_back(
    why: str, fields: dict[str, Any], failed: bool
) -> None:
    assert is_failed(replace(AFTER, **{"bought": MONTH, **fields})) is failed, why


def test_while_it_is_taken_back_its_void_invoice_gives_nothing() -> None:
    once = replace(AFTER, bought=MONTH, status="past_due")
    order = taking_back(once, "o1", a_catalogue(), NOW)
    void, back = replace(AFTER, latest_invoice=None, change=None), BEFORE

    halfway = remembering(void, a_profile(subscription=once, order=order))

    assert (halfway.awaits_payment, halfway.bought) == (True, MONTH)
    assert remembering(back, a_profile(subscription=halfway, order=order)) == back
    assert remembering(void, a_profile(subscription=once)) == void
