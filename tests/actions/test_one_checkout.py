"""At most one page can be paid on: of several plans asked for at once, and beside a subscription that lives."""

from typing import Any

import pytest

from chalicelib.actions.change_subscription import Request, change_subscription
from chalicelib.domain.invoices import PlanOrder
from chalicelib.domain.wishes import Wish
from chalicelib.errors import ChangeInProgress
from tests.actions.test_change_subscription import TEAM, checkout
from tests.actions.world import KEY, URLS, World


def open_pages(world: World) -> list[str]:
    listed = world.operator.v1.checkout.sessions.list({"limit": 100}).data
    return [each.url or "" for each in listed if each.status == "open"]


def test_two_plans_asked_for_at_once_leave_one_page_that_can_be_paid(world: World) -> None:
    world.account()
    real, urls = world.deps.stripe.checkout_plan, list[str]()

    def overtaken(*args: Any, **named: Any) -> Any:
        urls.append(checkout(world, Wish("business")))
        return real(*args, **named)

    outcome = change_subscription(world.with_stripe(checkout_plan=overtaken), "acme", Request(TEAM, *URLS), KEY)

    assert open_pages(world) == [outcome.url]
    assert urls[0] != outcome.url


def test_who_was_not_the_newest_is_told_to_look_again(world: World) -> None:
    world.account()
    real = world.deps.stripe.checkout_plan

    def overtaken(*args: Any, **named: Any) -> Any:
        made = real(*args, **named)
        world.deps.stripe.expire_checkout(made.stripe_session_id)
        checkout(world, Wish("business"))
        return made

    with pytest.raises(ChangeInProgress):
        change_subscription(world.with_stripe(checkout_plan=overtaken), "acme", Request(TEAM, *URLS), KEY)

    assert len(open_pages(world)) == 1


def test_a_page_beside_one_that_is_being_paid_is_closed(world: World) -> None:
    world.account()
    real, stripe = world.deps.stripe.checkout_plan, world.deps.stripe

    def overtaken(*args: Any, **named: Any) -> Any:
        checkout(world, Wish("business"))
        return real(*args, **named)

    def paid_first(stripe_session_id: str) -> None:
        if stripe.checkout(stripe_session_id).prices[0][0] == "business_month":
            world.pay(stripe_session_id)
        stripe.expire_checkout(stripe_session_id)

    with pytest.raises(ChangeInProgress):
        change_subscription(
            world.with_stripe(checkout_plan=overtaken, expire_checkout=paid_first),
            "acme",
            Request(TEAM, *URLS),
            KEY,
        )

    assert open_pages(world) == []


def test_who_subscribed_finds_no_other_page_open(world: World) -> None:
    world.account()
    url = checkout(world)
    customer = world.stored()[1].stripe_customer_id
    assert customer
    order = PlanOrder("acme", "personal_month", None, *URLS)
    world.deps.stripe.checkout_plan(order, customer, key="beside")

    world.pay(url)
    world.deliver()

    assert open_pages(world) == []
    assert world.seen().plan == "team"
