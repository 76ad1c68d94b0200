"""One account on its way, step by step: what a customer, a dashboard, time and mishaps do, and what must hold after.

A step that is refused, dies or is not answered is a step, too. What breaks a promise is an AssertionError, or an error
that nobody should ever see.
"""

from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

import stripe

from chalicelib.actions.asking import Asker
from chalicelib.actions.book_due import book_due
from chalicelib.actions.cancel_subscription import cancel_subscription, forget_scheduled, resume_subscription
from chalicelib.actions.catch_up import catch_up
from chalicelib.actions.change_subscription import Outcome, Request, change_subscription
from chalicelib.actions.handle_stripe_event import HANDLERS, handle_stripe_event
from chalicelib.actions.preview_change import Preview, preview_change
from chalicelib.actions.reconcile import reconcile
from chalicelib.actions.sweep import sweep
from chalicelib.deps import Deps
from chalicelib.domain.orders import Order
from chalicelib.domain.wishes import Wish
from chalicelib.errors import BillingError, Invalid, Refused, TryAgain, UnknownPlan
from chalicelib.messages import StripeEventMessage
from tests.actions.world import URLS, Died
from tests.journeys.lives.mishaps import Mishap, mortal
from tests.journeys.lives.rig import Rig, a_rig
from tests.journeys.lives.truth import OWING, Ahead, Raw, Truth

KEY = Asker("key:test")
LEASE = 121
"""Seconds after which nobody holds an order any more."""
T = TypeVar("T")


class Walk:
    def __init__(self) -> None:
        self.rig: Rig = a_rig()
        self.truth = Truth(self.rig.emulator, self.rig.operator, self.rig.deps.catalogue)
        self.waiting: list[StripeEventMessage] = []
        self.pages: list[str] = []
        self._told = 0
        # Stripe's status follows the newest invoice: who lets a dashboard bill anew lets the older ones be.
        self.forgiven: set[str] = set()
        self.rig.account()
        # Long after the offers were made: their events need not be listed again and again.
        self.pause(3_600)
        self.rig.deps.store.move_watermark(None, self.rig.clock.now())

    # -- what the customer does in the product

    def wish(self, wish: Wish, *, previewed: bool, pause: int = 0, mishap: Mishap | None = None) -> Outcome | None:
        preview = self.tried(lambda deps: preview_change(deps, "acme", wish), None) if previewed else None
        self.pause(pause)
        is_exact = self.truth.is_previewed_exactly()
        request = Request(wish, *URLS, preview.preview_id if preview else None)
        came = self.tried(lambda deps: change_subscription(deps, "acme", request, KEY), mishap)
        if came is not None:
            self._check_came(wish, came)
            self._check_preview(came, preview, is_exact)
        return came

    def cancel(self, mishap: Mishap | None = None) -> None:
        seen = self.tried(lambda deps: cancel_subscription(deps, "acme", None, None, KEY), mishap)
        assert seen is None or seen.ends_at is not None or seen.status == "free"

    def resume(self, mishap: Mishap | None = None) -> None:
        seen = self.tried(lambda deps: resume_subscription(deps, "acme", KEY), mishap)
        assert seen is None or seen.ends_at is None

    def forget(self, mishap: Mishap | None = None) -> None:
        if self.tried(lambda deps: forget_scheduled(deps, "acme", KEY) or True, mishap):
            assert self.rig.seen().scheduled_change is None

    # -- what the customer does at Stripe

    def pay_page(self, number: int, **fields: Any) -> None:
        page = self.pages[number % len(self.pages)]
        if self.rig.emulator.state.get("checkout.session", page)["status"] == "open":
            self.rig.pay(page, **fields)

    def pay_newest_page(self, **fields: Any) -> None:
        if self.pages:
            self.pay_page(len(self.pages) - 1, **fields)

    def pay_invoice(self, **fields: Any) -> None:
        owed = self.owed()
        if owed and owed["status"] == "open" and not self.truth.is_on_its_way(owed):
            self.rig.act(f"invoices/{owed['id']}", **fields)

    def set_card(self, card: str) -> None:
        customer = self.rig.stored()[1].stripe_customer_id
        if customer:
            self.rig.act(f"customers/{customer}/card", card=card)

    # -- what the dashboard does

    def edit(self, **params: Any) -> None:
        """The dashboard's update of the live subscription; Stripe may refuse it."""
        subscription = self.truth.live()
        if subscription is None:
            return
        item = params.pop("item", None)
        if subscription["status"] in OWING or self.truth.invoices(subscription, "draft", "open"):
            self.forgiven.add(subscription["id"])
        if item is not None:
            params["items"] = [{"id": subscription["items"]["data"][0]["id"], **item}]
        self._by_people(lambda client: client.v1.subscriptions.update(subscription["id"], params))  # type: ignore[arg-type]

    def release(self) -> None:
        subscription = self.truth.live()
        if subscription and subscription["schedule"]:
            self._by_people(lambda client: client.v1.subscription_schedules.release(subscription["schedule"]))

    def void(self) -> None:
        """What waits for the customer to pay it need not be paid any more."""
        owed = self.owed()
        if owed:
            self._by_people(lambda client: client.v1.invoices.void_invoice(owed["id"]))

    def end(self) -> None:
        subscription = self.truth.live()
        if subscription:
            self._by_people(lambda client: client.v1.subscriptions.cancel(subscription["id"]))

    def price_id(self, lookup_key: str) -> str:
        return next(each["id"] for each in self.rig.emulator.state.every("price") if each["lookup_key"] == lookup_key)

    def _by_people(self, act: Callable[[stripe.StripeClient], object]) -> None:
        try:
            act(self.rig.operator)
        except (stripe.InvalidRequestError, stripe.CardError, stripe.RateLimitError):
            return

    # -- what time and the service's own machinery do

    def pause(self, seconds: int) -> None:
        self.rig.emulator.turner.move_to(self.rig.clock.now() + seconds)

    def to_period_end(self, past: int) -> None:
        subscription = self.truth.live()
        end = subscription["items"]["data"][0]["current_period_end"] if subscription else 0
        self.pause(max(0, end + past - self.rig.clock.now()))

    def collect(self) -> None:
        """What has come in: Stripe's webhooks since, and what was queued here."""
        self.waiting += [*self._sent(), *self.rig.queues.events]
        self.rig.queues.events.clear()

    def _sent(self) -> list[StripeEventMessage]:
        fresh = self.rig.told(self._told)
        self._told += len(fresh)
        return [each for each in fresh if each.type in HANDLERS]

    def deliver(self, share: float = 1.0, seed: int | None = None, mishap: Mishap | None = None) -> None:
        """A share of the events that wait, in order or shuffled; one whose process dies comes again."""
        self.collect()
        if seed is not None:
            Random(seed).shuffle(self.waiting)
        due = self.waiting[: round(share * len(self.waiting) + 0.499)]
        for message in due:
            done = self.tried(lambda deps, message=message: handle_stripe_event(deps, message) or True, mishap, ())
            mishap = None
            if done:
                self.waiting.remove(message)

    def drop(self) -> None:
        """What Stripe has sent is lost; a queue loses nothing."""
        self._sent()

    def catch_up(self) -> None:
        catch_up(self.rig.deps)
        self.collect()

    def sweep(self, mishap: Mishap | None = None) -> None:
        sweep(self.rig.deps)
        due, self.rig.queues.accounts[:] = list(self.rig.queues.accounts), []
        for message in due:
            self.tried(lambda deps, message=message: book_due(deps, message), mishap, ())
            mishap = None

    def in_step(self) -> None:
        """Every event delivered, and those that come of it; not those that must come again later."""
        self.collect()
        before = None
        while self.waiting not in ([], before):
            before = list(self.waiting)
            self.deliver()
            self.collect()

    def settle(self) -> None:
        """All is delivered, nobody holds an order any more, and the night's comparison finds nothing."""
        self.rig.act("webhooks", fail_api=0)
        self.catch_up()
        self.in_step()
        for seconds in (LEASE, LEASE, 86_400, LEASE):
            if self.order() is None and not self.waiting:
                break
            self.pause(seconds)
            self.in_step()
            self.sweep()
            self.in_step()
        self.sweep()
        self.in_step()
        assert self.waiting == []
        assert reconcile(self.rig.deps) == 0, "the night's comparison found what events had not brought"
        self.in_step()

    # -- what is seen

    def is_unsettled(self) -> bool:
        """Whether anything was told, or is on its way, since all was settled."""
        return bool(self.rig.told(self._told) or self.waiting or self.rig.queues.events or self.order())

    def order(self) -> Order | None:
        return self.rig.stored()[1].order

    def owed(self) -> Raw | None:
        subscription = self.truth.live()
        return self.truth.owed(subscription) if subscription else None

    def ahead(self) -> Ahead | None:
        return self.truth.ahead(self.truth.live())

    def tried(
        self,
        call: Callable[[Deps], T],
        mishap: Mishap | None,
        refusals: tuple[type[BillingError], ...] = (Refused, Invalid, UnknownPlan),
    ) -> T | None:
        """What came of it; None where it was refused, or where the mishap was in its way."""
        if mishap and mishap.kind == "fail_api":
            self.rig.act("webhooks", fail_api=mishap.nth)
        try:
            return call(mortal(self.rig.deps, mishap))
        except refusals:
            return None
        except (Died, TryAgain):
            if mishap is None and not self._is_throttled():
                raise
            return None
        finally:
            self.rig.emulator.state.faults.fail_api = 0

    def _is_throttled(self) -> bool:
        """Whether Stripe bills this subscription no more for now; who is told so tries again."""
        return self.rig.emulator.state.requests[-1]["status"] == 429

    def _check_came(self, wish: Wish, came: Outcome) -> None:
        if came.outcome == "checkout":
            assert came.url
            self.pages.append(came.url.rstrip("/").rsplit("/", 1)[-1].partition("#")[0])
        elif came.outcome == "applied":
            self._check_applied(wish, came)
        elif came.outcome == "scheduled":
            self._check_scheduled(wish, came)

    def _check_applied(self, wish: Wish, came: Outcome) -> None:
        seen, live = came.overview, self.truth.live()
        if live and self.truth.is_given_later(live):
            return
        assert wish.plan in (None, seen.plan)
        assert wish.interval in (None, seen.interval)
        assert wish.seats in (None, seen.seats.bought)

    def _check_scheduled(self, wish: Wish, came: Outcome) -> None:
        seen = came.overview
        if wish.plan == "free" or (wish.plan is None and seen.ends_at is not None):
            assert seen.ends_at is not None
            return
        change = seen.scheduled_change
        assert change is not None
        assert (wish.plan or change.plan, wish.interval or change.interval) == (change.plan, change.interval)
        assert wish.seats in (None, change.seats)

    def _check_preview(self, came: Outcome, preview: Preview | None, is_exact: bool) -> None:
        """What was charged is what was shown, to the cent and line by line."""
        if preview is None:
            return
        assert preview.outcome == ("applied" if came.outcome == "payment_required" else came.outcome)
        subscription = self.truth.live()
        if subscription is None or not is_exact or not preview.bill.lines or came.outcome == "checkout":
            return
        invoice = self.truth.newest(subscription)
        assert invoice["amount_due"] == preview.bill.due.amount
        found = self.rig.deps.stripe.invoice_lines(invoice["id"])
        assert [(each.quantity, each.amount) for each in found] == [
            (each.quantity, each.amount) for each in preview.bill.lines
        ]
