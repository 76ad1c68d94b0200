"""What a wish makes of what is scheduled, of a change that waits for its payment, and of what is not paid."""

from dataclasses import replace

import pytest

from chalicelib.domain.subscriptions import Pending, Scheduled
from chalicelib.domain.wishes import CANCELLED, Decision, Refusal, Standpoint, Terms, Wish, decide
from tests.builders import RENEWAL, a_catalogue, a_subscription, an_invoice
from tests.domain.wishing import PERSONAL, TEAM, deciding, fields_of, subscription_to, word

FEWER = Terms("team", "month", 3)
BY_YEAR, LATER_BY_MONTH = Terms("team", "year", 5), Terms("team", "month", 5)
BIG, LATER_TEAM = Terms("business", "month", 100), Terms("team", "month", 100)


@pytest.mark.parametrize(
    ("why", "current", "scheduled", "wish", "expected"),
    [
        ("more seats end a reduction", TEAM, FEWER, Wish(seats=6), Decision("now", Terms("team", "month", 6))),
        ("paid seats come back", TEAM, FEWER, Wish(seats=5), Decision("keep")),
        ("the plan in force takes a reduction back", TEAM, FEWER, Wish("team"), Decision("keep")),
        ("the same reduction again", TEAM, FEWER, Wish(seats=3), Decision("period_end", after=FEWER)),
        ("the newest reduction", TEAM, FEWER, Wish(seats=4), Decision("period_end", after=Terms("team", "month", 4))),
        ("a lower plan instead", TEAM, FEWER, Wish("personal"), Decision("period_end", after=PERSONAL)),
        ("a higher plan drops it", TEAM, FEWER, Wish("business"), Decision("now", Terms("business", "month", 5))),
        ("the year drops it", TEAM, FEWER, Wish(interval="year"), Decision("now", BY_YEAR)),
        ("an end drops it", TEAM, FEWER, Wish("free"), Decision("cancel", after=CANCELLED)),
        ("nothing wished", TEAM, FEWER, Wish(), Decision("unchanged")),
        (
            "more seats keep a lower plan that has seats of its own",
            TEAM,
            PERSONAL,
            Wish(seats=6),
            Decision("now", Terms("team", "month", 6), PERSONAL),
        ),
        (
            "and are carried into one that has not",
            Terms("business", "month", 6),
            FEWER,
            Wish(seats=8),
            Decision("now", Terms("business", "month", 8), Terms("team", "month", 8)),
        ),
        ("as far as that goes", BIG, LATER_TEAM, Wish(seats=101), Refusal("invalid")),
        (
            "and into another interval",
            BY_YEAR,
            LATER_BY_MONTH,
            Wish(seats=9),
            Decision("now", Terms("team", "year", 9), Terms("team", "month", 9)),
        ),
        (
            "paid seats come back into another interval",
            BY_YEAR,
            FEWER,
            Wish(seats=5),
            Decision("period_end", after=LATER_BY_MONTH),
        ),
        (
            "the interval in force takes another one back",
            BY_YEAR,
            LATER_BY_MONTH,
            Wish(interval="year"),
            Decision("keep"),
        ),
        ("seats that a lower plan has not change nothing", TEAM, PERSONAL, Wish(seats=5), Decision("unchanged")),
    ],
)
def test_what_is_scheduled(
    why: str, current: Terms, scheduled: Terms, wish: Wish, expected: Decision | Refusal
) -> None:
    found = deciding(wish, subscription_to(current), scheduled)

    if isinstance(expected, Refusal):
        assert word(found) == expected.code, why
    else:
        assert found == expected, why


@pytest.mark.parametrize(
    ("why", "wish", "expected"),
    [
        ("more seats keep it", Wish(seats=6), Decision("now", Terms("team", "month", 6), CANCELLED)),
        ("fewer seats go on", Wish(seats=3), Decision("period_end", after=FEWER)),
        ("a lower plan goes on", Wish("personal"), Decision("period_end", after=PERSONAL)),
        ("a higher plan goes on", Wish("business"), Decision("now", Terms("business", "month", 5))),
        ("the plan in force goes on", Wish("team"), Decision("keep")),
        ("the seats in force say nothing of it", Wish(seats=5), Decision("unchanged")),
        ("the interval in force says nothing of it", Wish(interval="month"), Decision("unchanged")),
        ("nothing wished", Wish(), Decision("unchanged")),
        ("the end again", Wish("free"), Decision("unchanged")),
    ],
)
@pytest.mark.parametrize("form", [{"cancel_at_period_end": True}, {"cancel_at": RENEWAL}])
def test_a_cancellation_that_is_ahead(why: str, wish: Wish, expected: Decision, form: dict[str, object]) -> None:
    assert deciding(wish, subscription_to(TEAM, **form), CANCELLED) == expected, why


# -- what waits, and what holds it up

WAITS = {
    "pending": Pending("business", "month", 5, RENEWAL),
    "latest_invoice": an_invoice(reason="subscription_update"),
}


@pytest.mark.parametrize(
    ("why", "wish", "outcome"),
    [
        ("the same again", Wish("business"), "now"),
        ("another plan", Wish("personal"), "period_end"),
        ("the plan in force", Wish("team"), "keep"),
        ("the seats in force", Wish(seats=5), "keep"),
        ("nothing wished", Wish(), "unchanged"),
        ("an end", Wish("free"), "cancel"),
    ],
)
def test_a_change_that_waits_for_its_payment_is_in_nobodys_way(why: str, wish: Wish, outcome: str) -> None:
    assert word(deciding(wish, subscription_to(TEAM, **WAITS))) == outcome, why


@pytest.mark.parametrize(
    ("why", "scheduled", "wish", "expected"),
    [
        ("the end again", CANCELLED, Wish("free"), Decision("cancel", after=CANCELLED)),
        ("the seats in force, and the end stays", CANCELLED, Wish(seats=5), Decision("cancel", after=CANCELLED)),
        ("the plan in force", CANCELLED, Wish("team"), Decision("keep")),
        (
            "the seats in force, and the lower plan stays",
            PERSONAL,
            Wish(seats=5),
            Decision("period_end", after=PERSONAL),
        ),
        (
            "the interval in force, and the lower plan stays",
            PERSONAL,
            Wish(interval="month"),
            Decision("period_end", after=PERSONAL),
        ),
        ("nothing wished", PERSONAL, Wish(), Decision("unchanged")),
    ],
)
def test_seats_that_wait_are_taken_back_beside_what_is_scheduled(
    why: str, scheduled: Terms, wish: Wish, expected: Decision
) -> None:
    ends = {"cancel_at_period_end": scheduled == CANCELLED}
    waits = {**WAITS, "pending": Pending("team", "month", 6, RENEWAL), **ends}

    assert deciding(wish, subscription_to(TEAM, **waits), scheduled) == expected, why


@pytest.mark.parametrize(
    ("why", "fields", "code"),
    [
        ("never paid", {"status": "incomplete"}, "payment_pending"),
        ("a renewal failed", {"status": "past_due"}, "past_due"),
        ("and was given up", {"status": "unpaid"}, "past_due"),
        ("paused", {"status": "paused"}, "paused"),
        (
            "a debit for the change before is on its way",
            {"latest_invoice": an_invoice(reason="subscription_update")},
            "payment_pending",
        ),
        (
            "that of the renewal after it as well",
            {"latest_invoice": an_invoice(), "change": an_invoice(reason="subscription_update")},
            "payment_pending",
        ),
        (
            "a debit for the first period is on its way",
            {"latest_invoice": an_invoice(reason="subscription_create")},
            "payment_pending",
        ),
    ],
)
@pytest.mark.parametrize("wish", [Wish("business"), Wish("personal"), Wish(seats=6), Wish(interval="year")])
def test_what_is_not_paid_is_paid_first(why: str, fields: dict[str, object], code: str, wish: Wish) -> None:
    assert word(deciding(wish, subscription_to(TEAM, **fields))) == code, why
    assert word(deciding(Wish("free"), subscription_to(TEAM, **fields))) == "cancel"


@pytest.mark.parametrize(
    ("why", "fields"),
    [
        ("a trial", {"status": "trialing"}),
        ("a debit for the renewal is on its way", {"latest_invoice": an_invoice()}),
        ("the last change is paid", {"latest_invoice": an_invoice(status="paid", reason="subscription_update")}),
        ("the last change was taken back", {"latest_invoice": an_invoice(status="void", reason="subscription_update")}),
        ("something is scheduled", {"scheduled": Scheduled("sub_sched_1", "personal", "month", 1, RENEWAL)}),
    ],
)
def test_what_else_is_going_on_does_not_hold_a_change_up(why: str, fields: dict[str, object]) -> None:
    assert word(deciding(Wish(seats=6), subscription_to(TEAM, **fields))) == "now", why


@pytest.mark.parametrize(
    ("why", "wish", "by_debit", "expected"),
    [
        ("a year", Wish(interval="year"), True, "card_needed"),
        ("a year of a higher plan", Wish("business", "year"), True, "card_needed"),
        ("a higher plan by the month", Wish("business"), True, "now"),
        ("more seats", Wish(seats=6), True, "now"),
        ("less, by the year", Wish("personal", "year"), True, "period_end"),
        ("a year by card", Wish(interval="year"), False, "now"),
    ],
)
def test_a_debit_begins_no_new_period(why: str, wish: Wish, by_debit: bool, expected: str) -> None:
    assert word(deciding(wish, subscription_to(TEAM), by_debit=by_debit)) == expected, why


def test_who_has_no_subscription_must_name_a_plan() -> None:
    for wish in (Wish(), Wish(seats=5), Wish(interval="year")):
        assert fields_of(deciding(wish, None)) == ["plan"]


def test_the_free_plan_has_nothing_to_choose() -> None:
    found = deciding(Wish("free", "year", 5), subscription_to(TEAM))

    assert fields_of(found) == ["interval", "seats"]


def test_who_pays_a_price_of_which_nobody_knows_changes_from_the_plan_that_the_account_has() -> None:
    unknown = replace(a_subscription(seats=5), plan=None, price="price_unknown")

    found = decide(Wish(seats=6), Standpoint("team", unknown, None, 1), a_catalogue())

    assert found == Decision("now", Terms("team", "month", 6))


@pytest.mark.parametrize(
    ("why", "wish", "expected"),
    [
        ("more seats", Wish(seats=9), "contact_sales"),
        ("fewer seats", Wish(seats=3), "contact_sales"),
        ("another plan", Wish("business"), "contact_sales"),
        ("the year", Wish(interval="year"), "contact_sales"),
        ("what is there", Wish("team", seats=5), "unchanged"),
        ("its end", Wish("free"), "cancel"),
    ],
)
def test_what_people_sold_by_invoice_people_change(why: str, wish: Wish, expected: str) -> None:
    assert word(deciding(wish, subscription_to(TEAM, by_invoice=True))) == expected, why
