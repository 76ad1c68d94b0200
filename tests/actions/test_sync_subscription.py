"""Whatever comes in whichever order, and however often: the account ends up as Stripe has it."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.change_account import FENCE_SECONDS
from chalicelib.actions.sync_subscription import sync_subscription
from chalicelib.domain.journal import begin
from chalicelib.domain.money import Money
from chalicelib.domain.periods import months_after
from chalicelib.domain.subscriptions import Subscription
from chalicelib.errors import Conflict, StripeRefused, Unavailable
from tests.actions.life import subscribed, subscription_of
from tests.actions.world import FAILS_LATER, VISA, Died, World, dying, dying_after

DAY = 86_400


def answering(world: World, *answers: Subscription) -> Any:
    """Stripe answering with these copies, one after the other, each as of its own instant."""
    copies = iter(answers)
    return world.with_stripe(subscription=lambda _id, as_of: next(copies))  # noqa: ARG005 the copies carry their own


def test_repeats_write_nothing(world: World) -> None:
    subscribed(world)
    before = world.stored()

    for message in world.messages("customer.subscription.created", "customer.subscription.updated"):
        sync_subscription(world.deps, message.object)

    assert world.stored() == before


def test_events_in_any_order_come_to_the_same(world: World) -> None:
    subscribed(world)
    world.act(f"customers/{world.stored()[1].stripe_customer_id}/card", card=FAILS_LATER)
    world.emulator.turner.move_to(world.seen().period.end + 7200)
    messages = world.messages("customer.subscription.updated", "invoice.paid", "invoice.payment_failed")

    for message in messages[::-1]:
        sync_subscription(world.deps, subscription_of(world).stripe_subscription_id)
        assert message.customer

    assert (world.seen().status, world.seen().standing, world.seen().plan) == ("past_due", "grace", "team")


def test_an_older_answer_that_comes_late_changes_nothing(world: World) -> None:
    subscribed(world)
    own = subscription_of(world)
    before = world.stored()

    sync_subscription(answering(world, replace(own, as_of=own.as_of - 1, seats=9)), own.stripe_subscription_id)

    assert world.stored() == before


def test_of_two_answers_from_one_second_stripe_is_asked_again(world: World) -> None:
    subscribed(world)
    own = subscription_of(world)
    answers = answering(world, replace(own, seats=9), replace(own, seats=4))

    sync_subscription(answers, own.stripe_subscription_id)

    assert world.seen().seats.bought == 4


def test_a_newer_answer_counts(world: World) -> None:
    subscribed(world)
    own = subscription_of(world)

    sync_subscription(answering(world, replace(own, as_of=own.as_of + 1, seats=9)), own.stripe_subscription_id)

    assert world.seen().seats.bought == 9


def test_a_failed_renewal_is_grace_until_it_is_paid(world: World) -> None:
    customer = subscribed(world)
    first = world.seen().period
    world.act(f"customers/{customer}/card", card=FAILS_LATER)
    world.pass_time(first.end + 7200)

    failed = world.seen()
    assert (failed.plan, failed.standing, failed.status) == ("team", "grace", "past_due")
    assert failed.payment_required is not None
    assert failed.payment_required.amount == Money(5_355, "eur")
    invoice = world.operator.v1.invoices.list({"customer": customer, "status": "open"}).data[0]
    assert failed.payment_required.url == invoice.hosted_invoice_url
    world.act(f"invoices/{invoice.id}", card=VISA)
    world.deliver()

    paid = world.seen()
    assert (paid.standing, paid.status, paid.payment_required) == ("good", "active", None)
    kinds = [
        notice.kind for entry in world.deps.store.entries("acme", before=None, limit=10) for notice in entry.notices
    ]
    assert kinds == ["payment_recovered", "payment_failed", "plan_changed"]


def test_grace_runs_out_by_itself_and_stays_out(world: World) -> None:
    customer = subscribed(world)
    world.act("settings", dunning_end="past_due")
    world.act(f"customers/{customer}/card", card=FAILS_LATER)
    end = world.seen().period.end
    world.pass_time(end + 7200)
    assert world.seen().standing == "grace"

    world.pass_time(end + 7 * DAY)
    sync_subscription(world.deps, subscription_of(world).stripe_subscription_id)

    assert (world.seen().plan, world.seen().standing) == ("team", "none")


def test_a_renewal_moves_the_paid_period_and_not_the_anchor(world: World) -> None:
    subscribed(world)
    first = world.seen().period

    world.pass_time(first.end + 7200)

    seen = world.seen()
    assert seen.period.start == first.end
    assert seen.usage_period == seen.period
    assert world.stored()[0].anchor == first.start


def test_a_second_subscription_is_left_alone_while_the_first_lives(world: World, caplog: Any) -> None:
    customer = subscribed(world)
    before = world.stored()

    made = second(world, customer, "business_month", 5)
    world.deliver()

    assert world.stored()[0] == before[0]
    assert "subscription.second" in caplog.messages
    assert world.seen().drift == f"Stripe has a second subscription that is live: {made}"
    world.operator.v1.subscriptions.cancel(made)
    world.deliver()
    assert world.seen().drift is None


def test_another_subscription_takes_over_from_one_that_has_ended_unseen(world: World) -> None:
    customer = subscribed(world)
    world.operator.v1.subscriptions.cancel(subscription_of(world).stripe_subscription_id)

    made = second(world, customer, "business_month", 5)
    sync_subscription(world.deps, made)

    assert (world.seen().plan, world.seen().seats.bought) == ("business", 5)


def test_a_subscription_made_in_the_dashboard_is_adopted_with_its_customer(world: World) -> None:
    world.account()
    customer = world.operator.v1.customers.create({"name": "Acme", "metadata": {}}).id
    world.act(f"customers/{customer}/card", card=VISA)

    sync_subscription(world.deps, second(world, customer, "team_month", 4, account="acme"))

    assert (world.seen().plan, world.seen().seats.bought) == ("team", 4)
    assert world.deps.store.account_of_customer(customer) == "acme"


@pytest.mark.parametrize("account", [None, "stranger"])
def test_a_subscription_of_nobody_is_left_alone(world: World, account: str | None) -> None:
    customer = world.operator.v1.customers.create({"name": "Someone"}).id
    world.act(f"customers/{customer}/card", card=VISA)

    sync_subscription(world.deps, second(world, customer, "team_month", 2, account=account))

    assert world.deps.store.state("stranger") is None


@pytest.mark.parametrize("step", ["account", "payment_method", "commit"])
def test_dying_between_the_steps_and_coming_again_has_its_effect_once(world: World, step: str) -> None:
    subscribed(world)
    own = subscription_of(world)
    world.operator.v1.subscriptions.cancel(own.stripe_subscription_id)
    store, gateway = world.deps.store, world.deps.stripe
    broken = {
        "account": lambda: world.with_store(account=dying),
        "payment_method": lambda: world.with_stripe(payment_method=dying_after(gateway.payment_method)),
        "commit": lambda: world.with_store(commit=dying_after(store.commit)),
    }[step]()
    with pytest.raises(Died):
        sync_subscription(broken, own.stripe_subscription_id)

    sync_subscription(world.deps, own.stripe_subscription_id)

    assert (world.seen().plan, world.seen().status) == ("free", "free")
    assert [entry.cause for entry in store.entries("acme", before=None, limit=1)] == [
        f"subscription:{own.stripe_subscription_id}"
    ]
    assert world.stored()[0].entries == 3


def test_a_card_that_cannot_be_the_default_does_not_keep_the_plan_from_starting(world: World) -> None:
    world.account()
    customer = world.operator.v1.customers.create({"name": "Acme"}).id
    world.act(f"customers/{customer}/card", card=VISA)
    made = second(world, customer, "team_month", 4)

    def refused(*_: Any, **__: Any) -> Any:
        raise StripeRefused("no")

    sync_subscription(world.with_stripe(use_by_default=refused, payment_method=lambda *_: None), made)

    assert world.seen().plan == "team"


def test_a_lost_answer_of_the_store_does_no_harm(world: World) -> None:
    subscribed(world)
    own = subscription_of(world)
    world.operator.v1.subscriptions.cancel(own.stripe_subscription_id)

    def lost(*args: Any, **named: Any) -> Any:
        world.deps.store.commit(*args, **named)
        raise Unavailable

    with pytest.raises(Unavailable):
        sync_subscription(world.with_store(commit=lost), own.stripe_subscription_id)
    sync_subscription(world.deps, own.stripe_subscription_id)

    assert world.stored()[0].entries == 3


def test_who_keeps_losing_makes_usage_wait_and_gets_through(world: World) -> None:
    subscribed(world)
    own = subscription_of(world)
    real, fences = world.deps.store, []

    def losing(*args: Any, **named: Any) -> Any:
        fences.append(world.stored()[0].fence)
        if len(fences) <= 4:
            touch(world)
        return real.commit(*args, **named)

    answers = answering(world, replace(own, as_of=own.as_of + 1, seats=9))
    sync_subscription(replace(world.with_store(commit=losing), stripe=answers.stripe), own.stripe_subscription_id)

    assert world.seen().seats.bought == 9
    assert [fence is not None for fence in fences] == [False, False, False, True, False]
    assert fences[3] - world.clock.now() == pytest.approx(FENCE_SECONDS, abs=10)


def test_after_six_losses_somebody_else_may_try(world: World) -> None:
    subscribed(world)
    own = subscription_of(world)
    real = world.deps.store

    def losing(*args: Any, **named: Any) -> Any:
        touch(world)
        return real.commit(*args, **named)

    answers = answering(world, replace(own, as_of=own.as_of + 1, seats=9))
    with pytest.raises(Conflict):
        sync_subscription(replace(world.with_store(commit=losing), stripe=answers.stripe), own.stripe_subscription_id)

    assert world.seen().seats.bought == 3


def touch(world: World) -> None:
    """Somebody else writes to the account."""
    state, _ = world.stored()
    world.deps.store.commit(begin(state, world.clock.now(), world.deps.catalogue).because("touched"))


def second(world: World, customer: str, lookup_key: str, seats: int, account: str | None = "acme") -> str:
    """A subscription made by people, in the dashboard."""
    price = world.operator.v1.prices.list({"lookup_keys": [lookup_key]}).data[0].id
    metadata = {"account": account} if account else {}
    params: Any = {"customer": customer, "items": [{"price": price, "quantity": seats}], "metadata": metadata}
    return world.operator.v1.subscriptions.create(params).id


def test_the_first_subscription_begins_a_new_usage_period(world: World) -> None:
    subscribed(world)

    state, _ = world.stored()

    assert state.period.start == subscription_of(world).created
    assert state.period.end == months_after(state.period.start, 1)
