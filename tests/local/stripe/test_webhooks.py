"""Webhooks: signed, delivered until accepted or three days old, and what can go wrong on the way."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.shop import DAY, Shop

HOUR = 3_600
# The emulator signs by its own clock, which the SDK does not know.
ANY_AGE = 10**10


def test_is_signed_with_the_endpoints_secret(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.created")
    shop.a_customer()

    shop.local("settle", {})

    body, header = endpoint.received[0]
    event = stripe.Webhook.construct_event(body, header, endpoint.secret, tolerance=ANY_AGE)
    assert (event.type, event.livemode, event.api_version) == ("customer.created", False, "2026-10-28.endive")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, header, "whsec_of_somebody_else", tolerance=ANY_AGE)


def test_the_secret_is_shown_once(shop: Shop) -> None:
    endpoint = shop.an_endpoint()

    again = shop.operator.v1.webhook_endpoints.retrieve(endpoint.id)

    assert endpoint.secret.startswith("whsec_")
    assert "secret" not in again


def test_an_endpoint_gets_what_it_asked_for(shop: Shop) -> None:
    one, all_of_them = shop.an_endpoint("customer.updated"), shop.an_endpoint()
    customer = shop.a_customer()

    shop.service.v1.customers.update(customer.id, {"name": "Acme Ltd"})
    shop.local("settle", {})

    assert one.types == ["customer.updated"]
    assert all_of_them.types == ["customer.created", "customer.updated"]
    assert one.events[0]["data"]["previous_attributes"] == {"name": "Acme"}


def test_an_event_names_the_request_that_caused_it(shop: Shop) -> None:
    endpoint = shop.an_endpoint()

    shop.service.v1.customers.create({"name": "Acme"}, {"idempotency_key": "customer:acme"})
    shop.local("settle", {})

    assert endpoint.events[0]["request"]["idempotency_key"] == "customer:acme"


def test_what_time_brings_has_no_request(shop: Shop) -> None:
    shop.a_subscription()
    endpoint = shop.an_endpoint("invoice.created")

    shop.later(by=29 * DAY)

    assert endpoint.events[0]["request"] == {"id": None, "idempotency_key": None}


def test_the_payload_is_the_object_as_it_was_then(shop: Shop) -> None:
    endpoint = shop.an_endpoint()
    customer = shop.a_customer()
    shop.service.v1.customers.update(customer.id, {"name": "Acme Ltd"})

    shop.local("settle", {})

    assert [event["data"]["object"]["name"] for event in endpoint.events] == ["Acme", "Acme Ltd"]


@pytest.mark.parametrize("status", [500, 400, 302])
def test_anything_but_2xx_is_tried_again_with_growing_gaps(shop: Shop, status: int) -> None:
    endpoint = shop.an_endpoint("customer.created")
    endpoint.status = status
    shop.a_customer()

    shop.later(by=HOUR)
    tries = len(endpoint.received)
    pending = shop.service.v1.events.list({"delivery_success": False}).data
    endpoint.status = 200
    shop.later(by=2 * HOUR)

    assert tries == 5
    assert [event.type for event in pending] == ["customer.created"]
    assert len(endpoint.received) == tries + 1
    assert shop.service.v1.events.list({"delivery_success": False}).data == []
    assert {event["id"] for event in endpoint.events} == {pending[0].id}


def test_every_try_is_signed_anew(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.created")
    endpoint.status = 500
    shop.a_customer()

    shop.later(by=60)

    headers = [header for _, header in endpoint.received]
    assert len(set(headers)) == len(headers) == 2


def test_is_given_up_after_three_days_and_kept_as_a_problem(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.created")
    endpoint.status = 500
    shop.a_customer()

    shop.later(by=4 * DAY)
    tries = len(endpoint.received)
    shop.later(by=4 * DAY)

    assert len(endpoint.received) == tries
    assert [problem["kind"] for problem in shop.problems()] == ["webhook_given_up"]
    assert len(shop.service.v1.events.list({"delivery_success": False}).data) == 1


def test_a_disabled_endpoint_gets_no_more(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.created")
    endpoint.status = 500
    shop.a_customer()
    shop.local("settle", {})

    shop.operator.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    shop.later(by=4 * DAY)

    assert len(endpoint.received) == 1
    assert shop.problems() == []


def test_the_service_may_call_back_while_it_is_told(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.created")
    fetched: list[str] = []
    endpoint.during = lambda event: fetched.append(
        str(shop.service.v1.customers.retrieve(event["data"]["object"]["id"]).name)
    )
    shop.a_customer()

    shop.local("settle", {})

    assert fetched == ["Acme"]


def test_what_a_handler_causes_is_delivered_in_the_same_settling(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.created", "customer.updated")

    def rename(event: dict[str, Any]) -> None:
        if event["type"] == "customer.created":
            shop.service.v1.customers.update(event["data"]["object"]["id"], {"name": "Renamed"})

    endpoint.during = rename
    shop.a_customer()

    shop.local("settle", {})

    assert endpoint.types == ["customer.created", "customer.updated"]


def test_finalisation_waits_for_the_endpoint_and_72_hours_at_most(shop: Shop) -> None:
    subscription = shop.a_subscription()
    endpoint = shop.an_endpoint("invoice.created")
    endpoint.status = 500

    shop.later(by=28 * DAY + 71 * HOUR)
    held = shop.latest_invoice(subscription).status
    shop.later(by=2 * HOUR)

    assert (held, shop.latest_invoice(subscription).status) == ("draft", "paid")


def test_finalisation_comes_an_hour_after_a_late_acceptance(shop: Shop) -> None:
    subscription = shop.a_subscription()
    endpoint = shop.an_endpoint("invoice.created")
    endpoint.status = 500
    shop.later(by=28 * DAY + 2 * HOUR)

    endpoint.status = 200
    shop.later(by=HOUR)
    accepted = shop.latest_invoice(subscription).status
    shop.later(by=HOUR)

    assert (accepted, shop.latest_invoice(subscription).status) == ("draft", "paid")


def test_drops_as_many_as_it_is_told_for_good(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.created")
    shop.local("webhooks", {"drop": 2})
    for _ in range(3):
        shop.a_customer()

    shop.later(by=4 * DAY)

    assert len(endpoint.received) == 1
    assert len(shop.service.v1.events.list({"delivery_success": False}).data) == 2
    assert shop.problems() == []


def test_duplicates_as_many_as_it_is_told(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.created")
    shop.local("webhooks", {"duplicate": 1})
    shop.a_customer()
    shop.a_customer()

    shop.local("settle", {})

    ids = [event["id"] for event in endpoint.events]
    assert (len(ids), len(set(ids))) == (3, 2)
    assert shop.service.v1.events.list({"delivery_success": False}).data == []


def test_reorders_until_told_otherwise(shop: Shop) -> None:
    endpoint = shop.an_endpoint()
    shop.local("webhooks", {"reorder": True})
    shop.a_subscription()
    shop.local("settle", {})
    shuffled, told = endpoint.types, [event.type for event in shop.service.v1.events.list({"limit": 100}).data][::-1]

    endpoint.received.clear()
    shop.local("webhooks", {"reorder": False})
    shop.a_subscription()
    shop.local("settle", {})

    assert shuffled != told[-len(shuffled) :]
    assert sorted(shuffled) == sorted(told[-len(shuffled) :])
    assert (
        endpoint.types
        == [event.type for event in shop.service.v1.events.list({"limit": 100}).data][::-1][-len(shuffled) :]
    )


def test_delays_by_as_many_seconds_as_it_is_told(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.created")
    shop.local("webhooks", {"delay": 600})
    shop.a_customer()

    shop.later(by=500)
    early = len(endpoint.received)
    shop.later(by=101)

    assert (early, len(endpoint.received)) == (0, 1)


def test_an_unknown_fault_is_refused(shop: Shop) -> None:
    assert "error" in shop.local("webhooks", {"explode": 1})
    assert "error" in shop.local("webhooks", {"drop": True})


def test_an_endpoint_of_another_api_version_is_not_built(shop: Shop) -> None:
    with pytest.raises(stripe.APIError, match="not built"):
        shop.operator.v1.webhook_endpoints.create(
            {"url": "https://a.example/", "enabled_events": ["*"], "api_version": "2025-03-31.basil"}
        )


def test_nobody_but_this_machine_is_ever_called(shop: Shop) -> None:
    shop.operator.v1.webhook_endpoints.create({"url": "https://billing.example.com/stripe", "enabled_events": ["*"]})
    shop.a_customer()

    shop.local("settle", {})

    assert len(shop.service.v1.events.list({"delivery_success": False}).data) == 1


def test_endpoints_are_listed_changed_and_deleted(shop: Shop) -> None:
    endpoint = shop.an_endpoint("customer.created")

    shop.operator.v1.webhook_endpoints.update(endpoint.id, {"enabled_events": ["invoice.paid"], "description": "ours"})
    listed = shop.operator.v1.webhook_endpoints.list().data
    deleted = shop.operator.v1.webhook_endpoints.delete(endpoint.id)

    assert [(each.id, each.enabled_events, each.description) for each in listed] == [
        (endpoint.id, ["invoice.paid"], "ours")
    ]
    assert deleted.deleted
    assert shop.operator.v1.webhook_endpoints.list().data == []


def test_events_can_be_read_for_thirty_days(shop: Shop) -> None:
    customer = shop.a_customer()
    event = shop.service.v1.events.list({"type": "customer.created"}).data[0]

    shop.later(by=29 * DAY)
    readable = shop.service.v1.events.retrieve(event.id).data.object["id"]
    shop.later(by=2 * DAY)

    assert readable == customer.id
    assert shop.service.v1.events.list().data == []
    with pytest.raises(stripe.InvalidRequestError):
        shop.service.v1.events.retrieve(event.id)
