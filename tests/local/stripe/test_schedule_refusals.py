"""What Stripe refuses of schedules, and of subscriptions that have one."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.refusals import not_built, refused
from tests.local.stripe.scheduling import a_schedule, changed_later, now_phase, phases
from tests.local.stripe.shop import DAY, Shop


def test_a_schedule_is_made_from_a_subscription_and_nothing_else(shop: Shop) -> None:
    subscription = shop.a_subscription()
    create = shop.service.v1.subscription_schedules.create

    refusal = refused(lambda: create({"from_subscription": subscription.id, "end_behavior": "release"}))

    assert "cannot set `end_behavior` if `from_subscription` is set" in refusal
    assert shop.subscription(subscription).schedule is None
    assert "starts a subscription" in not_built(lambda: create({"customer": subscription.customer}))


def test_a_subscription_has_one_schedule(shop: Shop) -> None:
    subscription = shop.a_subscription()
    schedule = a_schedule(shop, subscription)

    refusal = refused(lambda: a_schedule(shop, subscription))

    assert f"already attached to a schedule: `{schedule.id}`" in refusal


def test_a_subscription_that_ends_gets_no_schedule(shop: Shop) -> None:
    ending, ended = shop.a_subscription(), shop.a_subscription()
    shop.service.v1.subscriptions.update(ending.id, {"cancel_at_period_end": True})
    shop.service.v1.subscriptions.cancel(ended.id)

    assert "set to cancel" in refused(lambda: a_schedule(shop, ending))
    assert "currently in the `canceled` status" in refused(lambda: a_schedule(shop, ended))


def test_an_unpaid_first_invoice_keeps_a_subscription_from_being_scheduled(shop: Shop) -> None:
    subscription = shop.operator.v1.subscriptions.create(
        {
            "customer": shop.a_customer(card="4000000000000341").id,
            "items": [{"price": shop.a_price().id}],
        }
    )

    assert "currently in the `incomplete` status" in refused(lambda: a_schedule(shop, subscription))


@pytest.mark.parametrize(
    ("why", "first", "then", "message"),
    [
        ("no start", {"start_date": None}, {}, "missing at least one phase with a `start_date`"),
        ("another start", {"start_date": 1}, {}, "can not modify the start date of the current phase"),
        ("a start of now", {"start_date": "now"}, {}, "can not modify the start date of the current phase"),
        ("a gap", {}, {"start_date": 2_000_000_000}, "must be the end date of the phase before"),
        ("an end before the start", {}, {"duration": None, "end_date": 1_769_900_000}, "must be after its start"),
        ("an end out of sight", {}, {"duration": None, "end_date": 9_999_999_999_999}, "within ten years"),
        ("too long", {}, {"duration": {"interval": "day", "interval_count": 10**9}}, "up to 120 intervals"),
        ("two ends", {}, {"end_date": 2_000_000_000}, "only specify one of these parameters: duration, end_date"),
        ("no end of the last", {}, {"duration": None}, r"Missing required param: phases\[1\]\[end_date\]"),
        ("no end of the first", {"end_date": None}, {}, r"Missing required param: phases\[0\]\[end_date\]"),
        ("no items", {}, {"items": None}, r"Missing required param: phases\[1\]\[items\]"),
        ("the old way to say how long", {}, {"iterations": 1}, r"unknown parameter: phases\[1\]\[iterations\]"),
        ("a price that is not", {}, {"items": [{"price": "price_none"}]}, "No such price"),
        ("no price", {}, {"items": [{"quantity": 2}]}, r"Missing required param: phases\[1\]\[items\]\[0\]\[price\]"),
        ("too few of it", {}, {"items": [{"price": "TEAM", "quantity": -1}]}, "greater than or equal to 0"),
        ("sold once", {}, {"items": [{"price": "PACK"}]}, "only accepts prices with `type=recurring`"),
        ("other money", {}, {"items": [{"price": "DOLLAR"}]}, "currency of a phase must be the subscription's"),
        ("a card of somebody else", {}, {"default_payment_method": "pm_none"}, "No such PaymentMethod"),
    ],
)
def test_phases_must_follow_each_other_from_the_current_one(
    shop: Shop, why: str, first: Any, then: Any, message: str
) -> None:
    subscription = shop.a_subscription()
    schedule = a_schedule(shop, subscription)
    team = shop.a_price(900)
    names = {"TEAM": team.id, "PACK": shop.a_price(500, None).id, "DOLLAR": shop.a_price(currency="usd").id}
    given = phases(schedule, team)
    for phase, changes in zip(given, (first, then), strict=True):
        phase.update(changes)
        for name in [name for name, value in phase.items() if value is None]:
            del phase[name]
        for item in phase.get("items", []):
            item["price"] = names.get(item.get("price"), item.get("price"))
            if item["price"] is None:
                del item["price"]
    update = shop.service.v1.subscription_schedules.update

    with pytest.raises(stripe.InvalidRequestError, match=message):
        update(schedule.id, {"phases": given, "metadata": {"op": "1"}})

    kept = shop.service.v1.subscription_schedules.retrieve(schedule.id)
    assert (kept.to_dict(), why) == (schedule.to_dict(), why)


def test_what_would_have_to_be_prorated_is_not_built(shop: Shop) -> None:
    subscription = shop.a_subscription()
    schedule = a_schedule(shop, subscription)
    update = shop.service.v1.subscription_schedules.update
    current = now_phase(schedule)
    more = {**current, "items": [{"price": current["items"][0]["price"], "quantity": 9}]}
    sooner = {**current, "end_date": current["end_date"] - DAY}
    new = phases(schedule, shop.a_price(900))[1]

    assert "current phase" in not_built(lambda: update(schedule.id, {"phases": [more, new]}))
    assert "inside a billing period" in not_built(lambda: update(schedule.id, {"phases": [sooner, new]}))
    assert "inside a billing period" in not_built(
        lambda: update(schedule.id, {"phases": [sooner], "end_behavior": "cancel"})
    )
    assert "last invoice" in not_built(lambda: shop.service.v1.subscription_schedules.cancel(schedule.id))
    assert shop.subscription(subscription).cancel_at is None


@pytest.mark.parametrize("verb", ["update", "release", "cancel"])
def test_a_schedule_that_is_over_stays_over(shop: Shop, verb: str) -> None:
    schedule = a_schedule(shop, shop.a_subscription())
    shop.service.v1.subscription_schedules.release(schedule.id)

    refusal = refused(lambda: getattr(shop.service.v1.subscription_schedules, verb)(schedule.id))

    assert f"You cannot {verb} a subscription schedule that is currently in the `released` status" in refusal


@pytest.mark.parametrize(
    ("why", "params"),
    [
        ("at the period's end", {"cancel_at_period_end": True}),
        ("in the portal's form", {"cancel_at": "min_period_end"}),
        ("undoing it", {"cancel_at": ""}),
    ],
)
def test_a_managed_subscription_is_not_cancelled_by_itself(shop: Shop, why: str, params: Any) -> None:
    subscription = shop.a_subscription()
    schedule = changed_later(shop, subscription, shop.a_price(900))

    refusal = refused(lambda: shop.service.v1.subscriptions.update(subscription.id, params))

    assert refusal.endswith(
        f"The subscription is managed by the subscription schedule `{schedule.id}`, and updating any cancelation "
        "behavior directly is not allowed. Please update the schedule instead."
    ), why
    assert shop.subscription(subscription).cancel_at is None
