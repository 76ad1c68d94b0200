"""Every account has a portal: its customer is made where there is none, and anew where it was deleted."""

import pytest

from chalicelib.actions.open_portal import open_portal
from chalicelib.errors import UnknownAccount
from tests.actions.life import subscribed
from tests.actions.world import KEY, Died, World, dying_after

BACK = "https://app.example.com/billing"
SESSIONS = "/v1/billing_portal/sessions"


def opened_for(world: World) -> list[str]:
    """The customers that the portal was opened for."""
    return [each["parameters"]["customer"] for each in world.requests("POST", SESSIONS)]


def test_an_account_on_free_gets_a_customer_and_keeps_it(world: World) -> None:
    world.account()

    first, second = (open_portal(world.deps, "acme", BACK, None, KEY) for _ in range(2))

    assert first != second
    assert len(world.requests("POST", "/v1/customers")) == 1
    customer = world.stored()[1].stripe_customer_id
    assert opened_for(world) == [customer, customer]
    assert world.seen().plan == "free"
    assert world.emulator.state.problems == []


def test_who_subscribed_comes_as_that_customer(world: World) -> None:
    customer = subscribed(world)

    open_portal(world.deps, "acme", BACK, "payment_method", KEY)

    assert opened_for(world) == [customer]


def test_a_deleted_customer_is_replaced(world: World) -> None:
    customer = subscribed(world)
    world.operator.v1.customers.delete(customer)

    open_portal(world.deps, "acme", BACK, None, KEY)

    [replaced] = opened_for(world)
    assert replaced != customer
    assert world.stored()[1].stripe_customer_id == replaced


def test_who_dies_after_making_the_customer_finds_it(world: World) -> None:
    world.account()
    dies = world.with_stripe(create_customer=dying_after(world.deps.stripe.create_customer))

    with pytest.raises(Died):
        open_portal(dies, "acme", BACK, None, KEY)
    open_portal(world.deps, "acme", BACK, None, KEY)

    assert len(world.operator.v1.customers.list().data) == 1


def test_an_account_that_is_not_there_has_none(world: World) -> None:
    with pytest.raises(UnknownAccount):
        open_portal(world.deps, "nobody", BACK, None, KEY)

    assert world.emulator.state.problems == []
    assert world.requests("POST", "/v1/customers") == []
