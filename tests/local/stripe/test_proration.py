"""Changes in the middle of a period, to the cent: the arithmetic stands beside each amount.

Examples marked (Stripe) are those of https://docs.stripe.com/billing/subscriptions/prorations.
"""

from typing import Any

import pytest

from infra.local.stripe.prorations import share
from tests.local.stripe.changes import a_monthly, amounts, at_share, change, lines_of, the_item
from tests.local.stripe.shop import DAY, START, Shop


@pytest.mark.parametrize(
    ("why", "amount", "left", "length", "part"),
    [
        ("half", 1_000, 15, 30, 500),
        ("nothing left", 1_000, 0, 30, 0),
        ("all of it", 1_000, 30, 30, 1_000),
        ("a third is rounded down", 1_000, 10, 30, 333),
        ("two thirds are rounded up", 1_000, 20, 30, 667),
        ("half a cent is rounded up", 1, 1, 2, 1),
        ("(Stripe) 10.00 for 445,540 of 2,678,400 seconds", 1_000, 445_540, 2_678_400, 166),
        ("(Stripe) 32.52 for the same", 3_252, 445_540, 2_678_400, 541),
    ],
)
def test_a_share_is_by_the_second(why: str, amount: int, left: int, length: int, part: int) -> None:
    assert share(amount, length - left, 0, length) == part, why


def test_an_upgrade_in_mid_period_bills_the_difference_at_once(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    twenty = shop.a_price(2_000)

    changed = change(shop, subscription, price=twenty.id, quantity=1, at=at_share(subscription, 1, 2))

    invoice = changed.latest_invoice
    # (Stripe) -5.00 unused of 10.00, +10.00 of 20.00. The half of February's 28 days from the 31st is the 14th.
    assert lines_of(invoice) == [
        ("Unused time on Team after 14 Feb 2026", -500),
        ("Remaining time on Team after 14 Feb 2026", 1_000),
    ]
    assert (invoice.status, invoice.billing_reason, invoice.total) == ("paid", "subscription_update", 500)
    assert (the_item(changed).price.id, the_item(changed).quantity) == (twenty.id, 1)
    assert the_item(changed).current_period_end == the_item(subscription).current_period_end


def test_a_proration_says_so_on_its_lines(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_200, 3)
    at = at_share(subscription, 1, 2)

    changed = change(shop, subscription, quantity=5, at=at)

    unused, remaining = changed.latest_invoice.lines.data
    details = unused.parent.subscription_item_details
    assert (unused.description, unused.quantity, unused.amount) == (
        "Unused time on 3 x Team after 14 Feb 2026",
        3,
        -1_800,
    )
    assert (remaining.description, remaining.quantity, remaining.amount) == (
        "Remaining time on 5 x Team after 14 Feb 2026",
        5,
        3_000,
    )
    assert (unused.parent.type, details.proration, details.subscription_item) == (
        "subscription_item_details",
        True,
        the_item(subscription).id,
    )
    assert (unused.period.start, unused.period.end) == (at, the_item(subscription).current_period_end)
    assert unused.pricing.price_details.price == the_item(subscription).price.id
    assert not unused.discountable
    assert changed.latest_invoice.parent.subscription_details.subscription_proration_date == at


def test_several_changes_in_a_period_each_start_from_what_is_in_force(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_200, 3)

    first = change(shop, subscription, quantity=5, at=at_share(subscription, 1, 4))
    second = change(shop, subscription, quantity=4, at=at_share(subscription, 1, 2))
    third = change(shop, subscription, quantity=6, at=at_share(subscription, 3, 4))

    # 3 seats are 36.00, 5 are 60.00: three quarters left, -27.00 + 45.00.
    assert amounts(first.latest_invoice) == [-2_700, 4_500]
    # Half left: 5 seats -30.00, 4 seats +24.00. What is too much is kept for later.
    assert amounts(second.latest_invoice) == [-3_000, 2_400]
    # A quarter left: 4 seats -12.00, 6 seats +18.00.
    assert amounts(third.latest_invoice) == [-1_200, 1_800]
    # 36.00 + 18.00 - 6.00 + 6.00 is 54.00: a quarter each of 36.00, 60.00, 48.00, 72.00.
    assert sum((3_600 * 3, 6_000 * 3, 4_800 * 3, 7_200 * 3)) // 12 == 5_400 == 3_600 + 1_800 - 600 + 600


def test_a_credit_is_of_what_was_billed_and_not_of_what_it_costs_now(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    ten, twenty = the_item(subscription).price.id, shop.a_price(2_000).id

    unbilled = change(shop, subscription, price=twenty, proration_behavior="none")
    back = change(shop, subscription, price=ten, at=at_share(subscription, 3, 4))

    # (Stripe) from 10 to 20 without proration and back: a credit and a debit of 10.00, which is 2.50 each, and 0.
    assert unbilled.latest_invoice.id == subscription.latest_invoice
    assert (amounts(back.latest_invoice), back.latest_invoice.total) == ([-250, 250], 0)
    assert back.latest_invoice.status == "paid"


def test_without_proration_nothing_is_billed_until_the_renewal(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)

    change(shop, subscription, quantity=3, proration_behavior="none")
    shop.later(by=29 * DAY)

    assert lines_of(shop.latest_invoice(subscription)) == [("3 x Team (at €10.00 / month)", 3_000)]


def test_prorations_can_wait_for_the_renewal(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)

    changed = change(
        shop, subscription, quantity=2, proration_behavior="create_prorations", at=at_share(subscription, 1, 2)
    )
    shop.later(by=29 * DAY)

    renewal = shop.latest_invoice(subscription)
    assert changed.latest_invoice.id == subscription.latest_invoice
    assert lines_of(renewal) == [
        ("Unused time on Team after 14 Feb 2026", -500),
        ("Remaining time on 2 x Team after 14 Feb 2026", 1_000),
        ("2 x Team (at €10.00 / month)", 2_000),
    ]
    assert (renewal.total, renewal.billing_reason) == (2_500, "subscription_cycle")


@pytest.mark.parametrize(("at_once", "billed"), [(False, [1_000, 500]), (True, [1_000])])
def test_what_waits_is_collected_when_the_period_ends_and_dropped_when_it_ends_at_once(
    shop: Shop, at_once: bool, billed: list[int]
) -> None:
    subscription = a_monthly(shop, 1_000)
    asked: Any = {"proration_behavior": "create_prorations", "at": at_share(subscription, 1, 2)}
    change(shop, subscription, quantity=2, cancel_at_period_end=True, **asked)

    if at_once:
        shop.service.v1.subscriptions.cancel(subscription.id)
    else:
        told = shop.service.v1.invoices.create_preview({"subscription": subscription.id})
        assert told.amount_due == 500
    shop.later(by=29 * DAY)

    invoices = shop.service.v1.invoices.list({"subscription": subscription.id}).data
    assert [invoice.amount_paid for invoice in reversed(invoices)] == billed
    assert shop.subscription(subscription).status == "canceled"


def test_what_waits_goes_along_with_the_next_invoice_once(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    at = at_share(subscription, 1, 2)

    change(shop, subscription, quantity=2, proration_behavior="create_prorations", at=at)
    changed = change(shop, subscription, quantity=3, at=at)
    shop.later(by=29 * DAY)

    assert amounts(changed.latest_invoice) == [-500, 1_000, -1_000, 1_500]
    assert amounts(shop.latest_invoice(subscription)) == [3_000]


@pytest.mark.parametrize(
    ("behavior", "taxes", "total"), [("exclusive", (-95, 190), 595), ("inclusive", (-80, 160), 500)]
)
def test_a_credit_gives_its_tax_back(shop: Shop, behavior: str, taxes: tuple[int, int], total: int) -> None:
    price = shop.a_price(1_000, tax_behavior=behavior)
    customer = shop.a_customer("DE", card="4242424242424242")
    subscription = a_monthly(shop, 0, customer=customer, price=price, automatic_tax={"enabled": True})

    changed = change(shop, subscription, quantity=2, at=at_share(subscription, 1, 2))

    # 19 %: on top of 5.00 it is 0.95; inside of 5.00 it is 5.00 * 19 / 119 = 0.798.
    invoice = changed.latest_invoice
    assert tuple(line.taxes[0].amount for line in invoice.lines.data) == taxes
    assert (amounts(invoice), invoice.total, invoice.total_taxes[0].amount) == ([-500, 1_000], total, sum(taxes))


def test_from_month_to_year_begins_a_year_now(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    yearly = shop.a_price(10_000, "year")

    changed = change(
        shop,
        subscription,
        price=yearly.id,
        quantity=1,
        billing_cycle_anchor={"type": "now"},
        at=at_share(subscription, 1, 4),
    )

    item, invoice = the_item(changed), changed.latest_invoice
    assert lines_of(invoice) == [
        ("Unused time on Team after 07 Feb 2026", -750),
        ("1 x Team (at €100.00 / year)", 10_000),
    ]
    assert START <= item.current_period_start == changed.billing_cycle_anchor <= shop.now
    assert item.current_period_end - item.current_period_start == 365 * DAY
    assert [line.parent.subscription_item_details.proration for line in invoice.lines.data] == [True, False]


def test_without_a_new_anchor_a_year_joins_the_one_that_runs(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    yearly = shop.a_price(36_500, "year")
    start = the_item(subscription).current_period_start

    changed = change(shop, subscription, price=yearly.id, at=start + 14 * DAY)

    # 14 of the month's 28 days unused; 351 of the year's 365 days at 1.00 a day.
    assert amounts(changed.latest_invoice) == [-500, 35_100]
    assert changed.billing_cycle_anchor == start
    assert the_item(changed).current_period_end == start + 365 * DAY


def test_an_anchor_alone_begins_a_new_period(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    shop.later(by=14 * DAY)

    changed = shop.service.v1.subscriptions.update(
        subscription.id, {"billing_cycle_anchor": {"type": "now"}, "proration_behavior": "none"}
    )

    assert amounts(shop.latest_invoice(changed)) == [1_000]
    assert the_item(changed).current_period_start >= START + 14 * DAY


def test_an_invoice_carries_ten_lines_and_lists_them_all(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)
    for quantity in range(2, 8):
        change(
            shop,
            subscription,
            quantity=quantity,
            proration_behavior="create_prorations",
            at=at_share(subscription, quantity, 28),
        )

    shop.later(by=29 * DAY)

    renewal = shop.latest_invoice(subscription)
    lines = list(shop.service.v1.invoices.line_items.list(renewal.id, {"limit": 5}).auto_paging_iter())
    assert (len(renewal.lines.data), renewal.lines.has_more, len(lines)) == (10, True, 13)
    # One seat more for the rest of the 28 days each time, and 7 x 10.00 for the month that comes.
    assert sum(line.amount for line in lines) == renewal.total
    assert abs(renewal.total - 7_000 - sum(1_000 * (28 - day) // 28 for day in range(2, 8))) <= 6


def test_nothing_new_bills_nothing(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000, 5)

    changed = change(shop, subscription, price=the_item(subscription).price.id, quantity=5)

    assert changed.latest_invoice.id == subscription.latest_invoice
