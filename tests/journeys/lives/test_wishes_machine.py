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
from tests.journeys.lives.walk import LEASE, Walk

HOUR, DAY = 3_600, 86_400
EXAMPLES = int(os.environ.get("EXAMPLES", "0"))
"""0 plays the suite's own few, always the same; `make torture` plays as many as it says, other ones each time."""

wishes = st.builds(
    Wish,
    plan=st.sampled_from([None, "personal", "team", "business", "team", "business", "free", "enterprise"]),
    interval=st.sampled_from([None, None, "month", "year"]),
    seats=st.sampled_from([None, None, 1, 2, 3, 5, 7, 9, 600]),
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
GOOD, LATER, BANK, DEBIT = "4242424242424242", "4000000000000341", "4000002760003184", "DE89370400440532013000"
cards = st.sampled_from([GOOD, GOOD, LATER, BANK, DEBIT])
spans = st.sampled_from([1, 45, LEASE, HOUR, DAY, 3 * DAY, 9 * DAY])
quantities = st.sampled_from([1, 2, 4, 6])
prices = st.sampled_from(["personal_month", "team_month", "team_year", "business_month"])
behaviors = st.sampled_from(["none", "create_prorations", "always_invoice"])


class Wishes(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.walk = Walk()

    @initialize(wish=sales, card=cards, subscribes=st.sampled_from([True, True, True, False]))
    def subscribe(self, wish: Wish, card: str, subscribes: bool) -> None:
        if subscribes:
            self.walk.wish(wish, previewed=False)
            self.walk.pay_page(0, card=card)
            self.walk.in_step()
            self.walk.pause(5 * DAY)
            self.walk.in_step()

    @rule(wish=wishes, previewed=st.booleans(), pause=st.sampled_from([0, 1, 300]), mishap=mishaps)
    def wish(self, wish: Wish, previewed: bool, pause: int, mishap: Mishap | None) -> None:
        self.walk.wish(wish, previewed=previewed, pause=pause, mishap=mishap)

    @rule(mishap=mishaps)
    def cancel(self, mishap: Mishap | None) -> None:
        self.walk.cancel(mishap)

    @rule(mishap=mishaps)
    def resume(self, mishap: Mishap | None) -> None:
        self.walk.resume(mishap)

    @rule(mishap=mishaps)
    def forget(self, mishap: Mishap | None) -> None:
        self.walk.forget(mishap)

    @precondition(lambda self: self.walk.pages)
    @rule(number=st.integers(0, 3), card=st.sampled_from([GOOD, "4000000000000002", BANK, DEBIT]))
    def pay_page(self, number: int, card: str) -> None:
        self.walk.pay_page(number, card=card)

    @rule(how=st.sampled_from([{}, {"outcome": "fail"}, {"outcome": "authenticate"}, {"card": GOOD}]))
    def pay_invoice(self, how: dict[str, Any]) -> None:
        self.walk.pay_invoice(**how)

    @rule(card=cards)
    def set_card(self, card: str) -> None:
        self.walk.set_card(card)

    @rule(span=spans)
    def time(self, span: int) -> None:
        self.walk.pause(span)

    @rule(past=st.sampled_from([-1, 0, HOUR + 1, 2 * DAY]))
    def period_end(self, past: int) -> None:
        self.walk.to_period_end(past)

    @rule(mishap=mishaps, share=st.sampled_from([0.3, 1.0]), seed=st.sampled_from([None, 1, 2]))
    def deliver(self, mishap: Mishap | None, share: float, seed: int | None) -> None:
        self.walk.deliver(share, seed, mishap)

    @rule()
    def drop(self) -> None:
        self.walk.drop()

    @rule()
    def catch_up(self) -> None:
        self.walk.catch_up()

    @rule(mishap=mishaps)
    def sweep(self, mishap: Mishap | None) -> None:
        self.walk.sweep(mishap)

    @rule(quantity=quantities, behavior=behaviors)
    def edit_quantity(self, quantity: int, behavior: str) -> None:
        self.walk.edit(item={"quantity": quantity}, proration_behavior=behavior)

    @rule(price=prices, quantity=quantities, behavior=behaviors)
    def edit_price(self, price: str, quantity: int, behavior: str) -> None:
        self.walk.edit(item={"price": self.walk.price_id(price), "quantity": quantity}, proration_behavior=behavior)

    @rule(how=st.sampled_from([{"cancel_at_period_end": True}, {"cancel_at": "min_period_end"}, {"cancel_at": ""}]))
    def edit_end(self, how: dict[str, Any]) -> None:
        self.walk.edit(**how)

    @rule()
    def release(self) -> None:
        self.walk.release()

    @rule()
    def void_pending(self) -> None:
        self.walk.void_pending()

    @rule()
    def end(self) -> None:
        self.walk.end()

    @rule()
    def settle(self) -> None:
        self.walk.settle()
        check_settled(self.walk)

    @invariant()
    def one_subscription(self) -> None:
        self.walk.truth.live()
        assert self.walk.rig.emulator.state.problems == []

    def teardown(self) -> None:
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
            max_examples=EXAMPLES or 30,
            stateful_step_count=25 if EXAMPLES else 15,
            derandomize=not EXAMPLES,
            database=None,
            suppress_health_check=tuple(HealthCheck.all()),
        ),
    )
