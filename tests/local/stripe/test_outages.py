"""An endpoint that nobody answers at, for minutes or for days."""

import time

from tests.local.stripe.shop import DAY, Shop

HOUR = 3_600


def types_undelivered(shop: Shop) -> list[str]:
    return [event.type for event in shop.service.v1.events.list({"delivery_success": False, "limit": 100}).data]


def test_what_happens_while_the_endpoint_is_down_arrives_when_it_is_back(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.created")
    shop.local("webhooks", {"down": True})
    shop.a_customer()

    shop.later(by=DAY)
    meanwhile = (list(endpoint.received), types_undelivered(shop))
    shop.local("webhooks", {"down": False})
    shop.later(by=13 * HOUR)

    assert meanwhile == ([], ["customer.created"])
    assert endpoint.types == ["customer.created"]
    assert types_undelivered(shop) == []


def test_is_given_up_after_three_days_and_that_is_no_problem(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.created")
    shop.local("webhooks", {"down": True})
    shop.a_customer()

    shop.later(by=3 * DAY + HOUR)
    shop.local("webhooks", {"down": False})
    shop.later(by=4 * DAY)

    assert endpoint.received == []
    assert types_undelivered(shop) == ["customer.created"]
    assert shop.problems() == []


def test_an_endpoint_that_is_down_for_days_is_disabled_and_hears_of_nothing(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.created", "customer.updated")
    shop.local("webhooks", {"down": True})
    customers = [shop.a_customer()]
    for _ in range(5):
        shop.later(by=DAY)
        customers.append(shop.a_customer())

    shop.later(by=HOUR)
    status = shop.operator.v1.webhook_endpoints.retrieve(endpoint.id).status
    shop.local("webhooks", {"down": False})
    shop.service.v1.customers.update(customers[0].id, {"name": "Acme Ltd"})
    shop.later(by=4 * DAY)

    assert status == "disabled"
    assert endpoint.received == []
    # Of what came after there is no failed delivery to be found: only reading all events tells.
    assert "customer.updated" not in types_undelivered(shop)
    assert shop.problems() == []


def test_a_disabled_endpoint_that_is_enabled_again_gets_what_comes_from_then_on(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.created")
    shop.local("webhooks", {"down": True})
    for _ in range(6):
        shop.a_customer()
        shop.later(by=DAY)

    shop.local("webhooks", {"down": False})
    shop.operator.v1.webhook_endpoints.update(endpoint.id, {"disabled": False})
    late = shop.a_customer()
    shop.later(by=DAY)

    assert [event["data"]["object"]["id"] for event in endpoint.events] == [late.id]


def test_an_endpoint_that_refuses_for_days_is_disabled_and_that_is_a_problem(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.created")
    endpoint.status = 500
    for _ in range(6):
        shop.a_customer()
        shop.later(by=DAY)

    assert {problem["kind"] for problem in shop.problems()} == {"webhook_given_up", "endpoint_disabled"}
    assert shop.operator.v1.webhook_endpoints.retrieve(endpoint.id).status == "disabled"


def test_an_endpoint_that_accepts_now_and_then_stays(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.created")
    for day in range(6):
        shop.local("webhooks", {"down": day % 2 == 0})
        shop.a_customer()
        shop.later(by=DAY)

    assert shop.operator.v1.webhook_endpoints.retrieve(endpoint.id).status == "enabled"
    assert len(endpoint.received) == 6


def test_eight_silent_days_turn_in_seconds(shop: Shop) -> None:
    subscriptions = [shop.a_subscription() for _ in range(3)]
    shop.an_endpoint()
    shop.later(by=26 * DAY)
    shop.local("webhooks", {"down": True})

    began = time.monotonic()
    shop.later(by=8 * DAY)

    assert time.monotonic() - began < 10
    assert {shop.latest_invoice(each).status for each in subscriptions} == {"paid"}
