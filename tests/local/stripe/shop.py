"""A shop that sells through the emulator: two clients, an endpoint for webhooks, and builders."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError

import stripe

from infra.local.clock import Clock
from infra.local.stripe.emulator import OPERATOR_KEY, SERVICE_KEY, Emulator

# The last day of January, so that months clamp and come back.
START = 1_769_817_600
DAY = 86_400
VERSION = "2026-10-28.endive"
RETURN = "https://app.example.com/return?session_id={CHECKOUT_SESSION_ID}"
BACK = "https://app.example.com/back"


class Endpoint:
    """A webhook endpoint that remembers what it was sent and answers as it is told to."""

    def __init__(self) -> None:
        self.id = self.secret = ""
        self.status = 200
        self.received: list[tuple[bytes, str]] = []
        self.during: Any = None
        self.arrived = threading.Event()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(200, b"<p>Thank you</p>")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.received.append((body, self.headers["Stripe-Signature"]))
                if endpoint.during:
                    endpoint.during(json.loads(body))
                endpoint.arrived.set()
                self._answer(endpoint.status)

            def _answer(self, status: int, content: bytes = b"") -> None:
                self.send_response(status)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/stripe/webhook?from=stripe"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body, _ in self.received]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Shop:
    def __init__(self, emulator: Emulator, http: stripe.RequestsClient) -> None:
        self.emulator = emulator
        # Any: an object that was asked to be expanded has other types than the SDK declares.
        self.service: Any = self.client(SERVICE_KEY, http)
        self.operator: Any = self.client(OPERATOR_KEY, http)
        self._endpoints: list[Endpoint] = []

    def client(self, key: str, http: stripe.RequestsClient, retries: int = 0) -> stripe.StripeClient:
        return stripe.StripeClient(
            key, base_addresses=self.base_addresses, http_client=http, max_network_retries=retries
        )

    @property
    def base_addresses(self) -> Any:
        return {"api": self.emulator.url}

    def customer_fields(self) -> Any:
        """What every customer of this shop is made with."""
        return {}

    @property
    def now(self) -> int:
        return self.emulator.state.now()

    def local(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """Call /_local; an error answer is returned like any other."""
        content = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.emulator.url}/_local/{path}", content, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                return json.load(response)
        except HTTPError as error:
            with error:
                return json.load(error)

    def later(self, **to_or_by: Any) -> None:
        assert "error" not in self.local("clock", to_or_by)

    def problems(self) -> list[dict[str, Any]]:
        return self.local("problems", method="GET")["data"]

    def an_endpoint(self, *types: str) -> Endpoint:
        endpoint = Endpoint()
        self._endpoints.append(endpoint)
        kinds: Any = list(types) or ["*"]
        made = self.operator.v1.webhook_endpoints.create(
            {"url": endpoint.url, "enabled_events": kinds, "api_version": VERSION}
        )
        endpoint.secret, endpoint.id = made.secret, made.id
        return endpoint

    def a_customer(self, country: str | None = None, card: str | None = None) -> stripe.Customer:
        params: Any = {"name": "Acme", "email": "billing@acme.example", "metadata": {"account": "acme"}}
        params.update(self.customer_fields())
        if country:
            params["address"] = {"country": country, "postal_code": "10115"}
        customer = self.operator.v1.customers.create(params)
        if card:
            self.local(f"customers/{customer.id}/card", {"card": card})
        return customer

    def a_price(self, amount: int = 1_200, interval: str | None = "month", **fields: Any) -> stripe.Price:
        recurring: Any = {"recurring": {"interval": interval}} if interval else {}
        product = fields.pop("product", None) or self.operator.v1.products.create({"name": "Team"}).id
        params: Any = {"product": product, "currency": "eur", "unit_amount": amount, "tax_behavior": "exclusive"}
        return self.operator.v1.prices.create({**params, **recurring, **fields})

    def a_session(self, customer: stripe.Customer | str | None = None, **fields: Any) -> Any:
        """A Checkout session for a subscription to three seats."""
        price = fields.pop("price", None) or self.a_price()
        params: Any = {
            "mode": "subscription",
            "customer": customer if isinstance(customer, str) else (customer or self.a_customer()).id,
            "client_reference_id": "acme",
            "line_items": [
                {
                    "price": price.id,
                    "quantity": 3,
                    "adjustable_quantity": {"enabled": True, "minimum": 2, "maximum": 100},
                }
            ],
            "subscription_data": {"metadata": {"account": "acme"}, "billing_mode": {"type": "flexible"}},
            "metadata": {"account": "acme"},
            "success_url": RETURN,
            "cancel_url": BACK,
        }
        return self.service.v1.checkout.sessions.create({**params, **fields})

    def a_pack_session(self, customer: stripe.Customer | None = None, **fields: Any) -> Any:
        """A Checkout session for a credit pack of 5.00, tax inside."""
        price = self.a_price(500, None, tax_behavior="inclusive")
        params: Any = {
            "mode": "payment",
            "customer": (customer or self.a_customer()).id,
            "line_items": [{"price": price.id, "quantity": 1}],
            "invoice_creation": {"enabled": True, "invoice_data": {"metadata": {"account": "acme", "pack": "starter"}}},
            "payment_intent_data": {"metadata": {"account": "acme", "purchase": "p1"}},
            "allowed_payment_method_types": ["card"],
            "metadata": {"account": "acme", "purchase": "p1"},
            "success_url": RETURN,
            "cancel_url": BACK,
        }
        return self.service.v1.checkout.sessions.create({**params, **fields})

    def a_subscription(self, card: str = "4242424242424242", **fields: Any) -> Any:
        """Three seats at 12.00 a month, without tax, bought at Checkout with this card."""
        session = self.a_session(**fields)
        assert self.pay(session, card=card)["error"] is None
        return self.service.v1.subscriptions.retrieve(self.session(session).subscription)

    def pay(self, session: Any, **form: Any) -> Any:
        return self.local(f"checkout/{session.id}", form)

    def session(self, session: Any) -> Any:
        return self.service.v1.checkout.sessions.retrieve(session.id)

    def subscription(self, subscription: stripe.Subscription) -> Any:
        return self.service.v1.subscriptions.retrieve(subscription.id)

    def latest_invoice(self, subscription: stripe.Subscription) -> Any:
        expanded: Any = {"expand": ["latest_invoice"]}
        return self.service.v1.subscriptions.retrieve(subscription.id, expanded).latest_invoice

    def close(self) -> None:
        for endpoint in self._endpoints:
            endpoint.close()


@contextmanager
def open_shop(seed: int = 1) -> Iterator[Shop]:
    http = stripe.RequestsClient(timeout=20)
    with Emulator(Clock(START), seed).serve() as emulator:
        shop = Shop(emulator, http)
        try:
            yield shop
        finally:
            shop.close()
            http.close()
