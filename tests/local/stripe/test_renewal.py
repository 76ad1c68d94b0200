"""A subscription through time: renewed, failed and recovered, cancelled."""

from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from infra.local.stripe.periods import period_after
from tests.local.stripe.shop import DAY, START, Shop


def day(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).date().isoformat()


def test_renews_every_month_from_the_last_of_january(shop: Shop) -> None:
    subscription = shop.a_subscription()
    ends = []

    for _ in range(4):
        ends.append(day(shop.subscription(subscription)["items"].data[0].current_period_end))
        shop.later(by=31 * DAY)

    assert ends == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]


def test_a_renewal_is_numbered_taxed_and_paid_an_hour_after_its_draft(shop: Shop) -> None:
    subscription = shop.a_subscription(customer=shop.a_customer("DE"), automatic_tax={"enabled": True})
    end = subscription["items"].data[0].current_period_end

    shop.later(to=f"{day(end)}T00:30:00Z")
    draft = shop.latest_invoice(subscription)
    shop.later(by=3_600)

    invoice = shop.latest_invoice(subscription)
    assert (draft.status, draft.number, draft.hosted_invoice_url) == ("draft", None, None)
    assert draft.automatically_finalizes_at == draft.created + 3_600
    assert (invoice.id, invoice.status, invoice.billing_reason) == (draft.id, "paid", "subscription_cycle")
    assert (invoice.number[-5:], invoice.total, invoice.total_taxes[0].amount) == ("-0002", 4_284, 684)


def test_the_line_says_the_service_and_the_invoice_says_the_period_before(shop: Shop) -> None:
    subscription = shop.a_subscription()

    shop.later(by=32 * DAY)

    invoice, line = shop.latest_invoice(subscription), shop.latest_invoice(subscription).lines.data[0]
    assert (day(invoice.period_start), day(invoice.period_end)) == ("2026-01-31", "2026-02-28")
    assert (day(line.period.start), day(line.period.end)) == ("2026-02-28", "2026-03-31")


def test_a_renewal_that_comes_late_leaves_no_gap(shop: Shop) -> None:
    subscription = shop.a_subscription()
    end = subscription["items"].data[0].current_period_end

    shop.emulator.state.clock.move_to(end + 5 * DAY)
    shop.local("settle", {})

    assert shop.subscription(subscription)["items"].data[0].current_period_start == end


def test_tells_a_renewal_in_order(shop: Shop) -> None:
    shop.a_subscription()
    endpoint = shop.an_endpoint()

    shop.later(by=29 * DAY)

    assert endpoint.types == [
        "customer.subscription.updated",
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]
    previous = endpoint.events[0]["data"]["previous_attributes"]
    assert set(previous) == {"items", "latest_invoice"}
    assert day(previous["items"]["data"][0]["current_period_end"]) == "2026-02-28"


def test_a_failed_renewal_is_past_due_and_told_so(shop: Shop) -> None:
    subscription = shop.a_subscription()
    shop.local(f"customers/{subscription.customer}/card", {"card": "4000000000000341"})
    endpoint = shop.an_endpoint("invoice.payment_failed", "customer.subscription.updated")

    shop.later(by=29 * DAY)

    invoice, failed = shop.latest_invoice(subscription), endpoint.events[1]["data"]["object"]
    assert shop.subscription(subscription).status == "past_due"
    assert endpoint.types == [
        "customer.subscription.updated",
        "invoice.payment_failed",
        "customer.subscription.updated",
    ]
    assert (failed["attempt_count"], failed["next_payment_attempt"]) == (1, invoice.next_payment_attempt)
    assert endpoint.events[2]["data"]["previous_attributes"] == {"status": "active"}
    assert invoice.status == "open"


def test_is_tried_again_after_three_five_and_seven_days(shop: Shop) -> None:
    shop.local("settings", {"dunning_end": "past_due"})
    subscription = shop.a_subscription()
    shop.local(f"customers/{subscription.customer}/card", {"card": "4000000000000341"})

    shop.later(by=60 * DAY)

    charges = shop.service.v1.charges.list({"customer": subscription.customer, "limit": 100}).data
    failed = [charge.created for charge in reversed(charges) if charge.status == "failed"]
    first_invoice = failed[:4]
    assert [(at - first_invoice[0]) // DAY for at in first_invoice] == [0, 3, 8, 15]


@pytest.mark.parametrize(
    ("setting", "status", "reason"),
    [("cancel", "canceled", "payment_failed"), ("unpaid", "unpaid", None), ("past_due", "past_due", None)],
)
def test_the_dashboard_says_how_dunning_ends(shop: Shop, setting: str, status: str, reason: str | None) -> None:
    shop.local("settings", {"dunning_end": setting})
    subscription = shop.a_subscription()
    shop.local(f"customers/{subscription.customer}/card", {"card": "4000000000000341"})

    shop.later(by=28 * DAY + 16 * DAY)

    ended = shop.subscription(subscription)
    assert (ended.status, ended.cancellation_details.reason) == (status, reason)


def test_an_unpaid_subscription_piles_up_drafts(shop: Shop) -> None:
    shop.local("settings", {"dunning_end": "unpaid"})
    subscription = shop.a_subscription()
    shop.local(f"customers/{subscription.customer}/card", {"card": "4000000000000341"})

    shop.later(by=62 * DAY)

    invoice = shop.latest_invoice(subscription)
    assert (invoice.status, invoice.auto_advance) == ("draft", False)


@pytest.mark.parametrize(
    "how", ["the next try with a new card", "the customer pays the invoice", "the service pays it"]
)
def test_a_payment_makes_it_good_again(shop: Shop, how: str) -> None:
    subscription = shop.a_subscription()
    shop.local(f"customers/{subscription.customer}/card", {"card": "4000000000000341"})
    shop.later(by=29 * DAY)
    invoice = shop.latest_invoice(subscription)

    if how == "the customer pays the invoice":
        shop.local(f"invoices/{invoice.id}", {"card": "4242424242424242", "outcome": "pay"})
    else:
        shop.local(f"customers/{subscription.customer}/card", {"card": "4242424242424242"})
        waiting = shop.subscription(subscription).status
        assert waiting == "past_due"
        if how == "the service pays it":
            shop.service.v1.invoices.pay(invoice.id)
        else:
            shop.later(by=3 * DAY)

    assert shop.subscription(subscription).status == "active"
    assert shop.latest_invoice(subscription).status == "paid"
    assert shop.latest_invoice(subscription).next_payment_attempt is None


def test_a_bank_that_asks_every_time_needs_the_customer_at_renewal(shop: Shop) -> None:
    subscription = shop.a_subscription(card="4000002760003184")
    endpoint = shop.an_endpoint("invoice.payment_action_required")

    shop.later(by=29 * DAY)
    invoice = shop.latest_invoice(subscription)
    asked = shop.subscription(subscription).status
    shop.local(f"invoices/{invoice.id}", {"outcome": "authenticate"})

    assert (endpoint.types, asked) == (["invoice.payment_action_required"], "past_due")
    assert shop.subscription(subscription).status == "active"


def test_a_bank_that_asked_once_does_not_ask_again(shop: Shop) -> None:
    subscription = shop.a_subscription(card="4000002500003155")

    shop.later(by=29 * DAY)

    assert shop.latest_invoice(subscription).status == "paid"


def test_cancels_at_the_periods_end_and_not_before(shop: Shop) -> None:
    subscription = shop.a_subscription()
    end = subscription["items"].data[0].current_period_end
    asked = shop.service.v1.subscriptions.update(
        subscription.id,
        {"cancel_at_period_end": True, "cancellation_details": {"feedback": "too_expensive", "comment": "so long"}},
    )
    endpoint = shop.an_endpoint("customer.subscription.deleted", "invoice.created")

    shop.later(to=f"{day(end - DAY)}T23:50:00Z")
    before = shop.subscription(subscription).status
    shop.later(by=1_200)

    ended = shop.subscription(subscription)
    assert (asked.cancel_at_period_end, asked.cancel_at, asked.status) == (True, end, "active")
    assert asked.canceled_at is not None
    assert (asked.canceled_at < end, before) == (True, "active")
    assert (ended.status, ended.ended_at, ended.cancellation_details.feedback) == ("canceled", end, "too_expensive")
    assert endpoint.types == ["customer.subscription.deleted"]


@pytest.mark.parametrize(
    ("asked", "undone"),
    [
        ({"cancel_at_period_end": True}, {"cancel_at_period_end": False}),
        ({"cancel_at": "min_period_end"}, {"cancel_at": ""}),
    ],
)
def test_a_cancellation_can_be_undone(shop: Shop, asked: Any, undone: Any) -> None:
    subscription = shop.a_subscription()
    end = subscription["items"].data[0].current_period_end

    cancelling = shop.service.v1.subscriptions.update(subscription.id, asked)
    resumed = shop.service.v1.subscriptions.update(subscription.id, undone)
    shop.later(by=29 * DAY)

    assert cancelling.cancel_at == end
    assert cancelling.cancel_at_period_end is ("cancel_at_period_end" in asked)
    assert (resumed.cancel_at, resumed.canceled_at, resumed.cancel_at_period_end) == (None, None, False)
    assert shop.subscription(subscription).status == "active"


def test_a_cancelled_subscription_stays_cancelled(shop: Shop) -> None:
    subscription = shop.a_subscription()

    ended = shop.service.v1.subscriptions.cancel(subscription.id)

    assert (ended.status, ended.ended_at) == ("canceled", ended.canceled_at)
    with pytest.raises(stripe.InvalidRequestError, match="canceled subscription"):
        shop.service.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        shop.service.v1.subscriptions.cancel(subscription.id)


def test_cancelling_while_past_due_leaves_the_invoice_and_tries_no_more(shop: Shop) -> None:
    subscription = shop.a_subscription()
    shop.local(f"customers/{subscription.customer}/card", {"card": "4000000000000341"})
    shop.later(by=29 * DAY)

    shop.service.v1.subscriptions.cancel(subscription.id)

    invoice = shop.latest_invoice(subscription)
    assert (invoice.status, invoice.next_payment_attempt, invoice.auto_advance) == ("open", None, False)
    assert shop.service.v1.invoices.void_invoice(invoice.id).status == "void"


def test_without_a_location_the_renewal_is_not_finalised(shop: Shop) -> None:
    customer = shop.a_customer("DE")
    subscription = shop.a_subscription(customer=customer, automatic_tax={"enabled": True})
    shop.local(f"customers/{customer.id}/address", {})
    endpoint = shop.an_endpoint("invoice.finalization_failed")

    shop.later(by=29 * DAY)

    invoice = shop.latest_invoice(subscription)
    assert endpoint.types == ["invoice.finalization_failed"]
    assert (invoice.status, invoice.automatic_tax.status) == ("draft", "requires_location_inputs")
    assert invoice.last_finalization_error.code == "customer_tax_location_invalid"
    assert shop.subscription(subscription).status == "active"


@pytest.mark.parametrize(
    ("why", "anchor", "interval", "start", "end"),
    [
        ("a plain month", "2026-03-15", "month", "2026-03-15", "2026-04-15"),
        ("clamped to a short month", "2026-01-31", "month", "2026-01-31", "2026-02-28"),
        ("and back again", "2026-01-31", "month", "2026-02-28", "2026-03-31"),
        ("a leap year", "2028-01-31", "month", "2028-01-31", "2028-02-29"),
        ("across the year", "2026-12-31", "month", "2026-12-31", "2027-01-31"),
        ("a year from a leap day", "2028-02-29", "year", "2028-02-29", "2029-02-28"),
        ("and the next leap day", "2028-02-29", "year", "2031-02-28", "2032-02-29"),
        ("a week", "2026-01-31", "week", "2026-02-07", "2026-02-14"),
    ],
)
def test_periods_step_from_the_anchor(why: str, anchor: str, interval: str, start: str, end: str) -> None:
    def instant(date: str) -> int:
        return int(datetime.fromisoformat(f"{date}T12:00:00+00:00").timestamp())

    assert day(period_after(instant(anchor), instant(start), interval)) == end, why


def test_starts_where_the_clock_stands(shop: Shop) -> None:
    subscription = shop.a_subscription()

    assert START <= subscription.start_date <= START + 60
