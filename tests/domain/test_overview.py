"""What a billing page shows, true for the instant it is asked for."""

from typing import Any

import pytest

from chalicelib.domain.money import Money
from chalicelib.domain.overview import NextCharge, overview_of
from chalicelib.domain.periods import DAY, Period, months_after
from chalicelib.domain.subscriptions import Bought
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


def seen(state: Any, profile: Any, now: int = NOW) -> Any:
    return overview_of(state, profile, a_catalogue(), now)


def test_a_subscriber_sees_what_is_paid_and_what_comes_next() -> None:
    profile = a_profile(subscription=a_subscription(), payment_method=CARD)

    overview = seen(a_team_state(used={"sessions": 1_700}), profile)

    assert (overview.plan, overview.plan_name, overview.interval) == ("team", "Team", "month")
    assert (overview.status, overview.standing) == ("active", "good")
    assert overview.period == overview.usage_period == Period(SUBSCRIBED, RENEWAL)
    assert (overview.renews_at, overview.ends_at) == (RENEWAL, None)
    assert overview.next_charge == NextCharge(Money(5_355, "eur"), RENEWAL)
    assert overview.payment_method == CARD
    assert [(bar.meter, bar.used, bar.level) for bar in overview.usage][:1] == [("sessions", 1_700, "warning")]
    assert [bar.meter for bar in overview.usage] == list(a_catalogue().meters)


def test_free_has_its_usage_period_and_nothing_to_pay() -> None:
    overview = seen(a_state(), a_profile())

    assert (overview.plan, overview.interval, overview.status) == ("free", None, "free")
    assert overview.period == overview.usage_period
    assert (overview.renews_at, overview.ends_at, overview.next_charge) == (None, None, None)


def test_after_the_end_it_is_free_again() -> None:
    over = a_subscription(status="canceled", ended_at=NOW - 5, cancel_at_period_end=True)

    overview = seen(a_state(), a_profile(subscription=over))

    assert (overview.status, overview.interval, overview.ends_at) == ("free", None, None)


@pytest.mark.parametrize(
    ("why", "fields"),
    [
        ("a first debit is on its way", {"latest_invoice": an_invoice(reason="subscription_create")}),
        ("the first payment is still to come", {"status": "incomplete"}),
    ],
)
def test_what_was_never_paid_is_not_shown_as_if_it_were(why: str, fields: dict[str, Any]) -> None:
    overview = seen(a_state(), a_profile(subscription=a_subscription(**fields)))

    assert (overview.plan, overview.interval, overview.period) == ("free", None, overview.usage_period), why
    assert (overview.renews_at, overview.next_charge) == (None, None), why


def test_a_year_that_is_not_paid_yet_is_not_shown_before_it_is() -> None:
    month = Bought("team_month", "price_1", 3, "month", Period(SUBSCRIBED, RENEWAL))
    unpaid = an_invoice(reason="subscription_update")
    year = a_subscription(
        price="team_year", period=Period(NOW, months_after(NOW, 12)), latest_invoice=unpaid, bought=month
    )

    overview = seen(a_team_state(), a_profile(subscription=year))

    assert (overview.plan, overview.interval, overview.period) == ("team", "month", Period(SUBSCRIBED, RENEWAL))
    assert (overview.renews_at, overview.next_charge) == (None, None)


def test_more_seats_that_are_not_paid_yet_change_nothing_of_the_period() -> None:
    month = Bought("team_month", "price_1", 3, "month", Period(SUBSCRIBED, RENEWAL))
    more = a_subscription(seats=5, latest_invoice=an_invoice(reason="subscription_update"), bought=month)

    overview = seen(a_team_state(), a_profile(subscription=more))

    assert (overview.interval, overview.period, overview.renews_at) == ("month", month.period, RENEWAL)
    assert overview.seats.bought == 3


@pytest.mark.parametrize(
    ("why", "fields", "renews", "ends"),
    [
        ("it renews", {}, True, False),
        ("it was cancelled", {"cancel_at_period_end": True}, False, True),
        ("the renewal is unpaid and tried again", {"status": "past_due"}, True, False),
        ("nothing is charged any more", {"status": "unpaid"}, False, False),
    ],
)
def test_it_renews_or_ends(why: str, fields: dict[str, Any], renews: bool, ends: bool) -> None:
    overview = seen(a_team_state(), a_profile(subscription=a_subscription(**fields)))

    assert (overview.renews_at is not None, overview.ends_at is not None) == (renews, ends), why
    assert (overview.next_charge is not None) is renews


def test_a_period_that_has_ended_is_not_shown_any_more() -> None:
    overview = seen(a_state(used={"sessions": 9}), a_profile(), now=months_after(OPENED, 1))

    assert overview.usage_period.start == months_after(OPENED, 1)
    assert overview.usage[0].used == 0


@pytest.mark.parametrize(("now", "standing"), [(NOW + DAY - 1, "grace"), (NOW + DAY, "none")])
def test_grace_runs_out_by_the_second(now: int, standing: str) -> None:
    state = a_team_state(standing="grace", grace_until=NOW + DAY)

    assert seen(state, a_profile(subscription=a_subscription(status="past_due")), now).standing == standing


@pytest.mark.parametrize(
    ("why", "bought", "active", "free", "over"),
    [("some free", 3, 1, 2, 0), ("full", 3, 3, 0, 0), ("over", 3, 5, 0, 2)],
)
def test_seats(why: str, bought: int, active: int, free: int, over: int) -> None:
    seats = seen(a_team_state(seats_bought=bought, seats_active=active), a_profile()).seats

    assert (seats.bought, seats.active, seats.free, seats.over) == (bought, active, free, over), why


def test_a_plan_that_left_the_catalogue_is_shown_by_its_id() -> None:
    profile = a_profile(subscription=a_subscription(price="price_1"), drift="not in the catalogue")

    overview = seen(a_team_state(plan="gold"), profile)

    assert (overview.plan, overview.plan_name, overview.interval) == ("gold", "gold", None)
    assert overview.drift == "not in the catalogue"


def test_debt_is_shown_and_not_clamped() -> None:
    overview = seen(a_state(granted=100, spent=130), a_profile())

    assert (overview.balance, overview.available, overview.held) == (-30, -30, 0)
