"""Idempotency keys: one key, one answer, for a day."""

import queue
import threading
from typing import Any

import pytest
import stripe

from infra.local.stripe.emulator import SERVICE_KEY
from tests.local.stripe.shop import DAY, Shop


def test_the_same_key_and_request_is_answered_from_memory(shop: Shop) -> None:
    options: Any = {"idempotency_key": "customer:acme"}

    first = shop.service.v1.customers.create({"name": "Acme"}, options)
    second = shop.service.v1.customers.create({"name": "Acme"}, options)

    assert first.id == second.id
    assert len(shop.service.v1.customers.list().data) == 1
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert second.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]


def test_the_same_key_with_another_request_is_an_error(shop: Shop) -> None:
    options: Any = {"idempotency_key": "customer:acme"}
    shop.service.v1.customers.create({"name": "Acme"}, options)

    with pytest.raises(stripe.IdempotencyError):
        shop.service.v1.customers.create({"name": "Other"}, options)


def test_a_key_is_fresh_again_after_a_day_and_not_before(shop: Shop) -> None:
    options: Any = {"idempotency_key": "customer:acme"}
    first = shop.service.v1.customers.create({"name": "Acme"}, options)

    shop.later(by=DAY - 60)
    replayed = shop.service.v1.customers.create({"name": "Acme"}, options)
    shop.later(by=120)
    fresh = shop.service.v1.customers.create({"name": "Acme"}, options)

    assert replayed.id == first.id
    assert fresh.id != first.id


def test_a_decline_is_kept_and_another_key_tries_again(shop: Shop) -> None:
    subscription = shop.a_subscription()
    shop.local(f"customers/{subscription.customer}/card", {"card": "4000000000000341"})
    shop.later(by=29 * DAY)
    invoice = shop.latest_invoice(subscription)

    with pytest.raises(stripe.CardError):
        shop.service.v1.invoices.pay(invoice.id, {}, {"idempotency_key": "pay:1"})
    shop.local(f"customers/{subscription.customer}/card", {"card": "4242424242424242"})
    with pytest.raises(stripe.CardError):
        shop.service.v1.invoices.pay(invoice.id, {}, {"idempotency_key": "pay:1"})

    assert shop.service.v1.invoices.pay(invoice.id, {}, {"idempotency_key": "pay:2"}).status == "paid"


def test_what_does_not_pass_validation_is_not_kept(shop: Shop) -> None:
    options: Any = {"idempotency_key": "price:1"}
    product = shop.operator.v1.products.create({"name": "Team"}).id
    wrong: Any = {"product": product, "currency": "gold", "unit_amount": 1}
    with pytest.raises(stripe.InvalidRequestError):
        shop.operator.v1.prices.create(wrong, options)

    price = shop.operator.v1.prices.create({"product": product, "currency": "eur", "unit_amount": 1}, options)

    assert price.unit_amount == 1


def test_a_key_that_is_being_worked_on_is_in_use(shop: Shop) -> None:
    answers: queue.Queue[Any] = queue.Queue()

    def make() -> None:
        try:
            answers.put(shop.service.v1.customers.create({"name": "Acme"}, {"idempotency_key": "customer:acme"}))
        except stripe.StripeError as error:
            answers.put(error)

    both = [threading.Thread(target=make) for _ in range(2)]
    with shop.emulator.state.lock:
        for each in both:
            each.start()
        refused = answers.get(timeout=20)
    made = answers.get(timeout=20)
    for each in both:
        each.join()

    assert (refused.http_status, refused.error.code) == (409, "idempotency_key_in_use")
    assert refused.headers["Stripe-Should-Retry"] == "true"
    assert [each.id for each in shop.service.v1.customers.list().data] == [made.id]


def test_the_longest_key_is_255_characters(shop: Shop) -> None:
    shop.service.v1.customers.create({}, {"idempotency_key": "k" * 255})

    with pytest.raises(stripe.InvalidRequestError):
        shop.service.v1.customers.create({}, {"idempotency_key": "k" * 256})


def test_faults_befall_the_service_and_not_the_operator(shop: Shop) -> None:
    shop.local("webhooks", {"fail_api": 1})

    shop.operator.v1.customers.list()
    with pytest.raises(stripe.APIError):
        shop.service.v1.customers.list()

    assert shop.service.v1.customers.list().data == []


def test_the_three_failures_take_turns(shop: Shop) -> None:
    """A 500 that did nothing; a 500 that is kept; an answer that is lost."""
    shop.local("webhooks", {"fail_api": 3})
    create = shop.service.v1.customers.create

    with pytest.raises(stripe.APIError):
        create({"name": "first"}, {"idempotency_key": "one"})
    first = create_kept = None
    with pytest.raises(stripe.APIError):
        create({"name": "second"}, {"idempotency_key": "two"})
    with pytest.raises(stripe.APIConnectionError):
        create({"name": "third"}, {"idempotency_key": "three"})

    first = create({"name": "first"}, {"idempotency_key": "one"})
    with pytest.raises(stripe.APIError):
        create_kept = create({"name": "second"}, {"idempotency_key": "two"})
    third = create({"name": "third"}, {"idempotency_key": "three"})

    names = [customer.name for customer in shop.service.v1.customers.list().data]
    assert (first.name, create_kept, third.name) == ("first", None, "third")
    assert names == ["first", "third"]


def test_a_kept_failure_may_have_been_done(shop: Shop) -> None:
    shop.local("webhooks", {"fail_api": 5})
    for number in range(5):
        with pytest.raises(stripe.StripeError):
            shop.service.v1.customers.create({"name": str(number)})

    names = {customer.name for customer in shop.service.v1.customers.list().data}

    assert names == {"2", "4"}


def test_the_sdks_own_retries_get_through(shop: Shop) -> None:
    http = stripe.RequestsClient(timeout=20)
    client = shop.client(SERVICE_KEY, http, retries=2)
    client.v1.customers.list()
    shop.local("webhooks", {"fail_api": 1})

    client.v1.customers.create({"name": "Acme"})

    http.close()
    assert len(shop.service.v1.customers.list().data) == 1
