"""Changes of a running subscription against the emulator: what is sent, what it does, and what Stripe refuses."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import stripe

from chalicelib.adapters.stripe.gateway import StripeGateway
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Item
from chalicelib.domain.subscriptions import Subscription
from chalicelib.errors import AddressNeeded, NotForSale, StripeRefused, StripeUnavailable
from infra.local.clock import Clock
from infra.local.stripe.emulator import Emulator
from infra.local.stripe.faults import CYCLE, Fault
from infra.stripe_offers import sync_offers
from tests.adapters.stripe.test_gateway import a_gateway, an_operator
from tests.builders import NOW, a_catalogue

DAY = 86_400
BUSINESS, SEATS = Item("business_month", 5, "month", new_interval=False), Item(None, 5, "month", new_interval=False)
YEAR = Item("team_year", 3, "year", new_interval=True)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(Clock(NOW)).serve() as emulator:
        sync_offers(an_operator(emulator), a_catalogue())
        yield emulator


@pytest.fixture(scope="module")
def gateway(emulator: Emulator) -> StripeGateway:
    return a_gateway(emulator.url)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK tries again without waiting."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)


def subscribed(emulator: Emulator, gateway: StripeGateway, card: str = "pm_card_visa", **more: Any) -> Subscription:
    """A new customer's, on Team by the month with three seats, with tax."""
    v1 = an_operator(emulator).v1
    customer = v1.customers.create({"name": "Acme", "address": {"country": "DE"}}).id
    method = v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    price = v1.prices.list({"lookup_keys": ["team_month"]}).data[0].id
    sold: Any = {
        "customer": customer,
        "items": [{"price": price, "quantity": 3}],
        "default_payment_method": method,
        "automatic_tax": {"enabled": True},
        "billing_mode": {"type": "flexible"},
        **more,
    }
    made = v1.subscriptions.create(sold).id
    if card != "pm_card_visa":
        other = v1.payment_methods.attach(card, {"customer": customer}).id
        v1.subscriptions.update(made, {"default_payment_method": other})
    return gateway.subscription(made, as_of=NOW)


def now_of(gateway: StripeGateway, subscription: Subscription) -> Subscription:
    return gateway.subscription(subscription.stripe_subscription_id, as_of=NOW)


def sent(emulator: Emulator) -> dict[str, Any]:
    return emulator.state.requests[-1]["parameters"]


def bills(emulator: Emulator, subscription: Subscription) -> list[tuple[str | None, str | None]]:
    """Reason and status of each invoice since the first."""
    params: Any = {"subscription": subscription.stripe_subscription_id}
    listed = an_operator(emulator).v1.invoices.list(params).data
    return [(each.billing_reason, each.status) for each in reversed(listed)][1:]


@pytest.mark.parametrize(
    ("why", "item", "becomes"),
    [
        ("a higher plan", BUSINESS, ("business", "month", 5)),
        ("more seats", SEATS, ("team", "month", 5)),
        ("by the year", YEAR, ("team", "year", 3)),
    ],
)
def test_it_is_previewed_and_charged_with_the_very_same_parameters(
    emulator: Emulator, gateway: StripeGateway, why: str, item: Item, becomes: tuple[str, str, int]
) -> None:
    before = subscribed(emulator, gateway)
    at = before.period.start + 60

    shown = gateway.preview(before, item, at)
    asked = next(each for each in reversed(emulator.state.requests) if "create_preview" in each["path"])["parameters"]
    gateway.charge_change(before, item, at, key=f"{why}:{before.stripe_subscription_id}")

    assert sent(emulator) == asked["subscription_details"] | {"payment_behavior": "pending_if_incomplete"}, why
    own = {"id": before.stripe_item_id, "quantity": str(item.quantity)}
    assert [own | {"price": each["price"]} for each in sent(emulator)["items"]] == sent(emulator)["items"]
    assert ("billing_cycle_anchor" in sent(emulator)) is item.new_interval
    after = now_of(gateway, before)
    assert (after.plan, after.interval, after.seats, after.other_items) == (*becomes, 0)
    assert after.stripe_item_id == before.stripe_item_id
    assert after.latest_invoice
    assert (after.latest_invoice.amount_due, bills(emulator, after)) == (shown.due, [("subscription_update", "paid")])
    assert {line.plan for line in shown.lines} == {"team", becomes[0]}
    assert shown.tax
    assert shown.due.amount == sum(line.amount for line in shown.lines) + shown.tax
    assert emulator.state.problems == []


def test_a_preview_costs_nothing_and_an_instant_outside_the_period_is_refused(
    emulator: Emulator, gateway: StripeGateway
) -> None:
    own = subscribed(emulator, gateway)

    for at in (own.period.start - 1, own.period.end + 1):
        with pytest.raises(StripeRefused):
            gateway.preview(own, BUSINESS, at)
    gateway.preview(own, BUSINESS, own.period.start)

    assert (now_of(gateway, own), bills(emulator, own)) == (own, [])


def test_what_a_renewal_costs_is_told_of_any_interval_and_of_what_is_to_end(
    emulator: Emulator, gateway: StripeGateway
) -> None:
    own = subscribed(emulator, gateway)

    # 3 x 15.00, 5 x 39.00 and 3 x 150.00, each with 19 %.
    assert gateway.preview_renewal(own, replace(SEATS, quantity=3)) == Money(5_355, "eur")
    assert gateway.preview_renewal(own, BUSINESS) == Money(23_205, "eur")
    assert gateway.preview_renewal(own, YEAR) == Money(53_550, "eur")
    gateway.cancel_at_period_end(own.stripe_subscription_id, reason=None, comment=None, key=f"c:{own.stripe_item_id}")
    assert gateway.preview_renewal(now_of(gateway, own), BUSINESS) == Money(23_205, "eur")
    assert bills(emulator, own) == []


@pytest.mark.parametrize(
    "ends",
    [lambda _: {}, lambda _: {"cancel_at_period_end": True}, lambda own: {"cancel_at": own.period.end}],
    ids=["never", "with the period", "at its end"],
)
def test_a_renewal_has_the_subscriptions_discount_whatever_is_asked_of_it(
    emulator: Emulator, gateway: StripeGateway, ends: Any
) -> None:
    v1 = an_operator(emulator).v1
    coupon = v1.coupons.create({"percent_off": 50, "duration": "forever"}).id
    own = subscribed(emulator, gateway, discounts=[{"coupon": coupon}])
    v1.subscriptions.update(own.stripe_subscription_id, ends(own))
    own = now_of(gateway, own)

    # Half of 5 x 39.00 and of 3 x 150.00, each with 19 %.
    assert gateway.preview_renewal(own, BUSINESS) == Money(11_603, "eur")
    assert gateway.preview_renewal(own, YEAR) == Money(26_775, "eur")
    assert (now_of(gateway, own), emulator.state.problems) == (own, [])


def test_a_renewal_takes_in_what_an_earlier_charge_leaves_of_a_balance(
    emulator: Emulator, gateway: StripeGateway
) -> None:
    own = subscribed(emulator, gateway)
    owed: Any = {"amount": -20_000, "currency": "eur"}
    an_operator(emulator).v1.customers.balance_transactions.create(own.stripe_customer_id, owed)

    # The change costs 232.05 less 53.55.
    bill = gateway.preview(own, BUSINESS, own.period.start)

    assert (bill.due, bill.balance) == (Money(0, "eur"), -2_150)
    assert gateway.preview_renewal(own, BUSINESS) == Money(3_205, "eur")
    assert gateway.preview_renewal(own, BUSINESS, bill.balance) == Money(21_055, "eur")
    assert gateway.preview_renewal(own, BUSINESS, -30_000) == Money(0, "eur")


def test_without_tax_a_renewal_is_reckoned_without_it(emulator: Emulator) -> None:
    untaxed = a_gateway(emulator.url, tax=False)
    own = subscribed(emulator, untaxed, automatic_tax={"enabled": False})

    assert untaxed.preview_renewal(own, YEAR) == Money(45_000, "eur")


def test_a_card_that_asks_the_bank_leaves_the_change_pending(emulator: Emulator, gateway: StripeGateway) -> None:
    own = subscribed(emulator, gateway, card="pm_card_authenticationRequired")

    gateway.charge_change(own, BUSINESS, own.period.start, key=f"p:{own.stripe_item_id}")

    waits = now_of(gateway, own)
    assert (waits.plan, waits.seats, waits.status) == ("team", 3, "active")
    assert waits.pending
    assert (waits.pending.plan, waits.pending.seats) == ("business", 5)
    assert bills(emulator, own) == [("subscription_update", "open")]
    gateway.void_pending(waits)
    assert now_of(gateway, own).pending is None
    assert bills(emulator, own) == [("subscription_update", "void")]


@pytest.mark.parametrize("card", ["pm_card_visa", "pm_card_authenticationRequired"])
@pytest.mark.parametrize("fault", [Fault.NONE, Fault.BEFORE, Fault.LOST, Fault.KEPT_UNDONE, Fault.KEPT_DONE])
def test_it_is_charged_once_whatever_comes_of_the_answer(
    emulator: Emulator, gateway: StripeGateway, fault: Fault, card: str
) -> None:
    own = subscribed(emulator, gateway, card)
    if fault is not Fault.NONE:
        emulator.state.faults.failures_so_far, emulator.state.faults.fail_api = CYCLE.index(fault), 1

    for _ in range(2):
        gateway.charge_change(own, BUSINESS, own.period.start, key=f"once:{own.stripe_item_id}")

    assert [reason for reason, _ in bills(emulator, own)] == ["subscription_update"]


def test_a_locked_subscription_is_to_be_tried_again(emulator: Emulator, gateway: StripeGateway) -> None:
    own = subscribed(emulator, gateway)
    emulator.state.faults.lock_timeout, emulator.state.faults.locks_so_far = 1, 1

    with pytest.raises(StripeUnavailable):
        gateway.charge_change(own, BUSINESS, own.period.start, key=f"locked:{own.stripe_item_id}")
    gateway.charge_change(own, BUSINESS, own.period.start, key=f"locked:{own.stripe_item_id}")

    assert now_of(gateway, own).plan == "business"


def test_what_cannot_be_taxed_is_neither_shown_nor_charged(emulator: Emulator, gateway: StripeGateway) -> None:
    own = subscribed(emulator, gateway)
    an_operator(emulator).v1.customers.update(own.stripe_customer_id, {"address": ""})

    with pytest.raises(AddressNeeded):
        gateway.preview(own, BUSINESS, own.period.start)
    with pytest.raises(StripeRefused) as refused:
        gateway.charge_change(own, BUSINESS, own.period.start, key=f"t:{own.stripe_item_id}")

    assert refused.value.stripe_code == "customer_tax_location_invalid"
    assert bills(emulator, own) == []


def managed(emulator: Emulator, own: Subscription) -> None:
    an_operator(emulator).v1.subscription_schedules.create({"from_subscription": own.stripe_subscription_id})


def ended(emulator: Emulator, own: Subscription) -> None:
    an_operator(emulator).v1.subscriptions.cancel(own.stripe_subscription_id)


@pytest.mark.parametrize("meanwhile", [managed, ended])
def test_what_a_schedule_manages_or_what_has_ended_is_not_charged(
    emulator: Emulator, gateway: StripeGateway, meanwhile: Any
) -> None:
    own = subscribed(emulator, gateway)
    meanwhile(emulator, own)

    with pytest.raises(StripeRefused):
        gateway.charge_change(own, BUSINESS, own.period.start, key=f"m:{own.stripe_item_id}")

    assert bills(emulator, own) == []


def test_an_item_that_is_not_there_any_more_is_refused_and_no_second_one_made(
    emulator: Emulator, gateway: StripeGateway
) -> None:
    own = replace(subscribed(emulator, gateway), stripe_item_id="si_none")

    with pytest.raises(StripeRefused):
        gateway.charge_change(own, BUSINESS, own.period.start, key=f"i:{own.stripe_subscription_id}")

    assert now_of(gateway, own).other_items == 0


def test_a_price_that_stripe_lacks_is_not_for_sale(emulator: Emulator, gateway: StripeGateway) -> None:
    with pytest.raises(NotForSale):
        gateway.preview(subscribed(emulator, gateway), replace(BUSINESS, lookup_key="none"), NOW)
