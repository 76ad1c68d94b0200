"""What a fetched subscription changes in its account, case by case."""

from typing import Any

import pytest

from chalicelib.domain.adoption import adopted
from chalicelib.domain.journal import Change
from chalicelib.domain.money import Money
from chalicelib.domain.periods import DAY, Period, months_after
from chalicelib.domain.subscriptions import PaymentRequired, Pending, Subscription
from tests.builders import (
    CARD,
    NOW,
    OPENED,
    RENEWAL,
    SUBSCRIBED,
    a_catalogue,
    a_profile,
    a_state,
    a_subscription,
    a_team_state,
    an_invoice,
)


def adopting(state: Any, profile: Any, subscription: Subscription) -> tuple[Change | None, Any]:
    outcome = adopted(state, profile, subscription, CARD, a_catalogue())
    assert outcome is not None
    return outcome


def a_subscriber(**fields: Any) -> Any:
    return a_profile(subscription=a_subscription(**fields), payment_method=CARD)


def test_a_first_subscription_starts_the_plan_and_a_new_usage_period() -> None:
    state = a_state(used={"sessions": 9, "storage": 50})

    change, profile = adopting(state, a_profile(), a_subscription())

    assert change is not None
    after = change.after
    assert (after.plan, after.standing, after.seats_bought) == ("team", "good", 3)
    assert (after.anchor, after.period) == (SUBSCRIBED, Period(SUBSCRIBED, RENEWAL))
    assert (after.used["sessions"], after.used["storage"]) == (0, 50)
    assert change.periods[OPENED].period == Period(OPENED, SUBSCRIBED)
    assert change.periods[OPENED].used["sessions"] == 9
    assert [notice.kind for notice in change.notices] == ["plan_changed"]
    assert change.cause == "subscription:sub_1"
    assert (profile.subscription, profile.payment_method) == (a_subscription(), CARD)


def test_the_same_again_changes_nothing() -> None:
    newer = a_subscription(as_of=NOW + 100)

    assert adopted(a_team_state(), a_subscriber(), newer, CARD, a_catalogue()) is None


def test_what_is_only_for_show_changes_the_profile_alone() -> None:
    newer = a_subscription(as_of=NOW + 100, next_charge=Money(9, "eur"))

    change, profile = adopting(a_team_state(), a_subscriber(), newer)

    assert change is None
    assert profile.subscription == newer


def test_a_changed_number_of_seats_moves_no_anchor() -> None:
    change, _ = adopting(a_team_state(), a_subscriber(), a_subscription(seats=7))

    assert change is not None
    assert (change.after.seats_bought, change.after.anchor, change.after.period.start) == (7, SUBSCRIBED, SUBSCRIBED)
    assert [(notice.kind, notice.detail) for notice in change.notices] == [("seats_changed", "from 3 to 7")]


@pytest.mark.parametrize(
    ("why", "active", "seats", "told"),
    [
        ("fewer seats than members", 3, 2, ["from 3 to 2", "seats missing: 1"]),
        ("a seat for each member", 2, 2, ["from 3 to 2"]),
        ("more, and still too few", 9, 5, ["from 3 to 5"]),
    ],
)
def test_a_reduction_says_how_many_seats_are_missing(why: str, active: int, seats: int, told: list[str]) -> None:
    change, _ = adopting(a_team_state(seats_active=active), a_subscriber(), a_subscription(seats=seats))

    assert change is not None
    assert [notice.detail for notice in change.notices] == told, why


def test_another_plan_of_a_subscriber_moves_no_anchor() -> None:
    change, _ = adopting(a_team_state(), a_subscriber(), a_subscription(price="business_year", created=NOW))

    assert change is not None
    assert (change.after.plan, change.after.anchor) == ("business", SUBSCRIBED)


def test_the_end_brings_free_with_its_seats_and_nothing_to_pay() -> None:
    profile = a_profile(
        subscription=a_subscription(status="past_due"), payment_required=PaymentRequired("u", Money(1, "eur"))
    )
    over = a_subscription(status="canceled", ended_at=NOW, latest_invoice=an_invoice())

    change, after = adopting(a_team_state(standing="grace", grace_until=RENEWAL), profile, over)

    assert change is not None
    assert (change.after.plan, change.after.standing, change.after.seats_bought) == ("free", "good", 1)
    assert change.after.grace_until is None
    assert after.payment_required is None
    assert [notice.kind for notice in change.notices] == ["plan_changed"]


FAILED = {"status": "past_due", "period": Period(RENEWAL, months_after(SUBSCRIBED, 2)), "latest_invoice": an_invoice()}


def test_a_failed_renewal_is_grace_for_the_catalogues_days_and_says_where_to_pay() -> None:
    change, profile = adopting(a_team_state(), a_subscriber(), a_subscription(**FAILED, as_of=RENEWAL + 60))

    assert change is not None
    assert (change.after.standing, change.after.grace_until) == ("grace", RENEWAL + 7 * DAY)
    assert profile.payment_required == PaymentRequired("https://invoice.example.com/in_1", Money(5_355, "eur"))
    assert [notice.kind for notice in change.notices] == ["payment_failed"]


def test_a_failure_that_is_heard_of_after_its_grace_gives_none() -> None:
    change, _ = adopting(a_team_state(), a_subscriber(), a_subscription(**FAILED, as_of=RENEWAL + 7 * DAY))

    assert change is not None
    assert (change.after.standing, change.after.grace_until) == ("none", None)


@pytest.mark.parametrize(
    ("standing", "until"), [("grace", RENEWAL + 7 * DAY), ("none", None)], ids=["not booked yet", "booked"]
)
def test_a_second_unpaid_period_gives_no_second_grace(standing: str, until: int | None) -> None:
    later = Period(months_after(SUBSCRIBED, 2), months_after(SUBSCRIBED, 3))
    fetched = a_subscription(**{**FAILED, "period": later}, as_of=later.start)

    change, _ = adopting(a_team_state(standing=standing, grace_until=until), a_subscriber(**FAILED), fetched)

    after = change.after if change else a_team_state(standing="none")
    assert (after.standing, after.grace_until) == ("none", None)


@pytest.mark.parametrize("standing", ["grace", "none"])
def test_a_payment_brings_good_standing_back(standing: str) -> None:
    state = a_team_state(standing=standing, grace_until=RENEWAL + DAY if standing == "grace" else None)

    change, profile = adopting(state, a_subscriber(**FAILED), a_subscription(as_of=RENEWAL + DAY))

    assert change is not None
    assert (change.after.standing, change.after.grace_until) == ("good", None)
    assert profile.payment_required is None
    assert [notice.kind for notice in change.notices] == ["payment_recovered"]


@pytest.mark.parametrize(
    ("why", "fields"),
    [
        ("paid", {"latest_invoice": an_invoice(status="paid")}),
        ("no page", {"latest_invoice": an_invoice(hosted_url=None)}),
        ("no invoice", {"latest_invoice": None}),
    ],
)
def test_there_is_nothing_to_pay_without_an_open_invoice(why: str, fields: dict[str, Any]) -> None:
    _, profile = adopting(a_team_state(), a_subscriber(), a_subscription(**{**FAILED, **fields}))

    assert profile.payment_required is None, why


def test_an_unknown_price_keeps_the_plan_and_says_so() -> None:
    outcome = adopting(a_team_state(), a_subscriber(), a_subscription(price="price_x", seats=5))

    change, profile = outcome
    assert change is not None
    assert (change.after.plan, change.after.standing, change.after.seats_bought) == ("team", "good", 5)
    assert profile.drift == "Stripe's price price_x is not in the catalogue"


def test_an_unknown_price_gives_free_nothing() -> None:
    change, profile = adopting(a_state(), a_profile(), a_subscription(price="price_x"))

    assert change is None
    assert profile.drift


def test_the_end_of_an_unknown_price_ends_the_plan_that_was_kept() -> None:
    profile = a_subscriber(price="price_x")

    change, after = adopting(a_team_state(), profile, a_subscription(price="price_x", status="canceled"))

    assert change is not None
    assert change.after.plan == "free"
    assert after.drift is None


def test_a_known_price_again_ends_the_drift() -> None:
    profile = a_profile(subscription=a_subscription(price="price_x"), payment_method=CARD, drift="x")

    assert adopting(a_team_state(), profile, a_subscription())[1].drift is None


def test_another_subscriptions_unpaid_time_is_no_grace_of_this_one() -> None:
    state = a_team_state(standing="none", grace_until=None)
    fresh = a_subscription(**FAILED, stripe_subscription_id="sub_2", as_of=RENEWAL + 60)

    change, _ = adopting(state, a_subscriber(**FAILED), fresh)

    assert change is not None
    assert (change.after.standing, change.after.grace_until) == ("grace", RENEWAL + 7 * DAY)


def test_a_change_that_waits_for_its_payment_says_where_and_until_when() -> None:
    pending = Pending("business", "month", 9, NOW + DAY)
    fetched = a_subscription(latest_invoice=an_invoice(reason="subscription_update"), pending=pending)

    change, profile = adopting(a_team_state(), a_subscriber(), fetched)

    assert change is None
    assert profile.payment_required == PaymentRequired(an_invoice().hosted_url or "", Money(5_355, "eur"), NOW + DAY)


def test_a_change_whose_card_failed_is_no_failed_renewal() -> None:
    failed = a_subscription(
        price="business_month", status="past_due", latest_invoice=an_invoice(reason="subscription_update")
    )

    change, profile = adopting(a_team_state(), a_subscriber(), failed)

    assert change is None
    assert profile.payment_required is not None


def test_a_debit_on_its_way_asks_nothing_of_the_customer() -> None:
    on_its_way = a_subscription(price="business_month", latest_invoice=an_invoice(reason="subscription_update"))

    assert adopting(a_team_state(), a_subscriber(), on_its_way)[1].payment_required is None


def test_what_another_subscription_gave_is_nothing_of_this_one() -> None:
    unpaid = a_subscription(
        stripe_subscription_id="sub_2", price="business_month", latest_invoice=an_invoice(reason="subscription_update")
    )

    change, _ = adopting(a_team_state(), a_subscriber(status="canceled"), unpaid)

    assert change is not None
    assert change.after.plan == "free"


def test_a_first_debit_that_came_to_nothing_is_told_once() -> None:
    first = {"reason": "subscription_create"}
    before = a_subscriber(latest_invoice=an_invoice(**first))
    over = a_subscription(status="canceled", ended_at=NOW, latest_invoice=an_invoice(**first, status="void"))

    change, after = adopting(a_state(), before, over)

    assert change is not None
    assert (change.after.plan, [notice.kind for notice in change.notices]) == ("free", ["first_payment_failed"])
    assert adopted(change.after, after, over, CARD, a_catalogue()) is None


def test_more_items_than_one_are_shown() -> None:
    assert adopting(a_team_state(), a_subscriber(), a_subscription(other_items=2))[1].drift == (
        "Stripe's subscription has more items: 2"
    )
