"""The portal's configuration is ours, allows nothing that changes plans, and is made once."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.adapters.stripe.calls import Calls
from chalicelib.adapters.stripe.portal import Portal
from chalicelib.deps import Stripe
from chalicelib.errors import StripeRefused
from infra.local.stripe.emulator import SERVICE_KEY
from infra.local.stripe.faults import CYCLE, Fault
from tests.actions.world import World, a_world
from tests.direct import DirectGateway, client

BACK = "https://app.example.com/billing"
CONFIGURATIONS, SESSIONS = "/v1/billing_portal/configurations", "/v1/billing_portal/sessions"


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as world:
        yield world


def another_process(world: World) -> Stripe:
    return DirectGateway(world.deps.settings, world.deps.catalogue, world.emulator.api)


def a_customer(world: World) -> str:
    return world.operator.v1.customers.create({"name": "Acme"}).id


def made(world: World) -> list[str]:
    return [each.id for each in world.operator.v1.billing_portal.configurations.list({"limit": 100}).data]


def test_it_shows_how_is_paid_and_changes_no_plan(world: World) -> None:
    world.deps.stripe.portal(a_customer(world), BACK, flow=None, key="p1")

    [configuration] = world.operator.v1.billing_portal.configurations.list().data
    features = configuration.features.to_dict()
    assert {name: each["enabled"] for name, each in features.items()} == {
        "payment_method_update": True,
        "invoice_history": True,
        "customer_update": True,
        "subscription_cancel": False,
        "subscription_update": False,
        "subscription_pause": False,
    }
    assert set(features["customer_update"]["allowed_updates"]) == {"name", "address", "tax_id"}
    sent = world.emulator.state.requests[-2]
    assert sent["path"] == SESSIONS
    assert sent["parameters"]["configuration"] == configuration.id
    assert world.emulator.state.problems == []


def test_it_is_made_once_and_remembered(world: World) -> None:
    customer = a_customer(world)

    urls = {world.deps.stripe.portal(customer, BACK, flow=None, key=f"p{each}") for each in range(3)}

    assert len(urls) == 3
    assert len(world.requests("GET", CONFIGURATIONS)) == len(world.requests("POST", CONFIGURATIONS)) == 1


def test_another_process_finds_it_among_others(world: World) -> None:
    world.deps.stripe.portal(a_customer(world), BACK, flow=None, key="p1")
    for _ in range(101):
        world.operator.v1.billing_portal.configurations.create({"features": {"invoice_history": {"enabled": True}}})
    before = made(world)

    another_process(world).portal(a_customer(world), BACK, flow=None, key="p2")

    assert made(world) == before
    used = [each["parameters"]["configuration"] for each in world.requests("POST", SESSIONS)]
    assert len(set(used)) == 1


def test_one_that_was_put_out_of_use_is_replaced(world: World) -> None:
    customer = a_customer(world)
    world.deps.stripe.portal(customer, BACK, flow=None, key="p1")
    [first] = made(world)
    world.operator.v1.billing_portal.configurations.update(first, {"active": False})

    with pytest.raises(StripeRefused):
        world.deps.stripe.portal(customer, BACK, flow=None, key="p2")
    assert world.deps.stripe.portal(customer, BACK, flow=None, key="p3")

    second, _ = made(world)
    assert second != first


@pytest.mark.parametrize("fault", [Fault.KEPT_UNDONE, Fault.KEPT_DONE, Fault.LOST])
def test_a_failing_stripe_still_makes_one(world: World, fault: Fault) -> None:
    calls = FailingOnce(world, fault)
    customer = a_customer(world)

    url = Portal(calls).url(customer, BACK, None, "p1")

    assert url.startswith(world.emulator.url)
    assert len(made(world)) == 1


class FailingOnce(Calls):
    """Stripe as it is, but a fault befalls the first call that makes something."""

    def __init__(self, world: World, fault: Fault) -> None:
        super().__init__(world.deps.settings)
        self._client = client(world.emulator.api, SERVICE_KEY)
        self._faults = world.emulator.state.faults
        self._faults.failures_so_far = CYCLE.index(fault)
        self._count = 1

    def make(self, key: str, call: Any, look: Any = lambda: None) -> Any:
        self._faults.fail_api, self._count = self._count, 0
        return super().make(key, call, look)


def test_a_link_can_lead_straight_to_the_card_and_back(world: World) -> None:
    world.deps.stripe.portal(a_customer(world), BACK, flow="payment_method", key="p1")

    [sent] = world.requests("POST", SESSIONS)
    assert sent["parameters"]["flow_data"] == {
        "type": "payment_method_update",
        "after_completion": {"type": "redirect", "redirect": {"return_url": BACK}},
    }
    assert world.emulator.state.problems == []
