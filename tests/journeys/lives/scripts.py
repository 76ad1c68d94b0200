"""Ten scripted lives of a subscription and an eleventh, each with what its customer pays and has at the end.

Amounts are worked out by hand from the catalogue's prices and 19 % tax: Team 15.00 and Business 39.00 a seat and month,
150.00 and 390.00 a seat and year, Personal 9.00 a month.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.actions.world import FAILS_LATER, VISA
from tests.journeys.lives.stage import Stage

ASKS_EVERY_TIME, DEBIT = "4000002760003184", "DE89370400440532013000"
FREE = ("free", None, 1)
Bill = tuple[str, str, int]
"""Why, its status, its total in cents."""


@dataclass(frozen=True)
class Life:
    """`ends` is plan, interval and seats; `bills` oldest first.

    `unheard` are the fields of the page that differ for who heard of nothing before the end: the months that Free has
    closed meanwhile stay closed, so the first of the subscription's own begins late; and of a subscription that has
    ended nobody learns when it began.
    """

    play: Callable[[Stage], None]
    ends: tuple[str, str | None, int]
    bills: list[Bill]
    unheard: tuple[str, ...] = ()


def subscribe_upgrade_renew(stage: Stage) -> None:
    stage.subscribe("team", seats=3)
    stage.mid_period()
    stage.wish("applied", plan="business", seats=5)
    stage.renewal()


def seats_up_scheduled_down_renew(stage: Stage) -> None:
    stage.subscribe("team", seats=3)
    stage.mid_period()
    stage.wish("applied", seats=6)
    stage.days(1)
    stage.wish("scheduled", seats=2)
    stage.renewal()


def month_to_year_and_back(stage: Stage) -> None:
    stage.subscribe("team", seats=2)
    stage.mid_period()
    stage.wish("applied", interval="year")
    stage.days(40)
    stage.wish("scheduled", interval="month")
    stage.days(3)


def dunning_that_recovers(stage: Stage) -> None:
    stage.subscribe("team", seats=3)
    stage.days(10)
    stage.use_card(FAILS_LATER)
    stage.renewal()
    stage.days(4)
    stage.use_card(VISA)
    stage.finish_bill()
    stage.days(20)


def dunning_in_vain(stage: Stage) -> None:
    stage.subscribe("business", seats=5)
    stage.days(28)
    stage.use_card(FAILS_LATER)
    stage.renewal()
    stage.days(20)


def bank_asks_and_is_answered_late(stage: Stage) -> None:
    stage.subscribe("team", seats=2)
    stage.days(2)
    stage.use_card(ASKS_EVERY_TIME)
    stage.mid_period()
    stage.wish("payment_required", plan="business", seats=5)
    stage.days(0.8)
    stage.finish_bill(outcome="authenticate")
    stage.days(3)


def bank_asks_in_vain(stage: Stage) -> None:
    """What was scheduled before comes back."""
    stage.subscribe("team", seats=3)
    stage.days(2)
    stage.wish("scheduled", plan="personal", seats=1)
    stage.use_card(ASKS_EVERY_TIME)
    stage.mid_period()
    stage.wish("payment_required", plan="business", seats=5)
    stage.days(3)


def two_tabs_both_paid(stage: Stage) -> None:
    stage.pay_two_tabs("team_month", seats=2)
    stage.days(3)
    stage.wish("applied", seats=3)
    stage.days(2)


def dashboard_changes(stage: Stage) -> None:
    """A schedule let go of, seats, a price, an end and its undoing, and another schedule."""
    stage.subscribe("team", seats=3)
    stage.days(2)
    stage.wish("scheduled", plan="personal", seats=1)
    stage.mid_period()
    stage.release()
    stage.edit(item={"quantity": 5}, proration_behavior="always_invoice")
    stage.days(3)
    stage.edit(item={"price": stage.price("business_month"), "quantity": 5}, proration_behavior="create_prorations")
    stage.edit(cancel_at=stage.period_end())
    stage.days(1)
    stage.edit(cancel_at="")
    stage.schedule("team_month", quantity=2)
    stage.days(1)


def cancelled_resumed_ended_and_back(stage: Stage) -> None:
    stage.subscribe("team", seats=2)
    stage.days(3)
    stage.cancel()
    stage.days(1)
    stage.resume()
    stage.days(1)
    stage.cancel()
    stage.renewal()
    stage.days(10)
    stage.subscribe("business", "year", seats=5)
    stage.days(3)


def paid_by_debit(stage: Stage) -> None:
    """The bank takes days, at the beginning and at the renewal."""
    stage.subscribe("team", seats=2, card=DEBIT)
    stage.days(6)
    stage.renewal()
    stage.days(6)


BEGUN, CHANGED, RENEWED = (
    ("subscription_create", "paid"),
    ("subscription_update", "paid"),
    ("subscription_cycle", "paid"),
)
LIVES = {
    # Half a month of 5 x 39.00 less 3 x 15.00; then all of the 195.00.
    "upgrade": Life(
        subscribe_upgrade_renew, ("business", "month", 5), [(*BEGUN, 5_355), (*CHANGED, 8_925), (*RENEWED, 23_205)]
    ),
    # Half a month of 6 x 15.00, which is 45.00 and 8.55 tax, less that of 3, which is 22.50 and 4.28.
    "seats": Life(
        seats_up_scheduled_down_renew, ("team", "month", 2), [(*BEGUN, 5_355), (*CHANGED, 2_677), (*RENEWED, 3_570)]
    ),
    # 2 x 150.00 less half a month of 2 x 15.00.
    "by the year": Life(
        month_to_year_and_back, ("team", "year", 2), [(*BEGUN, 3_570), (*CHANGED, 33_915)], ("usage_period",)
    ),
    "dunning that recovers": Life(dunning_that_recovers, ("team", "month", 3), [(*BEGUN, 5_355), (*RENEWED, 5_355)]),
    "dunning in vain": Life(
        dunning_in_vain,
        FREE,
        [(*BEGUN, 23_205), ("subscription_cycle", "void", 23_205)],
        ("period", "usage_period"),
    ),
    # Half a month of 5 x 39.00, which is 97.50 and 18.53 tax, less that of 2 x 15.00, which is 15.00 and 2.85.
    "paid late": Life(bank_asks_and_is_answered_late, ("business", "month", 5), [(*BEGUN, 3_570), (*CHANGED, 9_818)]),
    "never paid": Life(
        bank_asks_in_vain, ("team", "month", 3), [(*BEGUN, 5_355), ("subscription_update", "void", 8_925)]
    ),
    # 28 of 31 days of one seat, 13.55 and 2.57 tax.
    "two tabs": Life(two_tabs_both_paid, ("team", "month", 3), [(*BEGUN, 3_570), (*BEGUN, 3_570), (*CHANGED, 1_612)]),
    # Half a month of two seats more; the dearer price is left for the next invoice.
    "dashboard": Life(dashboard_changes, ("business", "month", 5), [(*BEGUN, 5_355), (*CHANGED, 1_785)]),
    "back again": Life(cancelled_resumed_ended_and_back, ("business", "year", 5), [(*BEGUN, 3_570), (*BEGUN, 232_050)]),
    "debit": Life(paid_by_debit, ("team", "month", 2), [(*BEGUN, 3_570), (*RENEWED, 3_570)]),
}
