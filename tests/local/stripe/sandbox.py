"""A shop at a real Stripe sandbox: the same builders, and a test clock for its time.

What only the emulator can do skips the test that asks for it, there and then, and says what it was.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
import stripe

from infra.local.clock import Clock
from infra.local.stripe.cards import TEST_IDS
from infra.local.stripe.emulator import OPERATOR_KEY, Emulator
from tests.local.stripe.shop import DAY, START, Endpoint, Shop

TEST_CARDS = {number: test_id for test_id, number in TEST_IDS.items()}
CUSTOMERS_OF_A_CLOCK = 3
# Stripe moves a clock by two periods of the shortest subscription at most; ours are months.
LONGEST_STEP = 28 * DAY
PATIENCE_SECONDS = 300


class SandboxShop(Shop):
    def __init__(self, key: str, http: stripe.RequestsClient, url: str | None = None, pause: float = 1.0) -> None:
        self._url = url
        self._pause = pause
        self._clocks: list[str] = []
        self._time = START
        self._endpoints: list[Endpoint] = []
        self.service = self.operator = self.client(key, http, retries=3)

    def __getattr__(self, name: str) -> Any:
        if name == "emulator":
            pytest.skip("emulator only: looks inside it")
        raise AttributeError(name)

    @property
    def base_addresses(self) -> Any:
        return {"api": self._url} if self._url else {}

    @property
    def now(self) -> int:
        return self._time

    def later(self, to: str | None = None, by: int | None = None) -> None:
        """Move every clock, in steps that Stripe allows, and wait until all that time brings has happened."""
        target = int(datetime.fromisoformat(to).timestamp()) if to else self._time + (by or 0)
        while self._time < target:
            self._time = min(target, self._time + LONGEST_STEP)
            for clock in self._clocks:
                self._advance(clock, self._time)

    def local(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """What /_local does and Stripe's API can do as well; the rest is the emulator's alone."""
        found = re.fullmatch(r"customers/(\w+)/(card|address)", path)
        try:
            if found and method == "POST":
                return self._set_card(found[1], body["card"]) if found[2] == "card" else self._move(found[1], body)
            if found:
                return self._remove_cards(found[1])
        except stripe.CardError as declined:
            return {"error": {"code": declined.code, "message": declined.user_message}}
        if path in ("problems", "requests", "settle"):
            return {"data": []}
        pytest.skip(f"emulator only: /_local/{path.partition('/')[0]}")

    def an_endpoint(self, *types: str) -> Endpoint:  # noqa: ARG002 - as the emulator's shop has it
        pytest.skip("emulator only: Stripe cannot reach an endpoint here")

    def a_subscription(self, card: str = "4242424242424242", **fields: Any) -> Any:
        """What Checkout would have made, by the API: a Checkout page is filled in by people alone."""
        customer = fields.pop("customer", None) or self.a_customer()
        customer_id = customer if isinstance(customer, str) else customer.id
        price = fields.pop("price", None) or self.a_price()
        lines = fields.pop("line_items", [{"price": price.id, "quantity": 3}])
        if extra := set(fields) - {"automatic_tax"}:
            pytest.skip(f"emulator only: a Checkout session with {', '.join(sorted(extra))}")
        params: Any = {
            "customer": customer_id,
            "items": [{"price": line["price"], "quantity": line["quantity"]} for line in lines],
            "default_payment_method": self._given(customer_id, card).id,
            "metadata": {"account": "acme"},
            "billing_mode": {"type": "flexible"},
            "payment_behavior": "error_if_incomplete",
        }
        try:
            return self.service.v1.subscriptions.create({**params, **fields})
        except stripe.CardError as declined:
            if declined.code == "authentication_required":
                pytest.skip("emulator only: a bank that asks at Checkout")
            raise

    def close(self) -> None:
        """A clock takes its customers with it; prices and products stay, as Stripe deletes no price."""
        while self._clocks:
            clock = self._clocks.pop()
            self._until_ready(clock)
            self.operator.v1.test_helpers.test_clocks.delete(clock)

    def customer_fields(self) -> Any:
        """The clock that the next customer lives by."""
        clocks = self.operator.v1.test_helpers.test_clocks
        of_the_last = self._clocks and self.operator.v1.customers.list({"test_clock": self._clocks[-1]}).data
        if not of_the_last or len(of_the_last) >= CUSTOMERS_OF_A_CLOCK:
            self._clocks.append(clocks.create({"frozen_time": self._time, "name": "contract"}).id)
        return {"test_clock": self._clocks[-1]}

    def _advance(self, clock: str, instant: int) -> None:
        self.operator.v1.test_helpers.test_clocks.advance(clock, {"frozen_time": instant})
        self._until_ready(clock)

    def _until_ready(self, clock: str) -> None:
        for _ in range(int(PATIENCE_SECONDS / self._pause)):
            status = self.operator.v1.test_helpers.test_clocks.retrieve(clock).status
            if status == "ready":
                return
            assert status == "advancing", status
            time.sleep(self._pause)
        raise TimeoutError(f"test clock {clock} never grew ready")

    def _given(self, customer: str, number: str) -> Any:
        test_id = TEST_CARDS.get(number) or pytest.skip(f"emulator only: {number} has no test id")
        return self.operator.v1.payment_methods.attach(test_id, {"customer": customer})

    def _set_card(self, customer: str, number: str) -> Any:
        method = self._given(customer, number)
        default: Any = {"default_payment_method": method.id}
        self.operator.v1.customers.update(customer, {"invoice_settings": default})
        for subscription in self.operator.v1.subscriptions.list({"customer": customer}).data:
            self.operator.v1.subscriptions.update(subscription.id, default)
        return method.to_dict()

    def _remove_cards(self, customer: str) -> Any:
        for method in self.operator.v1.customers.payment_methods.list(customer).data:
            self.operator.v1.payment_methods.detach(method.id)
        return {}

    def _move(self, customer: str, address: Any) -> Any:
        return self.operator.v1.customers.update(customer, {"address": address or ""}).to_dict()


@contextmanager
def open_sandbox(key: str) -> Iterator[SandboxShop]:
    """A shop at the sandbox of this key; `emulator` instead of one rehearses all this on a fresh emulator."""
    http = stripe.RequestsClient(timeout=80)
    try:
        if key == "emulator":
            with Emulator(Clock(START)).serve() as emulator:
                yield from _opened(SandboxShop(OPERATOR_KEY, http, emulator.url, pause=0.02))
        else:
            yield from _opened(SandboxShop(key, http))
    finally:
        http.close()


def _opened(shop: SandboxShop) -> Iterator[SandboxShop]:
    try:
        yield shop
    finally:
        shop.close()
