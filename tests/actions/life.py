"""The first steps of an account's life, for tests of what comes after."""

from chalicelib.actions.buy_credits import buy_credits
from chalicelib.actions.change_subscription import Request, change_subscription
from chalicelib.domain.credits import Purchase
from chalicelib.domain.subscriptions import Subscription
from chalicelib.domain.wishes import Wish
from tests.actions.world import KEY, URLS, World

TEAM = Wish("team", seats=3)


def subscribed(world: World, wish: Wish = TEAM) -> str:
    """A new account that has paid through Checkout, every event handled; returns its Stripe customer."""
    world.account()
    outcome = change_subscription(world.deps, "acme", Request(wish, *URLS), KEY)
    assert outcome.url
    world.pay(outcome.url)
    world.deliver()
    customer = world.stored()[1].stripe_customer_id
    assert customer
    return customer


def subscription_of(world: World) -> Subscription:
    subscription = world.stored()[1].subscription
    assert subscription
    return subscription


def ordered(world: World, pack: str = "starter") -> Purchase:
    """A pack whose Checkout is open."""
    return buy_credits(world.deps, "acme", pack, URLS, KEY)[0]


def bought(world: World, pack: str = "starter") -> Purchase:
    """A pack that was paid for, its events not handled yet."""
    purchase = ordered(world, pack)
    assert purchase.stripe_session_id
    world.pay(purchase.stripe_session_id)
    return purchase
