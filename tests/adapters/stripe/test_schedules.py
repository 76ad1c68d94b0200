"""Subscription schedules against the emulator: made, replaced, kept by what they do not change, released, refused."""

from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from typing import Any

import pytest
import stripe

from chalicelib.adapters.stripe.gateway import StripeGateway
from chalicelib.adapters.stripe.schedules import OVER, scheduled
from chalicelib.domain.orders import Item
from chalicelib.domain.subscriptions import Scheduled, Subscription
from chalicelib.errors import StripeGone, StripeRefused
from infra.local.clock import Clock
from infra.local.stripe.emulator import Emulator
from infra.local.stripe.faults import CYCLE, Fault
from infra.stripe_offers import sync_offers
from tests.adapters.stripe.test_changes import now_of, subscribed
from tests.adapters.stripe.test_gateway import a_gateway, an_operator
from tests.builders import NOW, a_catalogue

PERSONAL, FEWER = Item("personal_month", 1, "month", new_interval=False), Item(None, 2, "month", new_interval=False)
YEAR = Item("team_year", 3, "year", new_interval=True)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(Clock(NOW)).serve() as emulator:
        sync_offers(an_operator(emulator), a_catalogue())
        yield emulator


@pytest.fixture(scope="module")
def gateway(emulator: Emulator) -> StripeGateway:
    return a_gateway(emulator.url)


@pytest.fixture
def own(emulator: Emulator, gateway: StripeGateway) -> Subscription:
    """On Team by the month with three seats."""
    return subscribed(emulator, gateway)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK tries again without waiting."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)


def at_stripe(emulator: Emulator, own: Subscription) -> list[dict[str, Any]]:
    """Every schedule of the customer, newest first."""
    params: Any = {"customer": own.stripe_customer_id}
    return [each.to_dict() for each in an_operator(emulator).v1.subscription_schedules.list(params).data]


def key_of(own: Subscription) -> str:
    return f"schedule:{own.stripe_subscription_id}"


def ahead(subscription: Subscription) -> tuple[str | None, str | None, int, int | None] | None:
    found = subscription.scheduled
    return (found.plan, found.interval, found.seats, found.at) if found else None


@pytest.mark.parametrize(
    ("why", "item", "becomes"),
    [
        ("a lower plan", PERSONAL, ("personal", "month", 1)),
        ("fewer seats", FEWER, ("team", "month", 2)),
        ("another interval", YEAR, ("team", "year", 3)),
    ],
)
def test_it_happens_when_the_running_phase_ends_and_then_the_schedule_lets_go(
    emulator: Emulator, gateway: StripeGateway, own: Subscription, why: str, item: Item, becomes: tuple[str, str, int]
) -> None:
    gateway.schedule(own, item, key=key_of(own))

    after = now_of(gateway, own)
    assert ahead(after) == (*becomes, own.period.end), why
    assert (after.plan, after.seats, after.period, after.ends_at) == ("team", 3, own.period, None)
    [made] = at_stripe(emulator, own)
    assert (made["end_behavior"], [phase["proration_behavior"] for phase in made["phases"]]) == (
        "release",
        ["none"] * 2,
    )
    running, last = made["phases"]
    assert (running["start_date"], running["end_date"]) == (own.period.start, own.period.end)
    assert last["end_date"] is not None
    assert [phase["automatic_tax"]["enabled"] for phase in made["phases"]] == [True, True]
    # A card given since would not be asked, but the one of today.
    assert last["default_payment_method"] is None
    assert emulator.state.problems == []


def test_a_schedule_that_is_there_is_given_the_new_phases(
    emulator: Emulator, gateway: StripeGateway, own: Subscription
) -> None:
    gateway.schedule(own, PERSONAL, key=key_of(own))
    first = now_of(gateway, own)
    gateway.schedule(first, FEWER, key=f"{key_of(own)}:again")

    assert ahead(now_of(gateway, own)) == ("team", "month", 2, own.period.end)
    assert len(at_stripe(emulator, own)) == 1


def test_one_that_somebody_made_without_anything_ahead_is_used(
    emulator: Emulator, gateway: StripeGateway, own: Subscription
) -> None:
    params: Any = {"from_subscription": own.stripe_subscription_id}
    made = an_operator(emulator).v1.subscription_schedules.create(params).id
    bare = now_of(gateway, own)
    assert bare.scheduled == Scheduled(made)

    gateway.schedule(bare, PERSONAL, key=key_of(own))

    assert ahead(now_of(gateway, own)) == ("personal", "month", 1, own.period.end)
    assert [each["id"] for each in at_stripe(emulator, own)] == [made]


def test_a_discount_and_whatever_else_is_sold_stay(emulator: Emulator, gateway: StripeGateway) -> None:
    v1 = an_operator(emulator).v1
    coupon = v1.coupons.create({"percent_off": 10, "duration": "forever"}).id
    own = subscribed(emulator, gateway, discounts=[{"coupon": coupon}])
    beside: Any = {
        "currency": "eur",
        "unit_amount": 700,
        "tax_behavior": "exclusive",
        "recurring": {"interval": "month"},
        "product_data": {"name": "Support"},
    }
    support = v1.prices.create(beside).id
    added: Any = {"items": [{"price": support, "quantity": 2}], "proration_behavior": "none"}
    v1.subscriptions.update(own.stripe_subscription_id, added)
    own = now_of(gateway, own)

    gateway.schedule(own, PERSONAL, key=key_of(own))

    [made] = at_stripe(emulator, own)
    assert ahead(now_of(gateway, own)) == ("personal", "month", 1, own.period.end)
    for phase in made["phases"]:
        assert (support, 2) in [(each["price"], each["quantity"]) for each in phase["items"]]
        assert len(phase["discounts"]) == 1


def test_released_it_leaves_the_subscription_as_it_is(
    emulator: Emulator, gateway: StripeGateway, own: Subscription
) -> None:
    gateway.schedule(own, PERSONAL, key=key_of(own))
    attached = now_of(gateway, own).scheduled
    assert attached

    for _ in range(2):
        gateway.release(attached, key=f"release:{own.stripe_subscription_id}")

    after = now_of(gateway, own)
    assert (after.scheduled, after.plan, after.seats, after.ends_at) == (None, "team", 3, None)
    assert [each["status"] for each in at_stripe(emulator, own)] == ["released"]
    with pytest.raises(StripeRefused):
        gateway.release(attached, key=f"again:{own.stripe_subscription_id}")
    with pytest.raises(StripeRefused):
        gateway.schedule(replace(own, scheduled=attached), FEWER, key=f"late:{own.stripe_subscription_id}")
    with pytest.raises(StripeGone):
        gateway.release(Scheduled("sub_sched_none"), key="none")


class Faulting:
    """Calls whose n-th change meets a fault at Stripe."""

    def __init__(self, calls: Any, emulator: Emulator, fault: Fault, at: int) -> None:
        self.ask, self._make, self._faults = calls.ask, calls.make, emulator.state.faults
        self._fault, self._left = fault, at

    def make(self, *args: Any, **named: Any) -> Any:
        if self._left == 0:
            self._faults.failures_so_far, self._faults.fail_api = CYCLE.index(self._fault), 1
        self._left -= 1
        return self._make(*args, **named)


@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.LOST, Fault.KEPT_UNDONE, Fault.KEPT_DONE])
@pytest.mark.parametrize("call", ["the making", "the phases"])
def test_one_is_made_whatever_comes_of_the_answer(
    emulator: Emulator, gateway: StripeGateway, own: Subscription, fault: Fault, call: str
) -> None:
    troubled: Any = copy(gateway)
    troubled._calls = Faulting(troubled._calls, emulator, fault, ["the making", "the phases"].index(call))

    troubled.schedule(own, PERSONAL, key=key_of(own))

    assert emulator.state.faults.fail_api == 0
    assert ahead(now_of(gateway, own)) == ("personal", "month", 1, own.period.end)
    assert len(at_stripe(emulator, own)) == 1


def test_what_is_to_end_or_has_ended_has_no_schedule(
    emulator: Emulator, gateway: StripeGateway, own: Subscription
) -> None:
    v1 = an_operator(emulator).v1
    v1.subscriptions.update(own.stripe_subscription_id, {"cancel_at_period_end": True})
    with pytest.raises(StripeRefused):
        gateway.schedule(own, PERSONAL, key=key_of(own))

    v1.subscriptions.cancel(own.stripe_subscription_id)
    with pytest.raises(StripeRefused):
        gateway.schedule(own, PERSONAL, key=f"{key_of(own)}:ended")

    assert at_stripe(emulator, own) == []


# -- what an expanded schedule says

PRICES = {
    "price_team": {"id": "price_team", "lookup_key": "team_month", "recurring": {"interval": "month"}},
    "price_other": {"id": "price_other", "lookup_key": None, "recurring": {"interval": "year"}},
}


def a_schedule(*phases: tuple[int, list[tuple[str, int]]], status: str = "active") -> dict[str, Any]:
    return {
        "id": "sub_sched_1",
        "status": status,
        "current_phase": {"start_date": NOW, "end_date": NOW + 10},
        "phases": [
            {"start_date": at, "items": [{"price": price, "quantity": count} for price, count in items]}
            for at, items in phases
        ],
    }


@pytest.mark.parametrize(
    ("why", "raw", "says"),
    [
        ("none is attached", None, None),
        *(
            (f"it is {status}", a_schedule((NOW + 10, [("price_team", 2)]), status=status), None)
            for status in sorted(OVER)
        ),
        ("nothing is ahead", a_schedule((NOW, [("price_team", 3)])), Scheduled("sub_sched_1")),
        ("a phase without items", a_schedule((NOW, [("price_team", 3)]), (NOW + 10, [])), Scheduled("sub_sched_1")),
        (
            "the next phase, and not the one after it",
            a_schedule((NOW, [("price_team", 3)]), (NOW + 10, [("price_team", 2)]), (NOW + 20, [("price_team", 9)])),
            Scheduled("sub_sched_1", "team", "month", 2, NOW + 10),
        ),
        (
            "the item whose price is a plan's",
            a_schedule((NOW + 10, [("price_other", 1), ("price_team", 4)])),
            Scheduled("sub_sched_1", "team", "month", 4, NOW + 10),
        ),
        (
            "a price that no plan has",
            a_schedule((NOW + 10, [("price_other", 1)])),
            Scheduled("sub_sched_1", None, "year", 1, NOW + 10),
        ),
    ],
)
def test_what_a_schedule_has_ahead(why: str, raw: dict[str, Any] | None, says: Scheduled | None) -> None:
    assert scheduled(raw, PRICES.__getitem__, a_catalogue()) == says, why
