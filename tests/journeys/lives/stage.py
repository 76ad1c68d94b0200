"""The stage of a scripted life: what its customer and the dashboard do, each act followed by what comes of it.

What an act needs to know it reads at Stripe: in rough weather the account's own page lags behind.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

from chalicelib.actions.asking import Asker
from chalicelib.actions.cancel_subscription import cancel_subscription, resume_subscription
from chalicelib.actions.catch_up import catch_up
from chalicelib.actions.change_subscription import Request, change_subscription
from chalicelib.actions.ensure_customer import ensure_customer
from chalicelib.domain.invoices import PlanOrder
from chalicelib.domain.wishes import Wish
from tests.actions.world import URLS, VISA
from tests.journeys.lives.post import Post
from tests.journeys.lives.rig import Rig, a_rig

KEY = Asker("key:test")
FREE_DAYS = 4
UNTIL_CHARGED = 5_400
"""Renewal invoices are drafts for an hour."""
HOME = {"country": "DE", "postal_code": "10115"}
Raw = dict[str, Any]


@dataclass
class Stage:
    rig: Rig
    post: Post

    @classmethod
    def set_up(cls, weather: Random | None = None) -> "Stage":
        """A new account on Free for some days; fair weather without a `weather`."""
        rig = a_rig()
        rig.account()
        catch_up(rig.deps)
        post = Post(rig, weather)
        rig.emulator.turner.add(post)
        stage = cls(rig, post)
        stage.days(FREE_DAYS)
        return stage

    # -- the customer

    def subscribe(self, plan: str, interval: str = "month", seats: int | None = None, card: str = VISA) -> None:
        """Through Checkout, paid at once."""
        self.pay(self.opened(Wish(plan, interval, seats)), card)

    def opened(self, wish: Wish) -> str:
        """The page of a new Checkout."""
        outcome = self._wished(wish)
        assert (outcome.outcome, bool(outcome.url)) == ("checkout", True)
        return outcome.url or ""

    def pay(self, page: str, card: str = VISA) -> None:
        self.rig.pay(page, card=card, **HOME)
        self._settle()

    def pay_two_tabs(self, lookup_key: str, seats: int) -> None:
        """Two servers opened a page each in the same moment; both are paid before anything is heard of either."""
        order, stripe = PlanOrder("acme", lookup_key, (seats, 2, 9), *URLS), self.rig.deps.stripe
        customer = ensure_customer(self.rig.deps, "acme")
        pages = [stripe.checkout_plan(order, customer, key=f"tab:{each}").url or "" for each in ("one", "two")]
        for page in pages:
            self.rig.pay(page, card=VISA, **HOME)
            self.rig.clock.move_to(self.rig.clock.now() + 1)
        self._settle()

    def wish(self, came: str, **wish: Any) -> None:
        assert self._wished(Wish(**wish)).outcome == came

    def cancel(self) -> None:
        cancel_subscription(self.rig.deps, "acme", "too_expensive", None, KEY)
        self._settle()

    def resume(self) -> None:
        resume_subscription(self.rig.deps, "acme", KEY)
        self._settle()

    def use_card(self, card: str) -> None:
        self.rig.act(f"customers/{self._live()['customer']}/card", card=card)
        self._settle()

    def finish_bill(self, **fields: Any) -> None:
        """On the page of the newest invoice."""
        self.rig.act(f"invoices/{self._live()['latest_invoice']}", **fields)
        self._settle()

    # -- people at the dashboard

    def edit(self, **params: Any) -> None:
        """The live subscription; what is said of its item is of its one item."""
        live, item = self._live(), params.pop("item", None)
        if item is not None:
            params["items"] = [{"id": live["items"]["data"][0]["id"], **item}]
        self.rig.operator.v1.subscriptions.update(live["id"], params)  # pyright: ignore[reportArgumentType]
        self._settle()

    def release(self) -> None:
        self.rig.operator.v1.subscription_schedules.release(self._live()["schedule"])
        self._settle()

    def schedule(self, lookup_key: str, quantity: int) -> None:
        """Another price from the next period on."""
        schedules, live = self.rig.operator.v1.subscription_schedules, self._live()
        made = schedules.create({"from_subscription": live["id"]}).to_dict()
        first = made["phases"][0]
        kept = {"items": [{"price": each["price"], "quantity": each["quantity"]} for each in first["items"]]}
        phases: Any = [
            {**kept, "start_date": first["start_date"], "end_date": first["end_date"]},
            {"items": [{"price": self.price(lookup_key), "quantity": quantity}], "duration": {"interval": "month"}},
        ]
        schedules.update(made["id"], {"phases": phases, "end_behavior": "release"})
        self._settle()

    def price(self, lookup_key: str) -> str:
        """Stripe's id of it."""
        return next(each["id"] for each in self.rig.emulator.state.every("price", lookup_key=lookup_key))

    # -- time

    def days(self, days: float) -> None:
        self._turn_to(self.rig.clock.now() + round(days * 86_400))

    def mid_period(self) -> None:
        """Half of the period is left, to the second."""
        start = self._live()["items"]["data"][0]["current_period_start"]
        self._turn_to((start + self.period_end()) // 2)

    def renewal(self) -> None:
        """The next period has begun, and its invoice was charged."""
        self._turn_to(self.period_end() + UNTIL_CHARGED)

    def period_end(self) -> int:
        return self._live()["items"]["data"][0]["current_period_end"]

    # -- parts

    def _wished(self, wish: Wish) -> Any:
        outcome = change_subscription(self.rig.deps, "acme", Request(wish, *URLS), KEY)
        self._settle()
        return outcome

    def _live(self) -> Raw:
        """The oldest: a second one may be about to end."""
        return next(each for each in self.rig.emulator.state.every("subscription") if each["status"] != "canceled")

    def _turn_to(self, instant: int) -> None:
        self.rig.emulator.turner.move_to(instant)

    def _settle(self) -> None:
        self.rig.emulator.turner.settle()
