"""What Stripe refuses when it is asked too much at once: rates and locks, as a client meets them."""

from typing import Any

import pytest
import stripe

from infra.local.stripe.emulator import SERVICE_KEY
from infra.local.stripe.rates import Rates
from tests.local.stripe.shop import Shop


@pytest.mark.parametrize(
    ("why", "limit", "seconds", "exceeded"),
    [
        ("no limit is no limit", 0, [7, 7, 7], [False, False, False]),
        ("as many as there is room for, and not one more", 2, [7, 7, 7], [False, False, True]),
        ("the next second is empty again", 1, [7, 7, 8, 8], [False, True, False, True]),
        ("refused ones count as well", 1, [7, 7, 7], [False, True, True]),
    ],
)
def test_each_second_has_room_for_so_many(why: str, limit: int, seconds: list[int], exceeded: list[bool]) -> None:
    rates = Rates()

    assert [rates.exceeded(second, limit) for second in seconds] == exceeded, why


def test_too_many_requests_a_second_are_refused_and_not_retried_by_the_sdk(shop: Shop) -> None:
    shop.local("webhooks", {"limit_per_second": 1})
    client: Any = shop.client(SERVICE_KEY, stripe.RequestsClient(timeout=20), retries=2)

    # The clock may turn a second in between, but not three times in a row.
    refusals = []
    for _ in range(20):
        try:
            client.v1.customers.list()
        except stripe.RateLimitError as error:
            refusals.append(error)

    assert refusals
    assert (refusals[0].http_status, refusals[0].error.code) == (429, "rate_limit")
    assert "stripe-should-retry" not in {name.lower() for name in refusals[0].headers}
    assert len(shop.local("requests", method="GET")["data"]) == 20


def test_the_limit_is_the_services_and_off_until_it_is_asked_for(shop: Shop) -> None:
    for _ in range(30):
        shop.service.v1.customers.list()
    shop.local("webhooks", {"limit_per_second": 1})
    for _ in range(5):
        shop.operator.v1.customers.list()
    shop.local("webhooks", {"limit_per_second": 0})
    for _ in range(5):
        shop.service.v1.customers.list()


def test_locks_befall_the_next_changes_and_change_nothing(shop: Shop) -> None:
    shop.local("webhooks", {"lock_timeout": 2})
    key: Any = {"idempotency_key": "customer:acme"}

    shop.service.v1.customers.list()
    retried, final = (_refused(shop, key) for _ in range(2))
    made = shop.service.v1.customers.create({"name": "Acme"}, key)

    assert (retried.error.code, final.error.code) == ("lock_timeout", "lock_timeout")
    assert [_should_retry(each) for each in (retried, final)] == ["true", None]
    assert [each.id for each in shop.service.v1.customers.list().data] == [made.id]


def test_the_sdk_gets_past_a_lock_that_asks_to_be_retried(shop: Shop) -> None:
    shop.local("webhooks", {"lock_timeout": 1})
    client: Any = shop.client(SERVICE_KEY, stripe.RequestsClient(timeout=20), retries=1)

    assert client.v1.customers.create({"name": "Acme"}).name == "Acme"


def test_the_operator_meets_no_locks(shop: Shop) -> None:
    shop.local("webhooks", {"lock_timeout": 1})

    assert shop.a_customer().name == "Acme"


def _refused(shop: Shop, key: Any) -> Any:
    with pytest.raises(stripe.RateLimitError) as refused:
        shop.service.v1.customers.create({"name": "Acme"}, key)
    return refused.value


def _should_retry(error: Any) -> str | None:
    return {name.lower(): value for name, value in error.headers.items()}.get("stripe-should-retry")
