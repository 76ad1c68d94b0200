"""A change asked for now that happens when the period ends."""

import pytest
import stripe

from tests.local.stripe.scheduling import EVENTS, HOURS, a_schedule, changed_later, day, invoices, phases, to_the_end
from tests.local.stripe.shop import DAY, Shop


def test_a_schedule_made_from_a_subscription_is_its_current_period(shop: Shop) -> None:
    subscription = shop.a_subscription(customer=shop.a_customer("DE"), automatic_tax={"enabled": True})
    endpoint = shop.an_endpoint()
    item = subscription["items"].data[0]

    schedule = a_schedule(shop, subscription)

    shop.local("settle", {})
    phase = schedule.phases[0]
    assert (len(schedule.phases), schedule.status, schedule.end_behavior) == (1, "active", "release")
    assert (phase.start_date, phase.end_date) == (item.current_period_start, item.current_period_end)
    assert schedule.current_phase.to_dict() == {"start_date": phase.start_date, "end_date": phase.end_date}
    assert [(each.price, each.quantity) for each in phase["items"]] == [(item.price.id, 3)]
    assert (phase.automatic_tax.enabled, phase.metadata.to_dict()) == (True, {"account": "acme"})
    assert (schedule.subscription, schedule.customer) == (subscription.id, subscription.customer)
    assert shop.subscription(subscription).schedule == schedule.id
    assert endpoint.types == ["subscription_schedule.created", "customer.subscription.updated"]
    assert endpoint.events[1]["data"]["previous_attributes"] == {"schedule": None}


def test_nothing_changes_before_the_period_ends_and_then_the_renewal_bills_the_new_plan(shop: Shop) -> None:
    subscription = shop.a_subscription()
    solo = shop.a_price(900)
    end = subscription["items"].data[0].current_period_end
    changed_later(shop, subscription, solo, 2)

    shop.later(by=end - shop.now - 10)
    before = shop.subscription(subscription)["items"].data[0]
    shop.later(by=2 * HOURS)

    after, renewal = shop.subscription(subscription)["items"].data[0], shop.latest_invoice(subscription)
    assert (before.price.unit_amount, before.quantity) == (1_200, 3)
    assert (after.price.id, after.plan.id, after.quantity) == (solo.id, solo.id, 2)
    assert (day(after.current_period_start), day(after.current_period_end)) == ("2026-02-28", "2026-03-31")
    # 2 x 9.00, and nothing for the period that has ended.
    assert (renewal.billing_reason, renewal.amount_paid, len(renewal.lines.data)) == ("subscription_cycle", 1_800, 1)


def test_a_changed_quantity_keeps_the_item_and_a_changed_price_is_another_item(shop: Shop) -> None:
    fewer, cheaper = shop.a_subscription(), shop.a_subscription()
    changed_later(shop, fewer, fewer["items"].data[0].price, 2)
    changed_later(shop, cheaper, shop.a_price(900), 3)

    to_the_end(shop, fewer)

    item = shop.service.v1.subscription_items.retrieve(fewer["items"].data[0].id)
    assert (item.quantity, shop.latest_invoice(fewer).amount_paid) == (2, 2_400)
    assert shop.subscription(cheaper)["items"].data[0].id != cheaper["items"].data[0].id
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription_item"):
        shop.service.v1.subscription_items.retrieve(cheaper["items"].data[0].id)


@pytest.mark.parametrize(
    ("why", "interval", "then", "amount", "end"),
    [
        ("a month after a month", "month", "month", 2_000, "2026-03-31"),
        ("a year after a month", "month", "year", 2_000, "2027-02-28"),
        ("a month after a year", "year", "month", 2_000, "2027-02-28"),
    ],
)
def test_the_new_interval_begins_where_the_old_one_ends(
    shop: Shop, why: str, interval: str, then: str, amount: int, end: str
) -> None:
    subscription = shop.a_subscription(price=shop.a_price(12_000, interval))
    old_end = subscription["items"].data[0].current_period_end
    changed_later(shop, subscription, shop.a_price(1_000, then), 2, interval=then)

    to_the_end(shop, subscription)

    item, renewal = shop.subscription(subscription)["items"].data[0], shop.latest_invoice(subscription)
    assert (item.current_period_start, day(item.current_period_end)) == (old_end, end), why
    assert (renewal.amount_paid, renewal.billing_reason) == (amount, "subscription_cycle")


def test_the_phase_says_what_it_is_to_the_subscription(shop: Shop) -> None:
    customer = shop.a_customer("DE")
    subscription = shop.a_subscription(customer=customer, automatic_tax={"enabled": True})
    metadata = {"change": "c1", "account": ""}

    changed_later(shop, subscription, shop.a_price(1_000), 2, metadata=metadata)
    to_the_end(shop, subscription)

    after = shop.subscription(subscription)
    assert after.metadata.to_dict() == {"change": "c1"}
    # Taxed as the schedule's defaults say, which are the subscription's: 20.00 and 19 %.
    assert (after.automatic_tax.enabled, shop.latest_invoice(subscription).total) == (True, 2_380)


def test_tells_the_change_in_order(shop: Shop) -> None:
    subscription = shop.a_subscription()
    price = shop.a_price(900)
    changed_later(shop, subscription, price)
    end = subscription["items"].data[0].current_period_end
    endpoint = shop.an_endpoint("customer.subscription.updated", *EVENTS, "invoice.created")

    shop.later(by=end - shop.now + 10)

    changed, phase, renewed, billed = endpoint.events
    assert [each["type"] for each in (changed, phase, renewed, billed)] == [
        "customer.subscription.updated",
        "subscription_schedule.updated",
        "customer.subscription.updated",
        "invoice.created",
    ]
    assert changed["data"]["object"]["items"]["data"][0]["price"]["id"] == price.id
    assert changed["data"]["previous_attributes"]["items"]["data"][0]["price"]["unit_amount"] == 1_200
    assert set(phase["data"]["previous_attributes"]) == {"current_phase"}


def test_lets_go_of_the_subscription_when_the_last_phase_is_over(shop: Shop) -> None:
    subscription = shop.a_subscription()
    schedule = changed_later(shop, subscription, shop.a_price(900))
    endpoint = shop.an_endpoint(*EVENTS)
    to_the_end(shop, subscription)
    managed = shop.subscription(subscription)

    to_the_end(shop, managed)

    ended, after = shop.service.v1.subscription_schedules.retrieve(schedule.id), shop.subscription(subscription)
    assert (managed.schedule, after.schedule, after.status) == (schedule.id, None, "active")
    assert (ended.status, ended.subscription, ended.released_subscription) == ("released", None, subscription.id)
    assert (day(ended.released_at), ended.current_phase) == ("2026-03-31", None)
    assert shop.latest_invoice(subscription).amount_paid == 1_800
    assert endpoint.types == [
        "subscription_schedule.updated",
        "subscription_schedule.expiring",
        "subscription_schedule.updated",
        "subscription_schedule.released",
    ]


def test_can_end_the_subscription_with_its_last_phase(shop: Shop) -> None:
    subscription = shop.a_subscription()
    schedule = a_schedule(shop, subscription)
    end = schedule.current_phase.end_date
    endpoint = shop.an_endpoint("customer.subscription.deleted", *EVENTS)
    shop.service.v1.subscription_schedules.update(schedule.id, {"end_behavior": "cancel"})
    cancelling = shop.subscription(subscription)

    to_the_end(shop, subscription)

    ended = shop.subscription(subscription)
    assert (cancelling.cancel_at, cancelling.cancel_at_period_end, cancelling.status) == (end, False, "active")
    assert (ended.status, ended.ended_at) == ("canceled", end)
    assert shop.service.v1.subscription_schedules.retrieve(schedule.id).status == "completed"
    assert endpoint.types[-2:] == ["subscription_schedule.completed", "customer.subscription.deleted"]
    assert len(invoices(shop, subscription)) == 1


@pytest.mark.parametrize(("keeps", "cancels"), [(False, False), (True, True)])
def test_released_the_subscription_goes_on_and_forgets_the_change(shop: Shop, keeps: bool, cancels: bool) -> None:
    subscription = shop.a_subscription()
    schedule = changed_later(shop, subscription, shop.a_price(900))
    shop.service.v1.subscription_schedules.update(schedule.id, {"end_behavior": "cancel"})

    released = shop.service.v1.subscription_schedules.release(schedule.id, {"preserve_cancel_date": keeps})
    free = shop.subscription(subscription)
    to_the_end(shop, subscription)

    assert (released.status, released.subscription, released.released_subscription) == (
        "released",
        None,
        subscription.id,
    )
    assert (free.schedule, free.cancel_at is not None) == (None, cancels)
    assert shop.latest_invoice(subscription).amount_paid == 3_600


def test_a_released_subscription_can_be_scheduled_again(shop: Shop) -> None:
    subscription = shop.a_subscription()
    first = changed_later(shop, subscription, shop.a_price(900), 1)
    shop.service.v1.subscription_schedules.release(first.id)

    changed_later(shop, subscription, shop.a_price(800), 2)
    to_the_end(shop, subscription)

    assert shop.latest_invoice(subscription).amount_paid == 1_600


def test_the_newest_wish_replaces_the_one_before(shop: Shop) -> None:
    subscription = shop.a_subscription()
    schedule = changed_later(shop, subscription, shop.a_price(900), 1)
    endpoint = shop.an_endpoint("subscription_schedule.updated")

    again = {"phases": phases(schedule, shop.a_price(700), 2), "metadata": {"op": "2"}}
    updated = shop.service.v1.subscription_schedules.update(schedule.id, again)
    shop.local("settle", {})
    told = endpoint.events[0]["data"]["previous_attributes"]
    to_the_end(shop, subscription)

    assert (len(updated.phases), updated.metadata.to_dict(), set(told)) == (2, {"op": "2"}, {"phases", "metadata"})
    assert shop.latest_invoice(subscription).amount_paid == 1_400


def test_in_its_second_phase_the_next_change_can_be_asked_for(shop: Shop) -> None:
    subscription = shop.a_subscription()
    schedule = changed_later(shop, subscription, shop.a_price(900), 2)
    to_the_end(shop, subscription)
    schedule = shop.service.v1.subscription_schedules.retrieve(schedule.id)

    updated = shop.service.v1.subscription_schedules.update(
        schedule.id, {"phases": phases(schedule, shop.a_price(500), 1)}
    )
    to_the_end(shop, shop.subscription(subscription))

    assert [day(each.end_date) for each in updated.phases] == ["2026-02-28", "2026-03-31", "2026-04-30"]
    assert shop.latest_invoice(subscription).amount_paid == 500


def test_a_late_clock_takes_every_step_in_its_order(shop: Shop) -> None:
    subscription = shop.a_subscription()
    schedule = a_schedule(shop, subscription)
    shop.service.v1.subscription_schedules.update(
        schedule.id,
        {"phases": [*phases(schedule, shop.a_price(900), 2), *phases(schedule, shop.a_price(500), 1)[1:]]},
    )

    shop.emulator.state.clock.move_to(shop.now + 95 * DAY)
    shop.local("settle", {})

    assert [each.total for each in reversed(invoices(shop, subscription))] == [3_600, 1_800, 500, 500]
    assert shop.subscription(subscription).schedule is None


def test_a_cancelled_subscription_takes_its_schedule_with_it(shop: Shop) -> None:
    subscription = shop.a_subscription()
    schedule = changed_later(shop, subscription, shop.a_price(900))
    endpoint = shop.an_endpoint(*EVENTS)

    shop.service.v1.subscriptions.cancel(subscription.id)
    to_the_end(shop, subscription)

    ended = shop.service.v1.subscription_schedules.retrieve(schedule.id)
    assert (ended.status, ended.canceled_at is not None, ended.current_phase) == ("canceled", True, None)
    assert endpoint.types == ["subscription_schedule.updated", "subscription_schedule.canceled"]
    assert len(invoices(shop, subscription)) == 1


def test_dunning_that_ends_in_cancelling_aborts_the_schedule(shop: Shop) -> None:
    subscription = shop.a_subscription()
    shop.local(f"customers/{subscription.customer}/card", {"card": "4000000000000341"})
    changed_later(shop, subscription, shop.a_price(9_000, "year"), 2, interval="year")
    endpoint = shop.an_endpoint("subscription_schedule.aborted", "subscription_schedule.canceled")

    shop.later(by=46 * DAY)

    assert shop.subscription(subscription).cancellation_details.reason == "payment_failed"
    assert endpoint.types == ["subscription_schedule.aborted"]


def test_cancelling_a_schedule_cancels_its_subscription_at_once(shop: Shop) -> None:
    subscription = shop.a_subscription()
    schedule = a_schedule(shop, subscription)

    ended = shop.service.v1.subscription_schedules.cancel(schedule.id, {"invoice_now": False, "prorate": False})

    assert (ended.status, shop.subscription(subscription).status) == ("canceled", "canceled")
