"""The next step of an order: a table of states that Stripe may have, and a small Stripe that does each step."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.actions.carry_out import MOST_STEPS
from chalicelib.domain import orders
from chalicelib.domain.orders import CHARGED_WITHIN, Order, is_waiting, item_of, next_step
from chalicelib.domain.subscriptions import Pending, Scheduled, Subscription
from chalicelib.domain.wishes import CANCELLED, Terms, scheduled_of, terms_of
from tests.builders import NOW, RENEWAL, SUBSCRIBED, a_catalogue, a_subscription

TEAM, MORE, LESS = Terms("team", "month", 3), Terms("team", "month", 5), Terms("personal", "month", 1)
BIG = Terms("business", "month", 5)
ENDS = {"cancel_at_period_end": True}
EXPIRES = NOW + 23 * 3600
LATE, YOUNG = NOW + CHARGED_WITHIN + 1, NOW + CHARGED_WITHIN


def ahead(terms: Terms) -> dict[str, Any]:
    return {"scheduled": Scheduled("sub_sched_1", terms.plan, terms.interval, terms.seats, RENEWAL)}


def waits(terms: Terms) -> dict[str, Any]:
    return {"pending": Pending(terms.plan, terms.interval, terms.seats, EXPIRES)}


def an_order(terms: Terms | None = None, after: Terms | None = None, **fields: Any) -> Order:
    order = Order("o1", "change_applied", terms, after, None, NOW, "key:test", NOW + 120)
    return replace(order, **fields)


HALF, UNKNOWN = Scheduled("sub_sched_1"), Scheduled("sub_sched_1", at=RENEWAL)
GIVEN_UP = an_order(MORE, before=LESS, waiting=True).given_up()
GIVEN_UP_END = an_order(MORE, before=CANCELLED, waiting=True).given_up()
ENDING = an_order(MORE, CANCELLED, before=CANCELLED, waiting=True)


def step(order: Order, now: int = NOW, **fields: Any) -> str:
    return next_step(a_subscription(**fields), order, "team", a_catalogue(), now)


@pytest.mark.parametrize(
    ("why", "order", "fields", "expected"),
    [
        ("nothing stands in its way", an_order(MORE), {}, "charge"),
        ("something is scheduled", an_order(MORE), ahead(LESS), "release"),
        ("and shall be again", an_order(MORE, LESS), ahead(LESS), "release"),
        ("it is to end", an_order(MORE), ENDS, "uncancel"),
        ("it is to end, and shall", an_order(MORE, CANCELLED), ENDS, "charge"),
        ("it waits for its payment", an_order(MORE), waits(MORE), "wait"),
        ("another change waits", an_order(MORE), waits(BIG), "void"),
        ("one that nobody knows waits", an_order(MORE), {"pending": Pending(None, None, 9, EXPIRES)}, "void"),
        ("it is paid", an_order(TEAM), {}, "done"),
        ("it is paid, and another one waits", an_order(TEAM), waits(MORE), "void"),
        ("it is paid, and what was carried is missing", an_order(TEAM, LESS), {}, "schedule"),
        ("it is paid, and another thing is scheduled", an_order(TEAM, LESS), ahead(MORE), "schedule"),
        ("it is paid, and what was carried is there", an_order(TEAM, LESS), ahead(LESS), "done"),
        ("it is paid, and the end is missing", an_order(TEAM, CANCELLED), {}, "cancel"),
        ("it is paid, and the end is there", an_order(TEAM, CANCELLED), ENDS, "done"),
        ("it waited, and nothing waits any more", an_order(MORE, waiting=True), {}, "give_up"),
        ("it waited, and is paid", an_order(TEAM, waiting=True), {}, "done"),
        ("it waited, is paid, and what was carried is missing", an_order(TEAM, LESS, waiting=True), {}, "schedule"),
        ("half of that was made", an_order(TEAM, LESS, waiting=True), {"scheduled": HALF}, "schedule"),
        ("another thing was scheduled since", an_order(TEAM, LESS, waiting=True), ahead(MORE), "done"),
        ("a thing nobody knows was scheduled since", an_order(TEAM, waiting=True), {"scheduled": UNKNOWN}, "done"),
        ("an end was asked for since", an_order(TEAM, waiting=True), ENDS, "done"),
        ("the end was taken back since", an_order(TEAM, CANCELLED, waiting=True), {}, "done"),
        ("given up, what was before is missing", GIVEN_UP, {}, "schedule"),
        ("given up, the end that was before is missing", GIVEN_UP_END, {}, "cancel"),
        ("given up, it still waits at Stripe", GIVEN_UP, waits(MORE), "void"),
        ("given up, an end was asked for since", GIVEN_UP, ENDS, "done"),
        ("given up, another thing was scheduled since", GIVEN_UP, ahead(MORE), "done"),
        ("given up, the end stayed", ENDING.given_up(), ENDS, "done"),
        ("given up, the end was taken back since", ENDING.given_up(), {}, "done"),
        ("nothing is scheduled yet", an_order(after=LESS), {}, "schedule"),
        ("what is wished is scheduled", an_order(after=LESS), ahead(LESS), "done"),
        ("another thing is scheduled", an_order(after=LESS), ahead(MORE), "schedule"),
        ("a schedule of which nobody knows", an_order(after=LESS), {"scheduled": Scheduled("sub_sched_1")}, "schedule"),
        ("an end is scheduled", an_order(after=LESS), ENDS, "uncancel"),
        ("a change waits", an_order(after=LESS), waits(MORE), "void"),
        ("nothing is to be taken back", an_order(), {}, "done"),
        ("a schedule is to be taken back", an_order(), ahead(LESS), "release"),
        ("an end is to be taken back", an_order(), ENDS, "uncancel"),
        ("an end by a schedule is to be taken back", an_order(), ENDS | ahead(LESS), "release"),
        ("it shall end", an_order(after=CANCELLED), {}, "cancel"),
        ("it shall end, and something is scheduled", an_order(after=CANCELLED), ahead(LESS), "release"),
        ("it shall end, and is about to", an_order(after=CANCELLED), {"cancel_at": RENEWAL}, "done"),
        ("it shall end, and owes", an_order(after=CANCELLED), {"status": "past_due"}, "end"),
        ("it shall end, and owes for long", an_order(after=CANCELLED), {"status": "unpaid"}, "end"),
        ("it shall end, and was never paid", an_order(after=CANCELLED), {"status": "incomplete"}, "end"),
        ("it shall end, and is paused", an_order(after=CANCELLED), {"status": "paused"}, "end"),
        ("it shall end, is paused, and is about to", an_order(after=CANCELLED), {"status": "paused"} | ENDS, "end"),
        ("it shall end, owes, and is about to", an_order(after=CANCELLED), {"status": "past_due"} | ENDS, "end"),
        ("it has ended", an_order(MORE), {"status": "canceled"}, "done"),
        ("it was never paid", an_order(MORE), {"status": "incomplete_expired"}, "done"),
    ],
)
def test_the_next_step(why: str, order: Order, fields: dict[str, Any], expected: str) -> None:
    assert step(order, **fields) == expected, why


@pytest.mark.parametrize(
    ("why", "now", "at", "expected"),
    [
        ("as long as somebody may expect it", YOUNG, NOW, "charge"),
        ("a second later", LATE, NOW, "give_up"),
        ("in the first second of the period", SUBSCRIBED, SUBSCRIBED, "charge"),
        ("for an instant before the period", SUBSCRIBED, SUBSCRIBED - 1, "give_up"),
        ("in the last second of the period", RENEWAL - 1, RENEWAL - 1, "charge"),
        ("for an instant after the period", RENEWAL, RENEWAL, "give_up"),
    ],
)
def test_nobody_is_charged_late(why: str, now: int, at: int, expected: str) -> None:
    assert step(an_order(MORE, at=at), now) == expected, why


def test_what_is_charged_already_is_finished_however_late() -> None:
    assert step(an_order(TEAM, LESS), LATE) == "schedule"
    assert step(an_order(MORE), LATE, **waits(MORE)) == "wait"


@pytest.mark.parametrize(
    ("why", "now", "waiting", "pending", "expected"),
    [
        ("until the last second", EXPIRES - 1, True, MORE, True),
        ("not when it has expired", EXPIRES, True, MORE, False),
        ("not for another change", NOW, True, BIG, False),
        ("not when nothing waits any more", NOW, True, None, False),
        ("not before it is known to wait", NOW, False, MORE, False),
    ],
)
def test_an_order_waits_for_its_own_payment(
    why: str, now: int, waiting: bool, pending: Terms | None, expected: bool
) -> None:
    order, fields = an_order(MORE, waiting=waiting), waits(pending) if pending else {}

    assert is_waiting(order, a_subscription(**fields), a_catalogue(), now) is expected, why


def test_given_up_it_asks_for_what_was_before_and_says_so() -> None:
    waited, died = an_order(MORE, before=LESS, waiting=True).given_up(), an_order(MORE, before=LESS).given_up()

    assert (waited.terms, waited.after, waited.kind) == (None, LESS, "upgrade_expired")
    assert (died.terms, died.after, died.kind) == (None, LESS, "change_given_up")


@pytest.mark.parametrize(
    ("why", "terms", "lookup_key", "quantity", "new_interval"),
    [
        ("more seats keep the price, which may be an older one", MORE, None, 5, False),
        ("another plan", BIG, "business_month", 5, False),
        ("a plan with seats of its own is sold once", LESS, "personal_month", 1, False),
        ("another interval", Terms("team", "year", 3), "team_year", 3, True),
    ],
)
def test_the_item_that_stripe_is_asked_for(
    why: str, terms: Terms, lookup_key: str | None, quantity: int, new_interval: bool
) -> None:
    item = item_of(a_subscription(), terms, "team", a_catalogue())

    assert (item.lookup_key, item.quantity, item.new_interval) == (lookup_key, quantity, new_interval), why


# -- a small Stripe that does what it is asked, and refuses what the real one refuses


@dataclass
class Shop:
    """A subscription, and how often it was charged; `card` is what becomes of the next charge."""

    subscription: Subscription
    card: str
    charges: int = 0

    def do(self, step: str, order: Order) -> None:
        now = self.subscription
        if step in (orders.CANCEL, orders.UNCANCEL):
            assert now.scheduled is None, "a schedule manages the end"
        if step == orders.CHARGE:
            assert now.scheduled is None, "a phase would undo it"
            self.charges += 1
        self.subscription = replace(now, **self._after(step, order))

    def _after(self, step: str, order: Order) -> dict[str, Any]:
        if step == orders.CHARGE and order.terms:
            return waits(order.terms) if self.card == "declined" else sold(order.terms)
        if step == orders.SCHEDULE and order.after:
            return ahead(order.after)
        return {
            orders.VOID: {"pending": None},
            # What a schedule was to end goes on without it.
            orders.RELEASE: {"scheduled": None, "cancel_at": None},
            orders.UNCANCEL: {"cancel_at_period_end": False, "cancel_at": None},
            orders.CANCEL: {"cancel_at_period_end": True},
            orders.END: {"status": "canceled"},
        }[step]


def sold(terms: Terms) -> dict[str, Any]:
    price = f"{terms.plan}_{terms.interval}"
    return {"price": price, "plan": terms.plan, "interval": terms.interval, "seats": terms.seats}


def carried_out(shop: Shop, order: Order, now: int) -> tuple[str, Order]:
    """How it ends, and the order that was left then."""
    for _ in range(MOST_STEPS):
        step = next_step(shop.subscription, order, "team", a_catalogue(), now)
        if step in (orders.DONE, orders.WAIT):
            return step, order
        if step == orders.GIVE_UP:
            order = order.given_up()
        else:
            shop.do(step, order)
    raise AssertionError("it never ends")


TERMS = st.sampled_from([TEAM, MORE, LESS, BIG, Terms("team", "year", 3)])
CHANGES = st.one_of(st.none(), TERMS)
AFTER = st.one_of(st.none(), TERMS, st.just(CANCELLED))


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    """Any state that Stripe can have: what is ahead is a schedule or an end, or an end that a schedule brings."""
    form = draw(st.sampled_from([{}, ENDS, {"cancel_at": RENEWAL}, ahead(LESS), ahead(MORE)]))
    by_schedule = draw(st.sampled_from([{}, {"cancel_at": RENEWAL}])) if "scheduled" in form else {}
    pending = draw(CHANGES)
    status = draw(st.sampled_from(["active", "past_due", "unpaid", "trialing", "canceled"]))
    fields = sold(draw(TERMS)) | form | by_schedule | (waits(pending) if pending else {}) | {"status": status}
    return Shop(replace(a_subscription(), **fields), draw(st.sampled_from(["pays", "declined"])))


@given(shops(), CHANGES, AFTER, AFTER, st.booleans(), st.sampled_from([NOW, YOUNG, LATE, RENEWAL]))
def test_every_order_ends_from_wherever_stripe_is_and_charges_once_at_most(
    shop: Shop, terms: Terms | None, after: Terms | None, before: Terms | None, waiting: bool, now: int
) -> None:
    order = an_order(terms, after, before=before, waiting=waiting and terms is not None)

    ended, left = carried_out(shop, order, now)

    assert shop.charges <= 1
    assert now <= YOUNG or not shop.charges
    if shop.subscription.live:
        assert as_ordered(shop.subscription, left, ended)
        assert carried_out(shop, left, now) == (ended, left)
    else:
        assert ended == orders.DONE


def as_ordered(subscription: Subscription, order: Order, ended: str) -> bool:
    """Whether it is what was asked for, or only waits for the customer to pay that."""
    if ended == orders.WAIT:
        return subscription.pending is not None and order.terms is not None
    in_force = order.terms in (None, terms_of(subscription, "team", a_catalogue()))
    # What is ahead after it has waited may be newer.
    scheduled = scheduled_of(subscription, a_catalogue())
    is_ahead = scheduled == order.after or (order.waiting and (scheduled is not None or order.terms is not None))
    return in_force and subscription.pending is None and is_ahead
