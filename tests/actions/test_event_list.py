"""The list of Stripe's events: each has its place, and those of one object that wait together cost one fetch."""

from typing import Any

import pytest

from chalicelib.actions.handle_stripe_event import HANDLERS, Fresh, handle_stripe_event
from chalicelib.actions.stripe_events import EVENTS
from chalicelib.actions.sync_customer import sync_customer
from chalicelib.errors import Unavailable
from chalicelib.messages import StripeEventMessage
from tests.actions.life import bought, subscribed, subscription_of
from tests.actions.world import Died, World, dying

# What Stripe can send to a service such as this one: of Checkout, subscriptions, invoices, payments and what was paid
# with, of refunds and disputes, and of the offer.
KNOWN = {
    "checkout.session": "completed async_payment_succeeded async_payment_failed expired",
    "customer": "updated deleted",
    "customer.subscription": "created updated deleted paused resumed pending_update_applied pending_update_expired"
    " trial_will_end",
    "customer.tax_id": "created updated deleted",
    "subscription_schedule": "created updated released completed canceled aborted expiring",
    "invoice": "created finalized finalization_failed updated upcoming overdue paid payment_succeeded payment_failed"
    " payment_action_required marked_uncollectible voided",
    "payment_intent": "payment_failed requires_action succeeded",
    "payment_method": "attached updated automatically_updated detached",
    "setup_intent": "succeeded",
    "refund": "created updated failed",
    "charge": "refunded",
    "charge.dispute": "created updated closed funds_withdrawn funds_reinstated",
    "radar.early_fraud_warning": "created",
    "price": "updated deleted",
    "product": "updated",
    "billing_portal.configuration": "updated",
    "test_helpers.test_clock": "ready",
}

SOMEONES = StripeEventMessage("evt_1", "t", "x_1", "cus_1")
LOOK = (sync_customer, "cus_1")


def test_every_event_that_stripe_can_send_has_its_place() -> None:
    assert set(EVENTS) == {f"{about}.{what}" for about, all_of_it in KNOWN.items() for what in all_of_it.split()}


def updates(world: World, count: int) -> list[StripeEventMessage]:
    """Events of the account's subscription that wait together."""
    own = subscription_of(world)
    kind, customer = "customer.subscription.updated", own.stripe_customer_id
    return [StripeEventMessage(f"evt_{n}", kind, own.stripe_subscription_id, customer) for n in range(count)]


def fetches(world: World) -> int:
    own = subscription_of(world)
    return len(world.requests("GET", f"/v1/subscriptions/{own.stripe_subscription_id}"))


def handle_together(world: World, messages: list[StripeEventMessage]) -> None:
    fresh: Fresh = set()
    for message in messages:
        handle_stripe_event(world.deps, message, fresh)


def test_a_renewals_events_cost_one_fetch(world: World) -> None:
    subscribed(world)
    known = {each.event for each in world.messages()}
    world.emulator.turner.move_to(world.seen().period.end + 7200)
    messages = [each for each in world.messages() if each.event not in known]
    before = fetches(world)

    handle_together(world, messages)

    assert {"invoice.paid", "customer.subscription.updated"} <= {each.type for each in messages}
    assert fetches(world) - before == 1
    assert world.seen().period.start <= world.clock.now() < world.seen().period.end


def test_a_sessions_events_that_wait_together_cost_one_fetch(world: World) -> None:
    world.account()
    session = bought(world).stripe_session_id
    kind = "checkout.session.completed"
    before = len(world.requests("GET", f"/v1/checkout/sessions/{session}"))

    handle_together(world, [StripeEventMessage(f"evt_{n}", kind, str(session)) for n in range(3)])

    assert len(world.requests("GET", f"/v1/checkout/sessions/{session}")) - before == 1
    assert world.seen().balance == 1_000_000


def test_a_customers_events_that_wait_together_cost_one_fetch(world: World) -> None:
    customer = subscribed(world)
    kinds = ("payment_method.attached", "customer.updated", "payment_method.detached")
    before = fetches(world)
    world.clock.move_to(world.clock.now() + 5)

    handle_together(world, [StripeEventMessage(f"evt_{kind}", kind, "x_1", customer) for kind in kinds])

    assert fetches(world) - before == 1


def test_a_failed_payments_event_is_not_taken_for_its_sessions_other_one(world: World) -> None:
    world.account()
    session = str(bought(world).stripe_session_id)
    kinds = ("checkout.session.async_payment_failed", "checkout.session.completed")
    before = len(world.requests("GET", f"/v1/checkout/sessions/{session}"))

    handle_together(world, [StripeEventMessage(f"evt_{kind}", kind, session) for kind in kinds])

    assert len(world.requests("GET", f"/v1/checkout/sessions/{session}")) - before == 2


def test_what_failed_is_not_taken_for_fresh(world: World) -> None:
    subscribed(world)
    first, second = updates(world, 2)
    fresh: Fresh = set()

    with pytest.raises(Unavailable):
        handle_stripe_event(world.with_stripe(subscription=unavailable), first, fresh)

    assert fresh == set()
    handle_stripe_event(world.deps, second, fresh)
    assert len(fresh) == 1


def test_what_was_brought_up_to_date_and_not_noted_is_noted_when_it_comes_again(world: World) -> None:
    subscribed(world)
    first, second = updates(world, 2)
    handle_stripe_event(world.deps, first, fresh := set())

    with pytest.raises(Died):
        handle_stripe_event(world.with_store(event_done=dying), second, fresh)
    handle_stripe_event(world.deps, second)

    assert world.deps.store.is_event_done(second.event)


@pytest.mark.parametrize("customer", ["cus_of_another_app", None])
def test_events_of_nobodys_customer_are_quiet_and_done(world: World, customer: str | None) -> None:
    kinds = [kind for kind, handler in HANDLERS.items() if handler.look(SOMEONES) == LOOK]
    messages = [StripeEventMessage(f"evt_{kind}", kind, "x_1", customer) for kind in kinds]
    nobody_asks = world.with_stripe(subscription=dying, subscriptions_of=dying, payment_method=dying)

    for message in messages:
        handle_stripe_event(nobody_asks, message)

    assert len(messages) >= 10
    assert all(world.deps.store.is_event_done(each.event) for each in messages)


def test_an_event_of_a_deleted_customer_is_quiet_and_done(world: World) -> None:
    customer = subscribed(world)
    world.operator.v1.customers.delete(customer)

    done = world.deliver()

    assert "customer.deleted" in done
    assert (world.seen().plan, world.seen().payment_method) == ("free", None)


def unavailable(*_: Any, **__: Any) -> Any:
    raise Unavailable
