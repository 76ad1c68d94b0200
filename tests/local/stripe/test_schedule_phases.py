"""Phases of a schedule: what each one names, keeps and leaves out."""

import pytest

from tests.local.stripe.changes import a_monthly, amounts, at_share, change
from tests.local.stripe.scheduling import a_schedule, changed_later, day, invoices, now_phase, phases, to_the_end
from tests.local.stripe.shop import DAY, Shop


def test_schedules_are_listed_by_customer(shop: Shop) -> None:
    mine, other = shop.a_subscription(), shop.a_subscription()
    a_schedule(shop, other)
    schedule = a_schedule(shop, mine)
    schedules = shop.service.v1.subscription_schedules

    assert [each.id for each in schedules.list({"customer": mine.customer}).data] == [schedule.id]
    assert schedules.list({"customer": mine.customer, "released_at": {"gte": 1}}).data == []
    assert len(schedules.list().data) == 2


def test_a_subscription_shows_its_schedule_whole_where_asked(shop: Shop) -> None:
    subscription = shop.a_subscription()
    schedule = a_schedule(shop, subscription)

    shown = shop.service.v1.subscriptions.retrieve(subscription.id, {"expand": ["schedule"]})

    assert shown.schedule.phases[0].end_date == schedule.phases[0].end_date


def test_a_phase_may_name_the_card_and_else_the_customers_is_charged(shop: Shop) -> None:
    subscription = shop.a_subscription()
    own = subscription.default_payment_method
    shop.local(f"customers/{subscription.customer}/card", {"card": "4242424242424242"})
    schedule = changed_later(shop, subscription, shop.a_price(900), default_payment_method=own)
    to_the_end(shop, subscription)
    named = shop.subscription(subscription).default_payment_method
    schedule = shop.service.v1.subscription_schedules.retrieve(schedule.id)
    unnamed = phases(schedule, shop.a_price(800))
    del unnamed[1]["default_payment_method"]

    shop.service.v1.subscription_schedules.update(schedule.id, {"phases": unnamed})
    to_the_end(shop, shop.subscription(subscription))

    assert (named, shop.subscription(subscription).default_payment_method) == (own, None)
    assert shop.latest_invoice(subscription).status == "paid"


def test_the_current_phase_may_end_a_period_later(shop: Shop) -> None:
    subscription = shop.a_subscription()
    schedule = a_schedule(shop, subscription)
    longer = phases(schedule, shop.a_price(900), 2)
    longer[0] = {**now_phase(schedule), "duration": {"interval": "month", "interval_count": 2}}
    del longer[0]["end_date"]

    updated = shop.service.v1.subscription_schedules.update(schedule.id, {"phases": longer})
    shop.later(by=62 * DAY)

    assert day(updated.current_phase.end_date) == "2026-03-31"
    assert [each.total for each in reversed(invoices(shop, subscription))] == [3_600, 3_600, 1_800]


def test_a_preview_of_the_renewal_follows_the_next_phase(shop: Shop) -> None:
    subscription = shop.a_subscription(customer=shop.a_customer("DE"), automatic_tax={"enabled": True})
    changed_later(shop, subscription, shop.a_price(900), 2)

    upcoming = shop.service.v1.invoices.create_preview({"subscription": subscription.id})
    to_the_end(shop, subscription)

    # 2 x 9.00 and 19 %.
    renewal = shop.latest_invoice(subscription)
    assert (upcoming.total, renewal.total) == (2_142, 2_142)
    assert upcoming.lines.data[0].period.to_dict() == renewal.lines.data[0].period.to_dict()


@pytest.mark.parametrize(("why", "named", "total"), [("named", True, 900), ("left out", False, 1_800)])
def test_a_discount_that_a_phase_leaves_out_is_over(shop: Shop, why: str, named: bool, total: int) -> None:
    coupon = shop.operator.v1.coupons.create({"duration": "forever", "percent_off": 50})
    subscription = a_monthly(shop, 1_200, 3, discounts=[{"coupon": coupon.id}])
    discounts = [{"discount": each} for each in subscription.discounts]

    schedule = changed_later(shop, subscription, shop.a_price(900), 2, **({"discounts": discounts} if named else {}))
    to_the_end(shop, subscription)

    assert [each.discount for each in schedule.phases[1].discounts] == (subscription.discounts if named else []), why
    assert shop.latest_invoice(subscription).total == total, why


def test_what_a_phase_began_is_credited_when_it_is_changed_later(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_200, 3)
    schedule = changed_later(shop, subscription, shop.a_price(3_000), 1)
    to_the_end(shop, subscription)
    shop.service.v1.subscription_schedules.release(schedule.id)
    subscription = shop.subscription(subscription)

    # Half of 30.00 back, half of 60.00 due.
    changed = change(shop, subscription, price=shop.a_price(6_000).id, quantity=1, at=at_share(subscription, 1, 2))

    assert amounts(changed.latest_invoice) == [-1_500, 3_000]
