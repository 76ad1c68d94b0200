"""One customer with several Checkout tabs, and what they came to."""

from typing import Any

from chalicelib.actions.ensure_customer import ensure_customer
from chalicelib.domain.invoices import PlanOrder
from chalicelib.domain.notices import Notice
from tests.actions.world import URLS, VISA, World

SEATS = {"team_month": (3, 2, 9), "business_month": (5, 5, 9), "personal_month": None}


class Tabs:
    """An account whose pages are paid one after the other, before anything is heard of them."""

    urls = URLS

    def __init__(self, world: World) -> None:
        self.world, self.first, self.second = world, "", ""
        world.account()
        self.customer = ensure_customer(world.deps, "acme")

    def open(self, *lookup_keys: str) -> list[str]:
        """Pages that are open at once."""
        orders = [PlanOrder("acme", key, SEATS[key], *URLS) for key in lookup_keys]
        make = self.world.deps.stripe.checkout_plan
        return [make(order, self.customer, key=f"tab:{order.lookup_key}").stripe_session_id for order in orders]

    def paid(self, page: str, **fields: Any) -> str:
        """The subscription that came of a page, a second later than the one before."""
        self.world.clock.move_to(self.world.clock.now() + 1)
        self.world.pay(page, **fields)
        subscription = self.world.deps.stripe.checkout(page).stripe_subscription_id
        assert subscription
        return subscription

    def pay(self, lookup_key: str, **fields: Any) -> str:
        return self.paid(self.open(lookup_key)[0], **fields)

    def by_people(self, lookup_key: str, **metadata: str) -> str:
        """A subscription that was made in the dashboard."""
        operator = self.world.operator
        self.world.act(f"customers/{self.customer}/card", card=VISA)
        price = operator.v1.prices.list({"lookup_keys": [lookup_key]}).data[0].id
        params: Any = {"customer": self.customer, "items": [{"price": price, "quantity": 5}], "metadata": metadata}
        return operator.v1.subscriptions.create(params).id

    # -- what it came to

    def are_settled(self) -> bool:
        """Whether the account lives by the first alone, the rest is ended and paid back, and each was told once."""
        seen, rest = self.world.seen(), self.rest()
        assert (seen.plan, seen.standing, seen.drift) == ("team", "good", None)
        assert self.status_of(self.first) == "active"
        assert {self.status_of(each) for each in rest} == {"canceled"}
        assert self.notices() == ["second_subscription_refunded"] * len(rest)
        assert sorted(self.refunds()) == sorted(self.paid_for(rest))
        return True

    def rest(self) -> list[str]:
        listed = self.world.operator.v1.subscriptions.list({"customer": self.customer, "status": "all"}).data
        return [each.id for each in listed if each.id != self.first]

    def status_of(self, subscription: str) -> str:
        return self.world.operator.v1.subscriptions.retrieve(subscription).status

    def notices(self) -> list[str]:
        """Those of seconds."""
        return [notice.kind for notice in self.told("second_subscription_refunded")]

    def told(self, kind: str) -> list[Notice]:
        entries = self.world.deps.store.entries("acme", before=None, limit=50)
        return [notice for entry in entries for notice in entry.notices if notice.kind == kind]

    def refunds(self) -> list[int]:
        return [each.amount for each in self.world.operator.v1.refunds.list({"limit": 100}).data]

    def paid_for(self, subscriptions: list[str]) -> list[int]:
        listed = self.world.operator.v1.invoices.list({"customer": self.customer, "limit": 100}).data
        invoices = [each.to_dict() for each in listed if each.status == "paid"]
        return [
            each["amount_paid"]
            for each in invoices
            if each["parent"]["subscription_details"]["subscription"] in subscriptions and each["amount_paid"]
        ]

    def payments_of_second(self) -> list[str]:
        invoice = self.world.operator.v1.subscriptions.retrieve(self.second).to_dict()["latest_invoice"]
        listed = self.world.operator.v1.invoice_payments.list({"invoice": invoice}).data
        return [each.to_dict()["payment"]["payment_intent"] for each in listed]


def both_paid(world: World, *more: str) -> Tabs:
    """Team first, then Business, then more, nothing heard of any yet."""
    tabs = Tabs(world)
    pages = tabs.open("team_month", "business_month", *more)
    tabs.first, tabs.second = (tabs.paid(page) for page in pages[:2])
    for page in pages[2:]:
        tabs.paid(page)
    return tabs
