"""What webhooks lost is found in Stripe's own list, and what differs at night is put right."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.catch_up import FIRST_SECONDS, OVERLAP_SECONDS, catch_up
from chalicelib.actions.handle_stripe_event import handle_stripe_event
from chalicelib.actions.reconcile import reconcile
from chalicelib.errors import BillingError, StripeUnavailable, Unavailable
from chalicelib.messages import StripeEventMessage
from tests.actions.life import bought, subscribed, subscription_of
from tests.actions.world import Died, World, dying
from tests.builders import NOW


def collecting(world: World) -> list[StripeEventMessage]:
    """Takes the place of the queue."""
    taken: list[StripeEventMessage] = []

    class Line:
        def stripe_event(self, message: StripeEventMessage) -> None:
            taken.append(message)

    world.deps = replace(world.deps, queue=Line())  # type: ignore[arg-type] only this queue is used
    return taken


def test_what_no_webhook_brought_is_queued_and_the_end_is_the_same(world: World) -> None:
    world.account()
    bought(world)
    taken = collecting(world)

    count = catch_up(world.deps)
    for message in taken:
        handle_stripe_event(world.deps, message)

    assert count == len(taken) == len(world.messages())
    assert world.seen().balance == 1_000_000


def test_what_was_noted_is_not_queued_again(world: World) -> None:
    subscribed(world)
    taken = collecting(world)

    assert catch_up(world.deps) == 0
    assert taken == []


def test_the_next_run_looks_only_where_the_last_one_ended(world: World) -> None:
    asked: list[int] = []

    def events_since(since: int) -> list[Any]:
        asked.append(since)
        return []

    deps = world.with_stripe(events_since=events_since)
    catch_up(deps)
    world.clock.move_to(NOW + 900)
    catch_up(deps)

    assert asked[0] == pytest.approx(NOW - FIRST_SECONDS - OVERLAP_SECONDS, abs=5)
    assert asked[1] == pytest.approx(NOW - OVERLAP_SECONDS, abs=5)


@pytest.mark.parametrize("step", ["queueing", "moving on"])
def test_a_run_that_died_is_repeated_whole(world: World, step: str) -> None:
    world.account()
    bought(world)
    taken = collecting(world)
    broken = world.with_store(unseen_events=dying) if step == "queueing" else world.with_store(move_watermark=dying)
    with pytest.raises(Died):
        catch_up(broken)
    taken.clear()

    assert catch_up(world.deps) == len(world.messages())
    assert world.deps.store.watermark() is not None


def test_a_queue_that_fails_leaves_the_watermark(world: World) -> None:
    world.account()
    bought(world)

    class Broken:
        def stripe_event(self, _message: StripeEventMessage) -> None:
            raise Unavailable

    with pytest.raises(Unavailable):
        catch_up(replace(world.deps, queue=Broken()))  # type: ignore[arg-type] only this queue is used

    assert world.deps.store.watermark() is None


def test_the_night_finds_an_end_that_was_missed(world: World) -> None:
    subscribed(world)
    world.operator.v1.subscriptions.cancel(subscription_of(world).stripe_subscription_id)

    assert reconcile(world.deps) == 1
    assert world.seen().plan == "free"
    assert reconcile(world.deps) == 0


def test_the_night_finds_a_beginning_that_was_missed(world: World) -> None:
    customer = subscribed(world)
    world.operator.v1.subscriptions.cancel(subscription_of(world).stripe_subscription_id)
    world.deliver()
    price = world.operator.v1.prices.list({"lookup_keys": ["business_month"]}).data[0].id
    params: Any = {"customer": customer, "items": [{"price": price, "quantity": 6}]}
    world.operator.v1.subscriptions.create(params)

    assert reconcile(world.deps) == 1
    assert (world.seen().plan, world.seen().seats.bought) == ("business", 6)


def test_the_night_changes_nothing_where_all_agrees(world: World) -> None:
    subscribed(world)
    before = world.stored()

    assert reconcile(world.deps) == 0
    assert world.stored() == before


def test_one_that_cannot_be_reconciled_is_told_after_the_others(world: World) -> None:
    subscribed(world)
    own = subscription_of(world)
    world.operator.v1.subscriptions.cancel(own.stripe_subscription_id)
    broken, real = replace(own, stripe_subscription_id="sub_x", account="acme"), world.deps.stripe

    def subscription(stripe_subscription_id: str, *, as_of: int) -> Any:
        if stripe_subscription_id == "sub_x":
            raise StripeUnavailable
        return real.subscription(stripe_subscription_id, as_of=as_of)

    def subscriptions(*, as_of: int) -> Any:
        yield from real.subscriptions(as_of=as_of)
        yield replace(broken, as_of=as_of)

    with pytest.raises(BillingError):
        reconcile(world.with_stripe(subscription=subscription, subscriptions=subscriptions))

    assert world.seen().plan == "free"
