"""What a subscription gives in each state of it: only what is paid for, or in grace."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.in_force import InForce, ended, in_force
from chalicelib.domain.money import Money
from chalicelib.domain.periods import DAY, Period
from chalicelib.domain.subscriptions import Bought, LatestInvoice, Pending, Subscription
from tests.builders import NOW, RENEWAL, SUBSCRIBED, a_catalogue, a_subscription, an_invoice

FREE, RESTRICTED = InForce("free", "good", None, 1), InForce("free", "none", None, 1)
PERSONAL, TEAM = InForce("personal", "good", None, 1), InForce("team", "good", None, 3)
ENTERPRISE = InForce("enterprise", "good", None, 20)

FIRST = {"reason": "subscription_create"}
CHANGE = {"reason": "subscription_update"}
BUSINESS = {"price": "business_month", "seats": 9}
OWED_SINCE = NOW - 6 * DAY
DUE = SUBSCRIBED + 30 * DAY


def given(had: InForce, **fields: Any) -> InForce:
    return in_force(a_subscription(**fields), had, a_catalogue())


@pytest.mark.parametrize(
    ("why", "fields", "plan", "standing", "seats"),
    [
        ("paid", {"status": "active"}, "team", "good", 3),
        ("on trial", {"status": "trialing"}, "team", "good", 3),
        ("all retries failed", {"status": "unpaid"}, "team", "none", 3),
        ("paused", {"status": "paused"}, "team", "none", 3),
        ("a status of tomorrow", {"status": "a_new_one"}, "team", "none", 3),
        ("never paid", {"status": "incomplete"}, "free", "good", 1),
        ("never paid in time", {"status": "incomplete_expired"}, "free", "good", 1),
        ("over", {"status": "canceled"}, "free", "good", 1),
        ("a plan that comes with its seats", {"price": "personal_month", "seats": 5}, "personal", "good", 1),
    ],
)
def test_what_each_status_gives(why: str, fields: dict[str, Any], plan: str, standing: str, seats: int) -> None:
    assert given(TEAM, **fields) == InForce(plan, standing, None, seats), why


def test_no_subscription_gives_the_free_plan() -> None:
    assert in_force(None, FREE, a_catalogue()) == FREE


@pytest.mark.parametrize(
    ("why", "now", "standing", "until"),
    [
        ("it has just failed", OWED_SINCE, "grace", OWED_SINCE + 7 * DAY),
        ("the last second of grace", OWED_SINCE + 7 * DAY - 1, "grace", OWED_SINCE + 7 * DAY),
        ("grace is over", OWED_SINCE + 7 * DAY, "none", None),
    ],
)
def test_grace_lasts_seven_days_from_the_renewal_that_failed(why: str, now: int, standing: str, until: Any) -> None:
    force = given(TEAM, status="past_due", as_of=now, latest_invoice=an_invoice(created=OWED_SINCE))

    assert force == InForce("team", standing, until, 3), why


def test_grace_of_a_period_whose_invoice_nobody_knows_starts_with_it() -> None:
    assert given(TEAM, status="past_due", as_of=SUBSCRIBED).grace_until == SUBSCRIBED + 7 * DAY


@pytest.mark.parametrize(
    ("why", "status", "invoice", "expected"),
    [
        ("a debit for it is on its way", "active", "open", FREE),
        ("not finalised yet", "active", "draft", FREE),
        ("the debit came to nothing, and Stripe goes on", "active", "void", FREE),
        ("paid", "active", "paid", TEAM),
        ("waived", "active", "uncollectible", TEAM),
        ("past due, and none of it was ever paid", "past_due", "open", FREE),
    ],
)
def test_a_plan_begins_with_its_first_payment(why: str, status: str, invoice: str, expected: InForce) -> None:
    assert given(FREE, status=status, latest_invoice=an_invoice(**FIRST, status=invoice)) == expected, why


@pytest.mark.parametrize(
    ("why", "had", "left"),
    [
        ("nothing was in force", FREE, FREE),
        ("still only log in and export", RESTRICTED, RESTRICTED),
        ("another one's plan ended", TEAM, FREE),
    ],
)
@pytest.mark.parametrize("status", ["active", "canceled"])
def test_what_was_never_paid_gives_and_takes_nothing(status: str, why: str, had: InForce, left: InForce) -> None:
    unpaid = an_invoice(**FIRST, status="open" if status == "active" else "void")

    assert given(had, status=status, latest_invoice=unpaid, price="business_month") == left, why


@pytest.mark.parametrize(
    ("why", "status", "invoice", "expected"),
    [
        ("a debit for it is on its way", "active", "open", TEAM),
        ("not finalised yet", "active", "draft", TEAM),
        ("its card failed: no dunning", "past_due", "open", TEAM),
        ("all retries failed", "unpaid", "open", InForce("team", "none", None, 3)),
        ("paid", "active", "paid", InForce("business", "good", None, 9)),
        ("waived", "active", "void", InForce("business", "good", None, 9)),
        ("written off", "active", "uncollectible", InForce("business", "good", None, 9)),
    ],
)
def test_a_change_is_in_force_once_it_is_paid(why: str, status: str, invoice: str, expected: InForce) -> None:
    change = an_invoice(**CHANGE, status=invoice, created=SUBSCRIBED)

    assert given(TEAM, **BUSINESS, status=status, latest_invoice=change) == expected, why


MONTH = Bought("team_month", "price_1", 3, "month", Period(SUBSCRIBED, RENEWAL))
YEAR = {"price": "team_year", "period": Period(SUBSCRIBED + DAY, SUBSCRIBED + 366 * DAY)}


@pytest.mark.parametrize(
    ("why", "fields", "standing", "until"),
    [
        ("a debit is on its way", {"status": "active"}, "good", None),
        ("still on its way when the month is over", {"status": "active", "as_of": RENEWAL}, "good", None),
        ("it failed in the month that is paid", {"status": "past_due"}, "grace", RENEWAL),
        ("and Stripe gave it up", {"status": "unpaid"}, "grace", RENEWAL),
        ("its last second", {"status": "past_due", "as_of": RENEWAL - 1}, "grace", RENEWAL),
        ("that month is over", {"status": "past_due", "as_of": RENEWAL}, "none", None),
    ],
)
def test_a_new_period_that_nobody_pays_is_given_until_the_end_of_the_one_before(
    why: str, fields: dict[str, Any], standing: str, until: int | None
) -> None:
    unpaid = an_invoice(**CHANGE, created=SUBSCRIBED + DAY)

    force = given(TEAM, **YEAR, latest_invoice=unpaid, bought=MONTH, **fields)

    assert force == InForce("team", standing, until, 3), why


@pytest.mark.parametrize("status", ["past_due", "unpaid"])
def test_a_change_that_failed_in_its_own_period_is_no_dunning(status: str) -> None:
    force = given(TEAM, **BUSINESS, status=status, latest_invoice=an_invoice(**CHANGE), bought=MONTH)

    assert force == TEAM


@pytest.mark.parametrize(
    ("why", "status", "renewal", "expected"),
    [
        ("its debit is on its way as well", "active", "open", TEAM),
        ("not finalised yet", "active", "draft", TEAM),
        ("it failed", "past_due", "open", InForce("team", "grace", RENEWAL + 7 * DAY, 3)),
        ("paid at the new price", "active", "paid", InForce("business", "good", None, 9)),
    ],
)
def test_a_renewal_after_a_change_that_is_not_paid_gives_it_once_the_renewal_is_paid(
    why: str, status: str, renewal: str, expected: InForce
) -> None:
    change = an_invoice(**CHANGE, stripe_invoice_id="in_2", created=RENEWAL - DAY)
    latest = an_invoice(status=renewal)

    force = given(TEAM, **BUSINESS, status=status, change=change, latest_invoice=latest, bought=MONTH)

    assert force == expected, why


@pytest.mark.parametrize(("seats", "status", "expected"), [(5, "open", 3), (5, "paid", 5), (2, "open", 3)])
def test_seats_come_with_their_payment_too(seats: int, status: str, expected: int) -> None:
    assert given(TEAM, seats=seats, latest_invoice=an_invoice(**CHANGE, status=status)).seats == expected


def test_a_pending_change_has_changed_nothing_yet() -> None:
    pending = Pending("business", "month", 9, NOW + DAY)

    assert given(PERSONAL, latest_invoice=an_invoice(**CHANGE), pending=pending) == TEAM


def test_good_standing_comes_back_though_a_change_is_not_paid() -> None:
    grace = InForce("team", "grace", NOW + DAY, 3)

    assert given(grace, **BUSINESS, latest_invoice=an_invoice(**CHANGE)) == TEAM


def test_a_renewal_by_debit_takes_nothing_while_it_is_on_its_way() -> None:
    assert given(TEAM, latest_invoice=an_invoice()) == TEAM


def test_a_free_renewal_is_a_renewal() -> None:
    nothing = an_invoice(status="paid", amount_due=Money(0, "eur"))

    assert given(TEAM, latest_invoice=nothing) == TEAM


def test_a_late_payment_of_an_ended_subscription_gives_nothing() -> None:
    assert given(FREE, status="canceled", latest_invoice=an_invoice(status="paid")) == FREE


UNKNOWN = {"price": "price_x", "seats": 5}


@pytest.mark.parametrize(
    ("why", "had", "fields", "expected"),
    [
        ("its seats count", TEAM, {}, InForce("team", "good", None, 5)),
        ("of a plan that comes with its seats", PERSONAL, {}, PERSONAL),
        ("not paid", TEAM, {"latest_invoice": an_invoice(**CHANGE)}, TEAM),
        ("it ended", TEAM, {"status": "canceled"}, FREE),
        ("paused", TEAM, {"status": "paused"}, InForce("team", "none", None, 5)),
        ("nothing was in force", FREE, {}, FREE),
        ("a plan that has left the catalogue", InForce("old", "good", None, 8), {}, InForce("old", "good", None, 8)),
        ("its end", InForce("old", "good", None, 8), {"status": "canceled"}, FREE),
    ],
)
def test_an_unknown_price_keeps_the_plan(why: str, had: InForce, fields: dict[str, Any], expected: InForce) -> None:
    assert given(had, **UNKNOWN, **fields) == expected, why


@pytest.mark.parametrize(("plan", "standing"), [("team", "good"), ("enterprise", "none")])
def test_a_plan_ends_to_where_the_catalogue_says(plan: str, standing: str) -> None:
    assert ended(a_catalogue().plans[plan], a_catalogue()) == InForce("free", standing, None, 1)


def test_what_is_restricted_stays_so_however_often_it_is_looked_at() -> None:
    over = sold_by_people(status="canceled")

    once = in_force(over, ENTERPRISE, a_catalogue())

    assert once == in_force(over, once, a_catalogue()) == RESTRICTED


def test_a_plan_that_people_sold_gives_its_quantity_as_seats() -> None:
    assert in_force(sold_by_people(), FREE, a_catalogue()) == ENTERPRISE


def sold_by_people(**fields: Any) -> Subscription:
    return replace(a_subscription(price="price_x", seats=20), plan="enterprise", **fields)


@pytest.mark.parametrize(
    ("why", "status", "invoice", "expected"),
    [
        ("not sent yet", "active", "draft", ENTERPRISE),
        ("not paid yet", "active", "open", ENTERPRISE),
        ("paid", "active", "paid", ENTERPRISE),
        ("a wrong one was taken back", "active", "void", ENTERPRISE),
        ("waived", "active", "uncollectible", ENTERPRISE),
        ("people gave it up", "unpaid", "open", replace(ENTERPRISE, standing="none")),
        ("it ended unpaid", "canceled", "open", FREE),
    ],
)
@pytest.mark.parametrize("reason", ["subscription_create", "subscription_cycle", "subscription_update"])
@pytest.mark.parametrize("had", [FREE, TEAM])
def test_by_invoice_it_is_given_before_it_is_paid(
    had: InForce, reason: str, why: str, status: str, invoice: str, expected: InForce
) -> None:
    billed = sold_by_people(status=status, by_invoice=True, latest_invoice=sent(reason=reason, status=invoice))

    assert in_force(billed, had, a_catalogue()) == expected, why


@pytest.mark.parametrize(
    ("why", "now", "standing", "until"),
    [
        ("the day it is due", DUE, "grace", DUE + 7 * DAY),
        ("the last second of grace", DUE + 7 * DAY - 1, "grace", DUE + 7 * DAY),
        ("grace is over", DUE + 7 * DAY, "none", None),
    ],
)
@pytest.mark.parametrize("reason", ["subscription_create", "subscription_cycle", "subscription_update"])
@pytest.mark.parametrize("had", [FREE, ENTERPRISE])
def test_grace_of_an_invoice_lasts_seven_days_from_its_due_date(
    had: InForce, reason: str, why: str, now: int, standing: str, until: int | None
) -> None:
    owed = sold_by_people(status="past_due", as_of=now, by_invoice=True, latest_invoice=sent(reason=reason))

    assert in_force(owed, had, a_catalogue()) == InForce("enterprise", standing, until, 20), why


def sent(**fields: Any) -> LatestInvoice:
    return an_invoice(created=SUBSCRIBED, due_at=DUE, **fields)
