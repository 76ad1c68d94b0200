"""Everything that is asked of Stripe: fits deps.Stripe. Its SDK is called from this folder only."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from chalicelib.adapters.stripe import changes, customers, invoices, objects, refunds, schedules, sessions
from chalicelib.adapters.stripe.calls import Calls
from chalicelib.adapters.stripe.charges import Charges
from chalicelib.adapters.stripe.failures import NOTHING_UPCOMING
from chalicelib.adapters.stripe.portal import Portal
from chalicelib.adapters.stripe.prices import Prices
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.credits import Purchase
from chalicelib.domain.invoices import Bill, Checkout, Invoice, InvoiceLine, PlanOrder
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Item
from chalicelib.domain.periods import Instant
from chalicelib.domain.refunds import Refund
from chalicelib.domain.subscriptions import (
    CHANGE,
    OF_PERIODS,
    OWING,
    Bought,
    LatestInvoice,
    PaymentMethod,
    Scheduled,
    Subscription,
    may_hide_change,
    with_open,
)
from chalicelib.errors import StripeGone, StripeRefused
from chalicelib.messages import StripeEventMessage, pointing_at
from chalicelib.settings import Settings

log = logging.getLogger(__name__)

PAGE = 100
NOT_GIVEN = OF_PERIODS | {CHANGE}
"""Why an invoice asks money for what its subscription's end leaves ungiven."""
CHARGED = frozenset({"trialing", "active", "past_due"})


class StripeGateway:
    """See deps.Stripe for what each method promises."""

    def __init__(self, settings: Settings, catalogue: Catalogue) -> None:
        self._calls, self._catalogue, self._tax = Calls(settings), catalogue, settings.stripe_tax
        self._prices = Prices(self._calls, catalogue)
        # Renewals behind which no change waits: none can come to be there later.
        self._bare: set[str] = set()
        self._portal = Portal(self._calls)
        self.charges = Charges(self._calls, self._prices, tax=self._tax)

    # -- customers

    def create_customer(self, account: str, name: str, email: str, *, key: str) -> str:
        return customers.create(self._calls, account, name, email, key)

    def customers_of(self, account: str, email: str) -> list[str]:
        return customers.of_account(self._calls, account, email)

    def customer_exists(self, stripe_customer_id: str) -> bool:
        return customers.exists(self._calls, stripe_customer_id)

    def delete_customer(self, stripe_customer_id: str) -> None:
        customers.delete(self._calls, stripe_customer_id)

    def payment_method(
        self, stripe_customer_id: str, stripe_payment_method_id: str | None = None
    ) -> PaymentMethod | None:
        return customers.payment_method(self._calls, stripe_customer_id, stripe_payment_method_id)

    def use_by_default(self, stripe_customer_id: str, stripe_payment_method_id: str, *, key: str) -> None:
        customers.use_by_default(self._calls, stripe_customer_id, stripe_payment_method_id, key)

    # -- Checkout

    def checkout_plan(self, order: PlanOrder, stripe_customer_id: str, *, key: str) -> Checkout:
        returns = order.success_url, order.cancel_url
        params = sessions.common(order.account, stripe_customer_id, *returns, tax=self._tax)
        return self._checkout_made(params | sessions.for_plan(order, self._prices.id_of(order.lookup_key)), key)

    def checkout_pack(
        self,
        purchase: Purchase,
        stripe_customer_id: str,
        lookup_key: str,
        *,
        success_url: str,
        cancel_url: str,
        key: str,
    ) -> Checkout:
        params = sessions.common(purchase.account, stripe_customer_id, success_url, cancel_url, tax=self._tax)
        params |= sessions.for_pack(purchase, self._prices.id_of(lookup_key))
        return self._checkout_made(params, key)

    def checkout(self, stripe_session_id: str) -> Checkout:
        expand: Any = {"expand": ["line_items"]}
        found = self._calls.ask(lambda client: client.v1.checkout.sessions.retrieve(stripe_session_id, expand))
        return objects.checkout(found.to_dict(), self._catalogue)

    def checkouts(self, stripe_customer_id: str) -> list[Checkout]:
        params: Any = {"customer": stripe_customer_id, "limit": PAGE}
        found = self._calls.ask(lambda client: client.v1.checkout.sessions.list(params)).data
        sold = [objects.checkout(each.to_dict(), self._catalogue) for each in found]
        return [each for each in sold if each.mode == "subscription"]

    def expire_checkout(self, stripe_session_id: str) -> None:
        expired = stripe_session_id
        self._calls.make(
            f"expire:{expired}", lambda client, options: client.v1.checkout.sessions.expire(expired, {}, options)
        )

    # -- subscriptions

    def subscription(self, stripe_subscription_id: str, *, as_of: Instant) -> Subscription:
        path = f"/v1/subscriptions/{quote(stripe_subscription_id, safe='')}"
        found = self._calls.ask_plainly("get", path, expand=["latest_invoice", "schedule"])
        subscription = self._understood(found, as_of)
        renewal = subscription.latest_invoice.stripe_invoice_id if subscription.latest_invoice else ""
        is_asked = may_hide_change(subscription) and renewal not in self._bare
        if subscription.status not in OWING and not is_asked:
            return subscription
        found = with_open(subscription, self._open_invoices(stripe_subscription_id))
        if is_asked and found.change is None:
            self._bare.add(renewal)
        return found

    def next_charge(self, subscription: Subscription) -> Money | None:
        if subscription.status not in CHARGED or subscription.ends_at is not None:
            return None
        upcoming = {"subscription": subscription.stripe_subscription_id}
        try:
            preview = self._calls.ask_plainly("post", "/v1/invoices/create_preview", **upcoming)
        except StripeRefused as error:
            # It is for show, so what Stripe refuses to reckon (an address is missing, say) must not stop the rest.
            if error.stripe_code not in NOTHING_UPCOMING:
                about = {"stripe_subscription_id": subscription.stripe_subscription_id, "code": error.stripe_code}
                log.warning("next_charge.unknown", extra=about)
            return None
        return Money(preview["amount_due"], preview["currency"])

    def subscriptions_of(self, stripe_customer_id: str, *, as_of: Instant) -> list[Subscription]:
        return list(self._subscriptions({"customer": stripe_customer_id}, as_of))

    def subscriptions(self, *, as_of: Instant) -> Iterable[Subscription]:
        return self._subscriptions({}, as_of)

    def cancel_at_period_end(
        self, stripe_subscription_id: str, *, reason: str | None, comment: str | None, key: str
    ) -> None:
        self._update(stripe_subscription_id, {"cancel_at_period_end": True} | _said(reason, comment), key)

    def cancel_at(self, stripe_subscription_id: str, at: Instant, *, key: str) -> None:
        self._update(stripe_subscription_id, {"cancel_at": at}, key)

    def end_now(self, subscription: Subscription, *, reason: str | None, comment: str | None, key: str) -> None:
        ended, params = subscription.stripe_subscription_id, _said(reason, comment)
        try:
            self._calls.make(key, lambda client, options: client.v1.subscriptions.cancel(ended, params, options))
        except StripeGone:
            # Stripe keeps no answer to a DELETE: asked again after a lost one, it says that nothing is there.
            log.info("subscription.ended_before", extra={"stripe_subscription_id": ended})
        self.void_unpaid(ended)

    def void_unpaid(self, stripe_subscription_id: str) -> None:
        for invoice in self._open_invoices(stripe_subscription_id):
            if invoice.reason in NOT_GIVEN:
                self._void(invoice.stripe_invoice_id)

    def resume(self, subscription: Subscription, *, key: str) -> None:
        params: Any = {"cancel_at_period_end": False} if subscription.cancel_at_period_end else {"cancel_at": ""}
        self._update(subscription.stripe_subscription_id, params, key)

    def note_beside(self, stripe_subscription_id: str, first: str, *, key: str) -> None:
        self._update(stripe_subscription_id, {"metadata": {"beside": first}}, key)

    def give_back(self, subscription: Subscription) -> None:
        refunds.give_back(self._calls, subscription)

    def refund(self, stripe_refund_id: str) -> Refund:
        return refunds.one(self._calls, stripe_refund_id)

    @property
    def refunds(self) -> refunds.Refunds:
        return refunds.Refunds(self._calls)

    # -- changes of a running subscription

    def preview(self, subscription: Subscription, item: Item, at: Instant) -> Bill:
        return changes.preview(self._calls, subscription, self._price_for(subscription, item), item, at, self._line)

    def preview_renewal(self, subscription: Subscription, item: Item, balance: int | None = None) -> Money:
        price = self._price_for(subscription, item)
        return changes.preview_renewal(self._calls, subscription, price, item, balance)

    def charge_change(self, subscription: Subscription, item: Item, at: Instant, *, key: str) -> None:
        changes.charge(self._calls, subscription, self._price_for(subscription, item), item, at, key)

    def void_pending(self, subscription: Subscription) -> None:
        # The latest that is shown of one that owes is its oldest renewal: that is to be paid, not forgotten.
        changes = [each for each in self._open_invoices(subscription.stripe_subscription_id) if each.reason == CHANGE]
        if changes:
            self._void(changes[-1].stripe_invoice_id)

    def put_back(self, subscription: Subscription, bought: Bought, *, key: str) -> None:
        changes.put_back(self._calls, subscription, bought, lambda: self._prices.id_of(bought.price), key)

    def schedule(self, subscription: Subscription, item: Item, *, key: str) -> None:
        schedules.schedule(self._calls, subscription, self._price_for(subscription, item), item, key)

    def release(self, scheduled: Scheduled, *, keeps_end: bool = False, key: str) -> None:
        schedules.release(self._calls, scheduled, key, keeps_end=keeps_end)

    # -- the portal and the invoices

    def portal(self, stripe_customer_id: str, return_url: str, *, flow: str | None, key: str) -> str:
        return self._portal.url(stripe_customer_id, return_url, flow, key)

    def invoices(self, stripe_customer_id: str, *, after: str | None, limit: int) -> tuple[list[Invoice], bool]:
        return invoices.page(self._calls, stripe_customer_id, after, limit)

    def invoice(self, stripe_invoice_id: str) -> Invoice:
        return invoices.one(self._calls, stripe_invoice_id)

    def invoice_lines(self, stripe_invoice_id: str) -> list[InvoiceLine]:
        return invoices.lines(self._calls, stripe_invoice_id, self._catalogue)

    # -- events

    def events_since(self, since: Instant) -> Iterable[tuple[Instant, StripeEventMessage]]:
        params: Any = {"created": {"gte": since}, "limit": PAGE}
        found = self._calls.ask(
            lambda client: [
                (each.created, pointing_at(each.to_dict())) for each in client.v1.events.list(params).auto_paging_iter()
            ]
        )
        return reversed(found)

    # -- parts

    def _checkout_made(self, params: Any, key: str) -> Checkout:
        made = self._calls.make(key, lambda client, options: client.v1.checkout.sessions.create(params, options))
        return objects.checkout(made.to_dict(), self._catalogue)

    def _open_invoices(self, stripe_subscription_id: str) -> list[LatestInvoice]:
        """Oldest first."""
        params: Any = {"subscription": stripe_subscription_id, "status": "open", "limit": PAGE}
        found = self._calls.ask(lambda client: client.v1.invoices.list(params)).data
        return [objects.invoice(each.to_dict()) for each in reversed(found)]

    def _void(self, void: str) -> None:
        try:
            self._calls.make(f"void:{void}", lambda client, options: client.v1.invoices.void_invoice(void, {}, options))
        except (StripeRefused, StripeGone) as error:
            log.warning("invoice.not_voided", extra={"stripe_invoice_id": void, "code": error.code})

    def _update(self, stripe_subscription_id: str, params: Any, key: str) -> None:
        self._calls.make(
            key, lambda client, options: client.v1.subscriptions.update(stripe_subscription_id, params, options)
        )

    def _subscriptions(self, which: dict[str, Any], as_of: Instant) -> Iterator[Subscription]:
        params: Any = which | {"status": "all", "limit": PAGE, "expand": ["data.latest_invoice", "data.schedule"]}
        page = self._calls.ask(lambda client: client.v1.subscriptions.list(params))
        while page.data:
            for each in page.data:
                yield self._understood(each.to_dict(), as_of)
            if not page.has_more:
                return
            further: Any = params | {"starting_after": page.data[-1].id}
            page = self._calls.ask(lambda client, further=further: client.v1.subscriptions.list(further))

    def _understood(self, raw: Any, as_of: Instant) -> Subscription:
        """The subscription with what its schedule has ahead; a schedule names its prices by their ids alone."""
        ahead = schedules.scheduled(raw.get("schedule"), self._prices.price, self._catalogue)
        return replace(objects.subscription(raw, self._catalogue, as_of), scheduled=ahead)

    def _line(self, raw: Any) -> InvoiceLine:
        """The line of a preview, which names its price by its id alone."""
        price = self._prices.price(raw["pricing"]["price_details"]["price"])
        return invoices.line(raw | {"pricing": {"price_details": {"price": price}}}, self._catalogue)

    def _price_for(self, subscription: Subscription, item: Item) -> str:
        return self._prices.id_of(item.lookup_key) if item.lookup_key else subscription.stripe_price_id


def _said(reason: str | None, comment: str | None) -> Any:
    said = {name: text for name, text in (("feedback", reason), ("comment", comment)) if text is not None}
    return {"cancellation_details": said} if said else {}
