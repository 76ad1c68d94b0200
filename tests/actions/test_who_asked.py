"""The audit log of a subscription: who asked for what Stripe has done since, or is to do one day."""

from typing import Any

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.cancel_subscription import cancel_subscription, forget_scheduled, resume_subscription
from chalicelib.actions.change_subscription import Request, change_subscription
from chalicelib.actions.erase import erase
from chalicelib.deps import Deps
from chalicelib.domain.erasable import acting
from chalicelib.domain.subscriptions import Subscription
from chalicelib.domain.wishes import Wish
from tests.actions.changing import subscriber, sync
from tests.actions.life import subscription_of
from tests.actions.world import URLS, World

ADA = "key:test member:ada"
FEWER = {"plan": "team", "interval": "month", "seats": 2}
AHEAD = ("schedule", "release", "cancel_at_period_end", "resume")


def wish(deps: Deps, actor: str = ADA, **wish: Any) -> str | None:
    return change_subscription(deps, "acme", Request(Wish(**wish), *URLS), actor).url


def at_stripe(world: World) -> Subscription:
    return world.deps.stripe.subscription(subscription_of(world).stripe_subscription_id, as_of=world.clock.now())


def logged(world: World, *names: str) -> list[tuple[str | None, str, Any, Any]]:
    """Who touched what of these, oldest first."""
    entries = reversed(world.deps.store.entries("acme", before=None, limit=50))
    touched = [(acting(entry.actor), each) for entry in entries for each in entry.touched]
    return [(who, each.what, each.before, each.after) for who, each in touched if each.what in names]


def overtaken(world: World, *methods: str) -> Deps:
    """Deps whose Stripe tells of each of these before it answers."""

    def telling(call: Any) -> Any:
        def told(*args: Any, **named: Any) -> Any:
            answer = call(*args, **named)
            sync(world)
            return answer

        return told

    return world.with_stripe(**{name: telling(getattr(world.deps.stripe, name)) for name in methods})


@pytest.mark.parametrize("methods", [(), AHEAD], ids=["told by us", "told by Stripe's event first"])
def test_what_lies_ahead_is_logged_with_whoever_asked_for_it(world: World, methods: tuple[str, ...]) -> None:
    subscriber(world)
    ends = {"ends_at": subscription_of(world).period.end}
    deps = overtaken(world, *methods)

    wish(deps, seats=2)
    forget_scheduled(deps, "acme", ADA)
    cancel_subscription(deps, "acme", None, None, ADA)
    resume_subscription(deps, "acme", ADA)

    assert logged(world, "scheduled_change", "cancellation") == [
        ("ada", "scheduled_change", None, FEWER),
        ("ada", "scheduled_change", FEWER, None),
        ("ada", "cancellation", None, ends),
        ("ada", "cancellation", ends, None),
    ]


@pytest.mark.parametrize("methods", [(), ("charge_change",)], ids=["told by us", "told by Stripe's event first"])
def test_what_is_in_force_at_once_is_logged_with_whoever_asked_for_it(world: World, methods: tuple[str, ...]) -> None:
    subscriber(world)

    wish(overtaken(world, *methods), seats=5)

    assert logged(world, "seats_bought")[-1] == ("ada", "seats_bought", 3, 5)


def test_a_first_plan_is_of_whoever_went_to_checkout_and_no_copy_names_him(world: World) -> None:
    world.account()
    url = wish(world.deps, plan="team", seats=3)
    assert wish(world.deps, "key:test member:bob", plan="team", seats=3) == url
    world.pay(url or "")
    world.deliver()

    assert logged(world, "plan") == [(None, "plan", None, "free"), ("ada", "plan", "free", "team")]
    assert subscription_of(world).actor is None
    assert at_stripe(world).actor == ADA
    period = subscription_of(world).period
    cancel_subscription(world.deps, "acme", None, None, ADA)
    world.pass_time(period.end + 1)
    assert logged(world, "plan")[-1] == (None, "plan", "team", "free")
    erase(world.deps, "acme", "Acme", Asker("key:test"))
    assert at_stripe(world).actor is None
