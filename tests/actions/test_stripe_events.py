"""Stripe's events: taken only when signed and for us, queued before they are noted, worked off once in effect."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.handle_stripe_event import HANDLERS, handle_stripe_event
from chalicelib.actions.receive_stripe_event import receive_stripe_event
from chalicelib.adapters.stripe.signatures import sign
from chalicelib.deps import Deps
from chalicelib.errors import BadSignature, StripeGone, Unavailable
from chalicelib.messages import StripeEventMessage, pointing_at
from chalicelib.settings import STRIPE_API_VERSION
from tests.actions.life import subscribed, subscription_of
from tests.actions.world import SECRET, Died, World, dying

EVENT = {
    "id": "evt_1",
    "type": "customer.subscription.updated",
    "livemode": False,
    "api_version": STRIPE_API_VERSION,
    "data": {"object": {"id": "sub_1", "object": "subscription", "customer": "cus_1"}},
}
MESSAGE = StripeEventMessage("evt_1", "customer.subscription.updated", "sub_1", "cus_1")


class Line:
    """A queue that remembers."""

    def __init__(self, *, broken: bool = False) -> None:
        self.taken: list[StripeEventMessage] = []
        self.broken = broken

    def stripe_event(self, message: StripeEventMessage) -> None:
        if self.broken:
            raise Unavailable
        self.taken.append(message)


def receive(deps: Deps, event: Any, secret: str = SECRET) -> None:
    raw = json.dumps(event).encode()
    receive_stripe_event(deps, raw, sign(raw, deps.clock.now(), secret))


@pytest.fixture
def line(world: World) -> Line:
    line = Line()
    world.deps = replace(world.deps, queue=line)  # type: ignore[arg-type] only this queue is used
    return line


def test_a_signed_event_is_queued_and_noted(world: World, line: Line) -> None:
    receive(world.deps, EVENT)

    assert line.taken == [MESSAGE]
    assert world.deps.store.unseen_events(["evt_1", "evt_2"]) == {"evt_2"}


def test_an_unsigned_event_is_refused(world: World, line: Line) -> None:
    with pytest.raises(BadSignature):
        receive(world.deps, EVENT, secret="whsec_other")

    assert line.taken == []


@pytest.mark.parametrize(
    ("why", "changed"),
    [
        ("of a connected account", {"account": "acct_1"}),
        ("of the other mode", {"livemode": True}),
        ("in another version's shape", {"api_version": "2020-08-27"}),
        ("of a type that nobody handles", {"type": "plan.created"}),
    ],
)
def test_an_event_that_is_not_for_us_is_taken_and_forgotten(
    world: World, line: Line, why: str, changed: dict[str, Any]
) -> None:
    receive(world.deps, EVENT | changed)

    assert line.taken == [], why
    assert world.deps.store.unseen_events(["evt_1"]) == {"evt_1"}


def test_an_event_that_the_queue_did_not_take_is_not_noted(world: World) -> None:
    broken = replace(world.deps, queue=Line(broken=True))  # type: ignore[arg-type] only this queue is used

    with pytest.raises(Unavailable):
        receive(broken, EVENT)

    assert world.deps.store.unseen_events(["evt_1"]) == {"evt_1"}


@pytest.mark.parametrize(
    ("why", "event", "customer"),
    [
        ("the object's customer", {"object": {"id": "in_1", "object": "invoice", "customer": "cus_1"}}, "cus_1"),
        ("the customer itself", {"object": {"id": "cus_1", "object": "customer"}}, "cus_1"),
        (
            "the customer before a card was detached",
            {"object": {"id": "pm_1", "customer": None}, "previous_attributes": {"customer": "cus_1"}},
            "cus_1",
        ),
        ("the schedule's", {"object": {"id": "sub_sched_1", "customer": "cus_1"}}, "cus_1"),
        ("a tax id's", {"object": {"id": "txi_1", "customer": "cus_1"}}, "cus_1"),
        ("nobody's price", {"object": {"id": "price_1"}}, None),
        ("a dispute, which names a charge", {"object": {"id": "du_1", "charge": "ch_1"}}, None),
        ("a refund, which names a charge", {"object": {"id": "re_1", "charge": "ch_1"}}, None),
        ("a card that was nobody's before", {"object": {"id": "pm_1", "customer": None}}, None),
        (
            "an expanded customer",
            {"object": {"id": "in_1", "customer": {"id": "cus_1", "object": "customer"}}},
            "cus_1",
        ),
        ("a customer that is none", {"object": {"id": "in_1", "customer": ["cus_1"]}}, None),
        ("an object without an id", {"object": {"object": "balance"}}, None),
    ],
)
def test_a_message_names_the_object_and_whose_it_is(why: str, event: dict[str, Any], customer: str | None) -> None:
    message = pointing_at({"id": "evt_1", "type": "t", "data": event})

    assert message.customer == customer, why
    assert message.object == event["object"].get("id", "")


@pytest.mark.parametrize(
    ("why", "about", "subscription"),
    [
        ("an invoice's", {"parent": {"subscription_details": {"subscription": "sub_1"}}}, "sub_1"),
        ("an invoice's of no subscription", {"parent": None}, None),
        (
            "an invoice's of a quote",
            {"parent": {"quote_details": {"quote": "qt_1"}, "subscription_details": None}},
            None,
        ),
        ("a schedule's", {"subscription": "sub_1", "released_subscription": None}, "sub_1"),
        ("a schedule's that was released", {"subscription": None, "released_subscription": "sub_1"}, "sub_1"),
        ("an expanded one", {"subscription": {"id": "sub_1", "object": "subscription"}}, "sub_1"),
        ("what is none", {"subscription": ["sub_1"], "parent": "sub_1"}, None),
    ],
)
def test_a_message_names_the_subscription_that_its_object_is_of(
    why: str, about: dict[str, Any], subscription: str | None
) -> None:
    message = pointing_at({"id": "evt_1", "type": "t", "data": {"object": {"id": "x_1", **about}}})

    assert message.subscription == subscription, why


@pytest.mark.parametrize(
    ("why", "changed"),
    [
        ("no data", {"data": None}),
        ("data that is a list", {"data": [{"object": {"id": "sub_1"}}]}),
        ("an object that is none", {"data": {"object": "sub_1"}}),
        ("an object that is a list", {"data": {"object": [], "previous_attributes": "x"}}),
        ("an id that is a number", {"data": {"object": {"id": 7}}}),
        ("an id of nobody's length", {"data": {"object": {"id": "s" * 256}}}),
        ("an id that no queue takes", {"data": {"object": {"id": "sub_\ud800"}}}),
        ("an event without an id", {"id": ""}),
    ],
)
def test_an_event_that_points_at_nothing_is_taken_and_told(
    world: World, line: Line, caplog: Any, why: str, changed: dict[str, Any]
) -> None:
    receive(world.deps, EVENT | changed)

    assert line.taken == [], why
    assert "stripe_event.points_at_nothing" in caplog.messages


def test_what_was_done_is_not_done_again(world: World) -> None:
    subscribed(world)
    done = world.messages("customer.subscription.created")[0]

    handle_stripe_event(world.with_stripe(subscription=dying), done)


def test_what_died_on_the_way_is_done_again(world: World) -> None:
    subscribed(world)
    own = subscription_of(world)
    world.operator.v1.subscriptions.cancel(own.stripe_subscription_id)
    ended = world.messages("customer.subscription.deleted")[0]
    with pytest.raises(Died):
        handle_stripe_event(world.with_store(event_done=dying), ended)
    with pytest.raises(Died):
        handle_stripe_event(world.with_stripe(subscription=dying), ended)

    handle_stripe_event(world.deps, ended)

    assert world.seen().plan == "free"
    assert len(world.deps.store.entries("acme", before=None, limit=10)) == 3


@pytest.mark.parametrize("kind", sorted(HANDLERS))
def test_an_object_that_is_gone_is_done(world: World, kind: str) -> None:
    message = StripeEventMessage("evt_1", kind, "gone_1", "cus_gone")

    handle_stripe_event(world.deps, message)

    assert not world.deps.store.note_event(message, world.clock.now())


def test_unknown_types_are_left_alone(world: World) -> None:
    handle_stripe_event(world.deps, StripeEventMessage("evt_1", "plan.created", "plan_1"))

    assert world.deps.store.unseen_events(["evt_1"]) == {"evt_1"}


def test_a_failure_is_raised_and_the_event_stays_undone(world: World) -> None:
    subscribed(world)
    message = replace(world.messages("customer.subscription.created")[0], event="evt_again")

    def unavailable(*_: Any, **__: Any) -> Any:
        raise Unavailable

    with pytest.raises(Unavailable):
        handle_stripe_event(world.with_stripe(subscription=unavailable), message)

    assert world.deps.store.note_event(message, world.clock.now())


def test_a_new_card_is_shown_for_who_has_no_subscription(world: World) -> None:
    customer = subscribed(world)
    world.operator.v1.subscriptions.cancel(subscription_of(world).stripe_subscription_id)
    world.deliver()

    world.act(f"customers/{customer}/card", card="5555555555554444")
    world.deliver()

    method = world.seen().payment_method
    assert method is not None
    assert method.last4 == "4444"


def test_a_new_card_is_shown_for_a_subscriber(world: World) -> None:
    customer = subscribed(world)

    world.act(f"customers/{customer}/card", card="5555555555554444")
    world.deliver()

    method = world.seen().payment_method
    assert method is not None
    assert method.last4 == "4444"


def test_a_gone_subscription_does_not_stop_the_queue(world: World) -> None:
    subscribed(world)
    message = StripeEventMessage("evt_9", "customer.subscription.updated", "sub_1", None)

    def gone(*_: Any, **__: Any) -> Any:
        raise StripeGone

    handle_stripe_event(world.with_stripe(subscription=gone), message)

    assert world.seen().plan == "team"
