"""Random wishes, payments, mishaps, dashboard edits and moves of the clock: whatever comes, the account ends right."""

import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chalicelib.domain.wishes import Wish
from tests.journeys.lives.agreement import check_settled
from tests.journeys.lives.mishaps import Mishap
from tests.journeys.lives.promises import keeping
from tests.journeys.lives.walk import LEASE, Walk

HOUR, DAY = 3_600, 86_400
EXAMPLES = int(os.environ.get("EXAMPLES", "0"))
"""0 plays the suite's own few, always the same; `make torture` plays as many as it says, other ones each time."""

MORE = [
    Wish("business"),
    Wish("business", "year"),
    Wish("team", "year", 4),
    Wish("team", None, 6),
    Wish(interval="year"),
    Wish(seats=5),
    Wish(seats=8),
]
LESS = [
    Wish("personal"),
    Wish("team"),
    Wish("team", "month", 2),
    Wish("business", "month"),
    Wish("free"),
    Wish(interval="month"),
    Wish(seats=2),
    Wish(seats=5),
]
anything = st.builds(
    Wish,
    plan=st.sampled_from([None, None, "personal", "team", "business", "free", "enterprise"]),
    interval=st.sampled_from([None, "month", "year"]),
    seats=st.sampled_from([None, 1, 2, 3, 5, 7, 600]),
)
sales = st.sampled_from(
    [Wish("team", "month", 3), Wish("team", "year", 3), Wish("business", "month", 6), Wish("personal", "month")]
)
mishaps = st.one_of(
    st.none(),
    st.none(),
    st.builds(Mishap, st.sampled_from(["die_before", "die_after"]), st.integers(1, 40)),
    st.builds(Mishap, st.just("fail_api"), st.integers(1, 8)),
)
GOOD, DECLINED, LATER = "4242424242424242", "4000000000000002", "4000000000000341"
BANK, DEBIT = "4000002760003184", "DE89370400440532013000"
PAYMENTS = [{}, {"card": GOOD}, {"outcome": "authenticate"}, {"outcome": "fail"}]
cards = st.sampled_from([GOOD, LATER, BANK, DEBIT])
quantities = st.sampled_from([1, 2, 4, 6])
prices = st.sampled_from(["personal_month", "team_month", "team_year", "business_month"])
behaviors = st.sampled_from(["none", "create_prorations", "always_invoice"])
ENDS = [{"cancel_at_period_end": True}, {"cancel_at_period_end": False}, {"cancel_at": "min_period_end"}]


lives = precondition(lambda self: self.walk.truth.live() is not None)
ended = precondition(lambda self: self.walk.truth.live() is None)


class Wishes(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.walk = Walk()

    @initialize(wish=sales, card=cards)
    def begin(self, wish: Wish, card: str) -> None:
        self._subscribe(wish, card)

    @ended
    @rule(wish=sales, card=cards)
    def subscribe(self, wish: Wish, card: str) -> None:
        self._subscribe(wish, card)

    def _subscribe(self, wish: Wish, card: str) -> None:
        self.walk.in_step()
        self.walk.wish(wish, previewed=True)
        self.walk.pay_newest_page(card=DEBIT if card == DEBIT else GOOD)
        self.walk.set_card(card)
        self.walk.in_step()
        self.walk.pause(5 * DAY)
        self.walk.in_step()

    @lives
    @rule(wish=st.sampled_from(MORE), previewed=st.booleans(), pause=st.sampled_from([0, 300]), mishap=mishaps)
    def wish_more(self, wish: Wish, previewed: bool, pause: int, mishap: Mishap | None) -> None:
        self.walk.wish(wish, previewed=previewed, pause=pause, mishap=mishap)

    @lives
    @rule(wish=st.sampled_from(LESS), previewed=st.booleans(), mishap=mishaps)
    def wish_less(self, wish: Wish, previewed: bool, mishap: Mishap | None) -> None:
        self.walk.wish(wish, previewed=previewed, mishap=mishap)

    @lives
    @rule(
        less=st.sampled_from(LESS),
        card=st.sampled_from([BANK, LATER, DEBIT]),
        more=st.sampled_from(MORE),
        span=st.sampled_from([0, HOUR, DAY]),
    )
    def wish_less_and_more_after_all(self, less: Wish, card: str, more: Wish, span: int) -> None:
        self.walk.wish(less, previewed=False)
        self.walk.set_card(card)
        self.walk.wish(more, previewed=True)
        with keeping(self.walk):
            self.walk.pause(span)
            self.walk.in_step()

    @rule(wish=anything, previewed=st.booleans(), pause=st.sampled_from([0, 1, 300]), mishap=mishaps)
    def wish_anything(self, wish: Wish, previewed: bool, pause: int, mishap: Mishap | None) -> None:
        self.walk.wish(wish, previewed=previewed, pause=pause, mishap=mishap)

    @lives
    @rule(mishap=mishaps)
    def cancel(self, mishap: Mishap | None) -> None:
        self.walk.cancel(mishap)

    @precondition(lambda self: self.walk.ahead())
    @rule(mishap=mishaps, resumes=st.booleans())
    def take_back(self, mishap: Mishap | None, resumes: bool) -> None:
        if resumes:
            self.walk.resume(mishap)
        else:
            self.walk.forget(mishap)

    @precondition(lambda self: self.walk.pages)
    @rule(number=st.integers(0, 3), card=st.sampled_from([GOOD, DECLINED, BANK, DEBIT]))
    def pay_page(self, number: int, card: str) -> None:
        with keeping(self.walk):
            self.walk.pay_page(number, card=card)

    @precondition(lambda self: self.walk.owed())
    @rule(how=st.sampled_from(PAYMENTS))
    def pay_invoice(self, how: dict[str, Any]) -> None:
        with keeping(self.walk):
            self.walk.pay_invoice(**how)

    @rule(card=cards)
    def set_card(self, card: str) -> None:
        with keeping(self.walk):
            self.walk.set_card(card)

    @rule(span=st.sampled_from([1, LEASE, HOUR, DAY, 3 * DAY, 9 * DAY]))
    def time(self, span: int) -> None:
        with keeping(self.walk):
            self.walk.pause(span)

    @rule(past=st.sampled_from([-1, 0, HOUR + 1, 2 * DAY]))
    def period_end(self, past: int) -> None:
        with keeping(self.walk):
            self.walk.to_period_end(past)

    @rule(mishap=mishaps, share=st.sampled_from([0.3, 1.0]), seed=st.sampled_from([None, 1, 2]))
    def deliver(self, mishap: Mishap | None, share: float, seed: int | None) -> None:
        with keeping(self.walk):
            self.walk.deliver(share, seed, mishap)

    @rule(drops=st.booleans())
    def catch_up(self, drops: bool) -> None:
        with keeping(self.walk):
            if drops:
                self.walk.drop()
            self.walk.catch_up()

    @precondition(lambda self: self.walk.order())
    @rule(mishap=mishaps)
    def sweep(self, mishap: Mishap | None) -> None:
        with keeping(self.walk):
            self.walk.sweep(mishap)

    @lives
    @rule(quantity=quantities, behavior=behaviors)
    def edit_quantity(self, quantity: int, behavior: str) -> None:
        self.walk.edit(item={"quantity": quantity}, proration_behavior=behavior)

    @lives
    @rule(price=prices, quantity=quantities, behavior=behaviors)
    def edit_price(self, price: str, quantity: int, behavior: str) -> None:
        self.walk.edit(item={"price": self.walk.price_id(price), "quantity": quantity}, proration_behavior=behavior)

    @lives
    @rule(how=st.sampled_from(ENDS))
    def edit_end(self, how: dict[str, Any]) -> None:
        self.walk.edit(**how)

    @precondition(lambda self: self.walk.ahead())
    @rule(ends=st.sampled_from([False, False, True]))
    def let_go(self, ends: bool) -> None:
        if ends:
            self.walk.end()
        else:
            self.walk.release()

    @precondition(lambda self: self.walk.owed())
    @rule()
    def void(self) -> None:
        with keeping(self.walk):
            self.walk.void()

    @precondition(lambda self: self.walk.is_unsettled())
    @rule()
    def settle(self) -> None:
        with keeping(self.walk):
            self.walk.settle()
        check_settled(self.walk)

    @invariant()
    def one_subscription(self) -> None:
        self.walk.truth.live()
        assert self.walk.rig.emulator.state.problems == []

    def teardown(self) -> None:
        with keeping(self.walk):
            self.walk.settle()
        check_settled(self.walk)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_whatever_is_wished_and_befalls_the_account_ends_right() -> None:
    run_state_machine_as_test(
        Wishes,
        settings=settings(
            max_examples=EXAMPLES or 8,
            stateful_step_count=40,
            derandomize=not EXAMPLES,
            print_blob=True,
            database=None,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
