"""One account, several subscriptions at Stripe: which one it lives by, and what becomes of the others."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from chalicelib.domain.adoption import adopted, beside, first_of, sold_here, supersedes
from chalicelib.domain.subscriptions import Subscription
from tests.builders import CARD, NOW, a_catalogue, a_profile, a_subscription, a_team_state, an_invoice

OWN = a_profile(subscription=a_subscription(), payment_method=CARD)


def another(**fields: Any) -> Subscription:
    return a_subscription(**{"stripe_subscription_id": "sub_2", **fields})


@pytest.mark.parametrize(
    ("why", "own", "other", "takes_over"),
    [
        ("its own", a_subscription(), a_subscription(status="canceled"), True),
        ("the first", None, a_subscription(), True),
        ("one beside a live one", a_subscription(), another(), False),
        (
            "one after an ended one",
            a_subscription(status="canceled"),
            another(),
            True,
        ),
        ("one that is to be ended", a_subscription(status="canceled"), another(beside="sub_1"), False),
        ("one that is paid, after one that nobody paid", a_subscription(status="incomplete"), another(), True),
        ("two that nobody paid", a_subscription(status="incomplete"), another(status="incomplete"), False),
        (
            "an ended one after an ended one",
            a_subscription(status="canceled"),
            another(status="canceled"),
            False,
        ),
    ],
)
def test_which_subscription_an_account_lives_by(why: str, own: Any, other: Subscription, takes_over: bool) -> None:
    assert supersedes(other, a_profile(subscription=own)) is takes_over, why


def test_who_was_there_first_stays_in_whichever_order_they_are_heard_of() -> None:
    first, second = a_subscription(created=NOW), another(created=NOW + 1)
    third = another(stripe_subscription_id="sub_3", created=NOW + 1)

    for order in permutations([first, second, third]):
        assert first_of(order, a_profile()) == first
    for order in permutations([second, third]):
        assert first_of(order, a_profile()) == second


@pytest.mark.parametrize(
    ("why", "earlier"),
    [
        ("it has ended", {"status": "canceled"}),
        ("nobody paid it yet", {"status": "incomplete"}),
        ("it is to be ended", {"beside": "sub_9"}),
        ("it is another account's", {"account": "zeta"}),
        ("it is another customer's", {"account": None, "stripe_customer_id": "cus_9"}),
        ("nobody knows its price", {"price": "price_x"}),
    ],
)
def test_one_that_the_account_cannot_live_by_is_not_the_first(why: str, earlier: dict[str, Any]) -> None:
    second = another(created=NOW)

    assert first_of([a_subscription(**earlier), second], a_profile(stripe_customer_id="cus_1")) == second, why


@pytest.mark.parametrize(
    ("why", "fields", "expected"),
    [
        ("by a Checkout of this account", {"kind": "subscription"}, True),
        ("by people", {}, False),
        ("of another account", {"kind": "subscription", "account": "zeta"}, False),
    ],
)
def test_only_what_this_service_sold_is_ever_ended_by_it(why: str, fields: dict[str, Any], expected: bool) -> None:
    assert sold_here(a_subscription(**fields), "acme") is expected, why


def test_a_live_subscription_beside_is_drift_until_it_ends() -> None:
    told = beside(OWN, another(), a_catalogue())
    outcome = adopted(a_team_state(), told, a_subscription(seats=4), CARD, a_catalogue())
    assert outcome is not None
    over = beside(outcome[1], another(status="canceled"), a_catalogue())

    assert told.drift == outcome[1].drift == "Stripe has a second subscription that is live: sub_2"
    assert (over.drift, over.beside) == (None, ())


def test_one_that_was_ended_stays_noted_while_its_debit_is_on_its_way() -> None:
    told, ended = beside(OWN, another(), a_catalogue()), {"status": "canceled", "beside": "sub_1"}

    waiting = beside(told, another(**ended, latest_invoice=an_invoice()), a_catalogue())
    over = beside(waiting, another(**ended, latest_invoice=an_invoice(status="paid")), a_catalogue())

    assert (waiting.beside, over.beside) == (("sub_2",), ())


def test_several_are_told_together_in_any_order() -> None:
    third = another(stripe_subscription_id="sub_3")

    one_way = beside(beside(OWN, third, a_catalogue()), another(), a_catalogue())

    assert one_way == beside(beside(OWN, another(), a_catalogue()), third, a_catalogue())
    assert one_way.drift == "Stripe has a second subscription that is live: sub_2, sub_3"


def test_a_second_subscription_that_takes_over_is_no_drift() -> None:
    second = another(as_of=NOW + 5)
    told = replace(beside(OWN, second, a_catalogue()), subscription=a_subscription(status="canceled"))

    outcome = adopted(a_team_state(), told, second, CARD, a_catalogue())

    assert outcome is not None
    assert (outcome[1].drift, outcome[1].beside) == (None, ())


def test_other_drift_comes_back_when_a_second_subscription_has_ended() -> None:
    unknown = replace(OWN, subscription=a_subscription(price="price_x"))

    over = beside(beside(unknown, another(), a_catalogue()), another(status="canceled"), a_catalogue())

    assert over.drift == "Stripe's price price_x is not in the catalogue"
