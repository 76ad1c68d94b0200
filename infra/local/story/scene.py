"""The scene: one account, the two sides that act on it, and how rough the weather is between them.

In rough weather every webhook arrives twice and out of order, and the first ones of every act are lost for good;
catch-up, a quarter of an hour later, finds them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from infra.local.story.client import Http, Reply, instant, written
from infra.local.story.queue import UsageQueue
from infra.local.story.telling import Broken, Telling

RETURN_URLS = {
    "success_url": "https://app.example.com/billing?session={CHECKOUT_SESSION_ID}",
    "cancel_url": "https://app.example.com/billing",
}
ADDRESS = {"country": "DE", "postal_code": "10115"}
UNTIL_CATCH_UP = 16 * 60
MARGIN = 2 * UNTIL_CATCH_UP
# Renewal invoices are drafts for an hour.
UNTIL_CHARGED = 2 * 3600
LOST_PER_ACT = 2


@dataclass(frozen=True)
class Scene:
    account: str
    api: Http
    stripe: Http
    queue: UsageQueue
    tell: Telling
    rough: bool = False
    lost: list[int] = field(default_factory=list)

    def path(self, rest: str = "") -> str:
        return f"/v1/accounts/{self.account}{rest}"

    def look(self, rest: str = "", **query: object) -> Any:
        """What the account's page shows."""
        return self.api.get(self.path(rest), **query).body

    def ask(self, rest: str, body: object = None) -> Reply:
        """What the product's backend asks for."""
        return self.api.post(self.path(rest), body)

    def consume(self, id: str, meter: str, quantity: int) -> Any:
        return self.ask("/consume", {"id": id, "meter": meter, "quantity": quantity}).body

    def bar(self, meter: str) -> Any:
        return next(bar for bar in self.look("/usage")["meters"] if bar["meter"] == meter)

    def wish(self, **wish: object) -> Any:
        """What the account's people want their subscription to be; then everything that follows. Raises Broken."""
        reply = self._weathered(lambda: self.ask("/subscription", wish))
        if reply.status >= 400:
            raise Broken(f"the wish {wish} was refused: {reply.body}")
        return reply.body

    def act(self, path: str, body: object) -> Reply:
        """What the customer, or time, does at Stripe; then everything that follows from it."""
        return self._weathered(lambda: self.stripe.post(path, body))

    def settle(self) -> None:
        """Everything that is under way arrives; what was lost is caught up."""
        if not self.rough:
            self.stripe.post("/_local/settle")
            return
        self._weather(drop=0)
        self.stripe.post("/_local/clock", {"by": UNTIL_CATCH_UP})

    def pay_checkout(self, card: str = "4242424242424242") -> Reply:
        """The customer fills in the hosted page that was asked for last."""
        sessions = self.stripe.get("/v1/checkout/sessions", customer=self.customer, limit=1).body["data"]
        return self.act(f"/_local/checkout/{sessions[0]['id']}", {"card": card} | ADDRESS)

    def put_card(self, card: str = "4242424242424242") -> None:
        """The customer gives another card in the portal."""
        self.act(f"/_local/customers/{self.customer}/card", {"card": card})

    def wait_until(self, text: str, more: int = 0) -> None:
        """The clock moved to an instant of the page, and `more` seconds."""
        self.tell.doing(f"the clock moves on to {text}")
        self.act("/_local/clock", {"to": written(instant(text) + more)})

    def wait_for_mid_period(self) -> None:
        """The clock moved to the middle of what is paid for: there half of a price is half of it to the cent."""
        period = self.look()["period"]
        self.wait_for((instant(period["start"]) + instant(period["end"])) // 2)

    def wait_for(self, at: int) -> None:
        """The clock moved to this very second; by then all is quiet, in any weather."""
        self.wait_until(written(at - MARGIN))
        self.stripe.post("/_local/clock", {"to": written(at)})

    def now(self) -> int:
        return instant(self.stripe.get("/_local/clock").body["at"])

    def _weathered(self, do: Callable[[], Reply]) -> Reply:
        """Done in the weather that there is, and what was lost by it is counted."""
        if not self.rough:
            reply = do()
        else:
            self._weather(drop=LOST_PER_ACT, duplicate=10_000, reorder=True)
            reply = do()
            self.lost.append(LOST_PER_ACT - self._weather()["drop"])
        self.settle()
        return reply

    def _weather(self, **faults: object) -> Any:
        return self.stripe.post("/_local/webhooks", faults).body

    @property
    def customer(self) -> str:
        return self.look()["stripe_customer_id"]

    def newest_invoice(self) -> Any:
        """The invoice that the customer sees first in Stripe's portal."""
        return self.stripe.get("/v1/invoices", customer=self.customer, limit=1).body["data"][0]

    def last_bill(self) -> Any:
        """The invoice that the account's page lists first, with its lines."""
        newest = self.look("/invoices", limit=1)["data"][0]
        return self.look(f"/invoices/{newest['id']}")
