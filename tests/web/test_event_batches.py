"""Batches of Stripe's events: what waits together costs one fetch, and what Stripe had no time for comes again."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

import app
from chalicelib.messages import StripeEventMessage
from infra.local.lambdas import Context
from tests.actions.life import subscribed, subscription_of
from tests.web.driver import Driver, a_driver
from tests.web.test_queues import batch, failed

UPDATED = "customer.subscription.updated"


@pytest.fixture
def web() -> Iterator[Driver]:
    with a_driver() as driver:
        yield driver


def updates(web: Driver, count: int) -> list[StripeEventMessage]:
    own = subscription_of(web.world)
    subscription, customer = own.stripe_subscription_id, own.stripe_customer_id
    web.world.clock.move_to(web.world.clock.now() + 5)
    return [StripeEventMessage(f"evt_{n}", UPDATED, subscription, customer) for n in range(count)]


def hand_over(messages: list[StripeEventMessage]) -> list[str]:
    """The ids of the messages that come again."""
    told = [(each.event, each.customer or each.object, json.dumps(asdict(each))) for each in messages]
    return failed(app.on_stripe_event(batch(told), Context("on_stripe_event")))


def fetches(web: Driver) -> int:
    own = subscription_of(web.world)
    return len(web.world.requests("GET", f"/v1/subscriptions/{own.stripe_subscription_id}"))


def exhaust(web: Driver) -> None:
    """Somebody else of the service asks as often as Stripe answers in this second."""
    web.deps.stripe.customer_exists(subscription_of(web.world).stripe_customer_id)


def test_a_batch_about_one_subscription_costs_one_fetch(web: Driver) -> None:
    subscribed(web.world)
    messages, before = updates(web, 10), fetches(web)

    assert hand_over(messages) == []

    assert fetches(web) - before == 1
    assert all(web.deps.store.is_event_done(each.event) for each in messages)


def test_the_next_batch_asks_anew(web: Driver) -> None:
    subscribed(web.world)
    first, second = updates(web, 2)
    before = fetches(web)

    hand_over([first])
    web.world.clock.move_to(web.world.clock.now() + 5)
    hand_over([second])

    assert fetches(web) - before == 2


def test_a_batch_that_stripe_has_no_time_for_goes_back_to_the_queue(web: Driver) -> None:
    subscribed(web.world)
    messages = updates(web, 3)
    web.world.act("webhooks", limit_per_second=1)
    exhaust(web)

    assert hand_over(messages) == ["evt_0", "evt_1", "evt_2"]

    web.world.act("webhooks", limit_per_second=0)
    assert hand_over(messages) == []
    assert all(web.deps.store.is_event_done(each.event) for each in messages)


def test_what_stripe_had_time_for_does_not_come_again(web: Driver) -> None:
    subscribed(web.world)
    ours = updates(web, 1)
    of_nobody = StripeEventMessage("evt_n", "customer.updated", "cus_other", "cus_other")
    web.world.act("webhooks", limit_per_second=1)
    exhaust(web)

    assert hand_over([of_nobody, *ours]) == ["evt_0"]


def test_a_message_from_before_it_named_subscriptions_is_handled(web: Driver) -> None:
    subscribed(web.world)
    old: dict[str, Any] = asdict(updates(web, 1)[0])
    del old["subscription"]

    reply = app.on_stripe_event(batch([("1", "cus_1", json.dumps(old))]), Context("on_stripe_event"))

    assert failed(reply) == []


def test_an_event_of_many_problems_is_told_the_first_few(web: Driver) -> None:
    event = {"id": "e1", **{f"unknown{number}": 1 for number in range(90)}}

    [result] = web.ask("POST", "/v1/usage", {"events": [event]}).json["results"]

    assert result["code"] == "invalid"
    assert len(result["detail"]) < 1_000
