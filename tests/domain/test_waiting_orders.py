"""How long an order waits for its payment, and what is ahead of the subscription until it is done."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.orders import BACK_BEFORE, Order, ahead_of, end_of, is_waiting
from chalicelib.domain.subscriptions import Pending
from chalicelib.domain.wishes import CANCELLED, Terms
from tests.builders import RENEWAL, a_catalogue, a_subscription
from tests.domain.test_orders import ENDING, ENDS, GIVEN_UP, LESS, MORE, ahead, an_order, step

SOON, LATER = RENEWAL - BACK_BEFORE, RENEWAL + 150 * 86_400


@pytest.mark.parametrize(
    ("why", "now", "order", "expected"),
    [
        ("something comes back, and there is time for it", SOON - 1, an_order(MORE, before=LESS), "wait"),
        ("something comes back, and the period is ending", SOON, an_order(MORE, before=LESS), "give_up"),
        ("the end comes back, and the period is ending", SOON, an_order(MORE, before=CANCELLED), "give_up"),
        ("the end has stayed", SOON, an_order(MORE, CANCELLED, before=CANCELLED), "wait"),
        ("nothing comes back", RENEWAL - 1, an_order(MORE), "wait"),
        ("nothing comes back, and it has expired", RENEWAL, an_order(MORE), "give_up"),
    ],
)
def test_a_payment_is_waited_for_only_as_long_as_what_was_scheduled_can_still_come_back(
    why: str, now: int, order: Order, expected: str
) -> None:
    fields = {"pending": Pending(MORE.plan, MORE.interval, MORE.seats, RENEWAL)}

    assert step(order, now, **fields) == expected, why
    waited = replace(order, waiting=True)
    assert is_waiting(waited, a_subscription(**fields), a_catalogue(), now) is (expected == "wait"), why


@pytest.mark.parametrize(
    ("why", "order", "fields", "expected"),
    [
        ("nobody is at work", None, ahead(LESS), LESS),
        ("it was let go of for a charge", an_order(MORE, before=LESS), {}, LESS),
        ("it was let go of for what waits", an_order(MORE, before=LESS, waiting=True), {}, LESS),
        ("an end was asked for while that waited", an_order(MORE, before=LESS, waiting=True), ENDS, CANCELLED),
        ("the end was taken back while that waited", ENDING, {}, None),
        ("an end is on its way", an_order(after=CANCELLED), {}, CANCELLED),
        ("an end is on its way, in place of another thing", an_order(after=CANCELLED), ahead(LESS), CANCELLED),
        ("the end is to be taken back", an_order(before=CANCELLED), ENDS, None),
        ("given up, it is to come back", GIVEN_UP, {}, LESS),
    ],
)
def test_what_is_ahead_while_an_order_is_not_done(
    why: str, order: Order | None, fields: dict[str, Any], expected: Terms | None
) -> None:
    assert ahead_of(order, a_subscription(**fields), a_catalogue()) == expected, why


@pytest.mark.parametrize(
    ("why", "fields", "left", "expected"),
    [
        ("none is in sight", {}, None, None),
        ("the period's", ENDS, None, None),
        ("the period's, said in the other form", {"cancel_at": RENEWAL}, None, None),
        ("a later one", {"cancel_at": LATER}, None, LATER),
        ("a later one that was let go of", {}, an_order(MORE, ends_at=LATER), LATER),
        ("a newer one than was let go of", {"cancel_at": LATER - 1}, an_order(MORE, ends_at=LATER), LATER - 1),
    ],
)
def test_the_end_that_comes_back(why: str, fields: dict[str, Any], left: Order | None, expected: int | None) -> None:
    assert end_of(left, a_subscription(**fields)) == expected, why
