"""A subscription that rests: paused whole, or only not collected."""

from typing import Any

import pytest

from tests.local.stripe.refusals import not_built, refused
from tests.local.stripe.scheduling import a_schedule
from tests.local.stripe.shop import DAY, START, Shop

HOURS = 3_600
NO_CREDIT: Any = {"bill_for": {"unused_time_from": {"type": "none"}}}
AT_ONCE: Any = {"payment_behavior": "resume_on_payment_success"}
BAD_CARD = "4000000000000341"


def paused(shop: Shop, subscription: Any, **params: Any) -> Any:
    return shop.operator.v1.subscriptions.pause(subscription.id, params)


def resumed(shop: Shop, subscription: Any, **params: Any) -> Any:
    return shop.operator.v1.subscriptions.resume(subscription.id, params)


def invoices(shop: Shop, subscription: Any) -> list[Any]:
    return shop.service.v1.invoices.list({"subscription": subscription.id}).data


def resting_since(subscription: Any) -> int:
    return subscription.status_details.paused.transitioned_at


def test_a_paused_subscription_bills_nothing_until_it_is_resumed(shop: Shop) -> None:
    subscription = shop.a_subscription()
    shop.later(to="2026-02-10T00:00:00Z")
    endpoint = shop.an_endpoint()

    resting = paused(shop, subscription)
    shop.later(by=70 * DAY)

    why = resting.status_details.paused
    assert (resting.status, why.type, why.subscription.type) == ("paused", "subscription", "pause_requested")
    assert (why.transitioned_at, resting["items"].data[0].current_period_end) == (resting_since(resting),) * 2
    assert endpoint.types == ["customer.subscription.updated", "customer.subscription.paused"]
    assert len(invoices(shop, subscription)) == 1
    assert shop.subscription(subscription).status == "paused"


def test_resumed_a_new_period_begins_and_the_unused_time_is_credited(shop: Shop) -> None:
    subscription = shop.a_subscription(customer=shop.a_customer(card="4242424242424242"))
    period = subscription["items"].data[0]
    shop.later(by=period.current_period_start + 14 * DAY - shop.now)
    paused(shop, subscription)
    since = resting_since(shop.subscription(subscription))
    shop.later(to="2026-05-10T00:00:00Z")

    back = resumed(shop, subscription, **AT_ONCE)

    # 28 days were paid with 36.00; what was left when the pause began is credited.
    length = period.current_period_end - period.current_period_start
    left = (2 * 3_600 * (period.current_period_end - since) + length) // (2 * length)
    item, invoice = back["items"].data[0], shop.latest_invoice(subscription)
    assert (back.status, back.status_details) == ("active", None)
    assert item.current_period_start == back.billing_cycle_anchor >= 1_778_371_200
    assert [line.amount for line in invoice.lines.data] == [-left, 3_600]
    assert (invoice.status, invoice.amount_paid) == ("paid", 3_600 - left)


@pytest.mark.parametrize(("unused_from", "credit"), [("none", 0), ("item_current_period_start", 3_600)])
def test_the_credit_may_be_nothing_or_the_whole_period(shop: Shop, unused_from: str, credit: int) -> None:
    subscription = shop.a_subscription()
    shop.later(by=10 * DAY)
    paused(shop, subscription, bill_for={"unused_time_from": {"type": unused_from}})

    resumed(shop, subscription, **AT_ONCE)

    assert shop.latest_invoice(subscription).total == 3_600 - credit
    assert shop.subscription(subscription).status == "active"


def test_resumed_without_more_words_it_waits_for_somebody_to_pay(shop: Shop) -> None:
    subscription = shop.a_subscription()
    paused(shop, subscription, **NO_CREDIT)
    endpoint = shop.an_endpoint("customer.subscription.resumed")

    waiting = resumed(shop, subscription)
    invoice = shop.latest_invoice(subscription)
    shop.service.v1.invoices.pay(invoice.id)
    shop.local("settle", {})

    assert (waiting.status, invoice.status, invoice.billing_reason) == ("paused", "open", "subscription_cycle")
    assert shop.subscription(subscription).status == "active"
    assert endpoint.types == ["customer.subscription.resumed"]


@pytest.mark.parametrize(
    ("why", "params", "status"),
    [
        ("a try that fails makes it past due", {}, "past_due"),
        ("one that is to succeed first leaves it paused", AT_ONCE, "paused"),
    ],
)
def test_what_a_failed_payment_makes_of_a_resumption(shop: Shop, why: str, params: Any, status: str) -> None:
    subscription = shop.a_subscription()
    shop.local(f"customers/{subscription.customer}/card", {"card": BAD_CARD})
    paused(shop, subscription, **NO_CREDIT)

    resumed(shop, subscription, **params)
    shop.local(f"invoices/{shop.latest_invoice(subscription).id}", {"card": BAD_CARD})
    failed = shop.subscription(subscription).status
    shop.local(f"invoices/{shop.latest_invoice(subscription).id}", {"card": "4242424242424242"})

    assert (failed, shop.subscription(subscription).status) == (status, "active"), why


@pytest.mark.parametrize(("hours", "status"), [(22, "open"), (24, "void")])
def test_a_resumption_that_nobody_pays_for_is_given_up_after_23_hours(shop: Shop, hours: int, status: str) -> None:
    subscription = shop.a_subscription()
    paused(shop, subscription, **NO_CREDIT)
    resumed(shop, subscription)

    shop.later(by=hours * HOURS)

    assert (shop.latest_invoice(subscription).status, shop.subscription(subscription).status) == (status, "paused")


def test_given_up_as_uncollectible_it_is_active_and_voided_it_stays_paused(shop: Shop) -> None:
    forgiven, voided = shop.a_subscription(), shop.a_subscription()
    for each in (forgiven, voided):
        paused(shop, each, **NO_CREDIT)
        resumed(shop, each)

    shop.service.v1.invoices.mark_uncollectible(shop.latest_invoice(forgiven).id)
    shop.service.v1.invoices.void_invoice(shop.latest_invoice(voided).id)
    again = resumed(shop, voided, **AT_ONCE)

    assert shop.subscription(forgiven).status == "active"
    assert again.status == "active"


def test_what_cannot_be_paused(shop: Shop) -> None:
    managed, ending, ended = shop.a_subscription(), shop.a_subscription(), shop.a_subscription()
    a_schedule(shop, managed)
    shop.service.v1.subscriptions.update(ending.id, {"cancel_at_period_end": True})
    shop.service.v1.subscriptions.cancel(ended.id)

    assert "Cannot pause subscriptions with attached schedules" in refused(lambda: paused(shop, managed))
    assert "set to cancel" in refused(lambda: paused(shop, ending))
    assert "in the `canceled` status" in refused(lambda: paused(shop, ended))
    assert "only resume a subscription that is in the `paused` status" in refused(lambda: resumed(shop, managed))


def test_what_is_not_built_of_pausing_says_so(shop: Shop) -> None:
    subscription = shop.a_subscription()
    update = shop.operator.v1.subscriptions.update

    assert "an invoice" in not_built(lambda: paused(shop, subscription, invoicing_behavior="invoice"))
    paused(shop, subscription)
    assert "old billing period" in not_built(
        lambda: resumed(shop, subscription, billing_cycle_anchor={"type": "unchanged"})
    )
    assert "paused subscription" in not_built(lambda: update(subscription.id, {"cancel_at_period_end": True}))
    assert "paused subscription" in not_built(lambda: a_schedule(shop, subscription))


def test_the_anchor_of_a_resumption_is_an_object(shop: Shop) -> None:
    subscription = shop.a_subscription()
    paused(shop, subscription, **NO_CREDIT)

    assert "Invalid object" in refused(lambda: resumed(shop, subscription, billing_cycle_anchor="now"))
    assert resumed(shop, subscription, billing_cycle_anchor={"type": "now"}).status == "paused"


def test_a_paused_subscription_can_be_cancelled_and_stays_so(shop: Shop) -> None:
    subscription = shop.a_subscription()
    paused(shop, subscription, **NO_CREDIT)
    resumed(shop, subscription)

    ended = shop.service.v1.subscriptions.cancel(subscription.id)
    shop.service.v1.invoices.pay(shop.latest_invoice(subscription).id)

    assert (ended.status, shop.subscription(subscription).status) == ("canceled", "canceled")


def test_without_a_location_nothing_is_resumed(shop: Shop) -> None:
    customer = shop.a_customer("DE")
    subscription = shop.a_subscription(customer=customer, automatic_tax={"enabled": True})
    paused(shop, subscription, **NO_CREDIT)
    shop.local(f"customers/{customer.id}/address", {})

    assert "location" in refused(lambda: resumed(shop, subscription))
    assert len(invoices(shop, subscription)) == 1


@pytest.mark.parametrize(
    ("why", "managed", "status", "reason"),
    [("dunning may end in a pause", False, "paused", None), ("or in cancelling", True, "canceled", "payment_failed")],
)
def test_dunning_pauses_what_can_be_paused(
    shop: Shop, why: str, managed: bool, status: str, reason: str | None
) -> None:
    shop.local("settings", {"dunning_end": "pause"})
    subscription = shop.a_subscription()
    shop.local(f"customers/{subscription.customer}/card", {"card": BAD_CARD})
    shop.later(by=29 * DAY)
    if managed:
        a_schedule(shop, subscription)

    shop.later(by=16 * DAY)

    ended = shop.subscription(subscription)
    assert (ended.status, ended.cancellation_details.reason) == (status, reason), why
    if not managed:
        assert ended.status_details.paused.subscription.type == "final_payment_failure"
        assert shop.latest_invoice(subscription).status == "open"


@pytest.mark.parametrize(
    ("behavior", "status"), [("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible"), ("void", "void")]
)
def test_not_collected_it_renews_and_stays_active(shop: Shop, behavior: str, status: str) -> None:
    subscription = shop.a_subscription()

    resting = shop.operator.v1.subscriptions.update(subscription.id, {"pause_collection": {"behavior": behavior}})
    shop.later(by=32 * DAY)
    renewal = shop.latest_invoice(subscription)
    shop.operator.v1.subscriptions.update(subscription.id, {"pause_collection": ""})
    shop.later(by=31 * DAY)

    assert (resting.status, resting.pause_collection.to_dict()) == (
        "active",
        {"behavior": behavior, "resumes_at": None},
    )
    assert (renewal.status, renewal.billing_reason, renewal.auto_advance) == (status, "subscription_cycle", False)
    assert [each.status for each in invoices(shop, subscription)] == ["paid", status, "paid"]
    assert shop.subscription(subscription).status == "active"


def test_collection_resumes_by_itself(shop: Shop) -> None:
    subscription = shop.a_subscription()
    pause: Any = {"behavior": "void", "resumes_at": START + 40 * DAY}
    shop.operator.v1.subscriptions.update(subscription.id, {"pause_collection": pause})

    shop.later(by=39 * DAY)
    before = shop.subscription(subscription).pause_collection
    shop.later(by=25 * DAY)

    assert before.resumes_at == START + 40 * DAY
    assert shop.subscription(subscription).pause_collection is None
    assert [each.status for each in invoices(shop, subscription)] == ["paid", "void", "paid"]
    past: Any = {"pause_collection": {"behavior": "void", "resumes_at": START}}
    assert "in the future" in refused(lambda: shop.operator.v1.subscriptions.update(subscription.id, past))


def test_without_a_location_an_uncollected_invoice_stays_a_draft(shop: Shop) -> None:
    customer = shop.a_customer("DE")
    subscription = shop.a_subscription(customer=customer, automatic_tax={"enabled": True})
    shop.operator.v1.subscriptions.update(subscription.id, {"pause_collection": {"behavior": "void"}})
    shop.local(f"customers/{customer.id}/address", {})

    shop.later(by=29 * DAY)

    assert shop.latest_invoice(subscription).status == "draft"


def test_collection_of_a_managed_subscription_is_the_schedules(shop: Shop) -> None:
    subscription = shop.a_subscription()
    a_schedule(shop, subscription)
    pause: Any = {"pause_collection": {"behavior": "void"}}

    assert "managed by the subscription schedule" in refused(
        lambda: shop.operator.v1.subscriptions.update(subscription.id, pause)
    )


def test_an_end_inside_a_period_is_not_built_and_one_at_a_later_boundary_is(shop: Shop) -> None:
    subscription = shop.a_subscription()
    end = subscription["items"].data[0].current_period_end
    second = end + 31 * DAY
    update = shop.operator.v1.subscriptions.update

    assert "inside a billing period" in not_built(lambda: update(subscription.id, {"cancel_at": end - DAY}))
    asked = update(subscription.id, {"cancel_at": second})
    shop.later(by=65 * DAY)

    ended = shop.subscription(subscription)
    assert (asked.cancel_at, asked.cancel_at_period_end) == (second, False)
    assert (ended.status, ended.ended_at) == ("canceled", second)
    assert len(invoices(shop, subscription)) == 2
