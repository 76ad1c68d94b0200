"""What actions ask of Stripe.

What makes something or charges takes an idempotency key, worth 24 hours, made by the action from the effect's cause.
What is voided, expired or given back is named by Stripe's own id, which is key enough.
"""

from collections.abc import Iterable
from typing import Protocol

from chalicelib.deps.charges import Charges
from chalicelib.deps.refunds import Refunds
from chalicelib.domain.credits import Purchase
from chalicelib.domain.invoices import Bill, Checkout, Invoice, InvoiceLine, PlanOrder
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Item
from chalicelib.domain.periods import Instant
from chalicelib.domain.refunds import Refund
from chalicelib.domain.subscriptions import Bought, PaymentMethod, Scheduled, Subscription
from chalicelib.messages import StripeEventMessage


class Stripe(Protocol):
    """Stripe. Every call may raise StripeUnavailable, StripeRefused or StripeGone."""

    @property
    def charges(self) -> Charges: ...

    @property
    def refunds(self) -> Refunds: ...

    def create_customer(self, account: str, name: str, email: str, *, key: str) -> str: ...

    def customers_of(self, account: str, email: str) -> list[str]:
        """Those made for this account that are not deleted; of another address than this the newest may be missing."""
        ...

    def checkout_plan(self, order: PlanOrder, stripe_customer_id: str, *, key: str) -> Checkout:
        """A Checkout session for a plan; the order's `wish` stays with it."""
        ...

    def checkout_pack(
        self,
        purchase: Purchase,
        stripe_customer_id: str,
        lookup_key: str,
        *,
        success_url: str,
        cancel_url: str,
        key: str,
    ) -> Checkout: ...

    def checkout(self, stripe_session_id: str) -> Checkout: ...

    def checkouts(self, stripe_customer_id: str) -> list[Checkout]:
        """The customer's latest Checkout sessions for plans, newest first, without their lines."""
        ...

    def expire_checkout(self, stripe_session_id: str) -> None:
        """Nobody can pay this session any more; StripeRefused if somebody just did."""
        ...

    def customer_exists(self, stripe_customer_id: str) -> bool:
        """Whether the customer was not deleted at Stripe."""
        ...

    def delete_customer(self, stripe_customer_id: str) -> None:
        """Name, address and cards are gone at Stripe, if they were not before; its invoices stay."""
        ...

    def subscription(self, stripe_subscription_id: str, *, as_of: Instant) -> Subscription:
        """The subscription as it stands, without its next charge."""
        ...

    def next_charge(self, subscription: Subscription) -> Money | None:
        """What the next renewal will charge, as Stripe reckons it; None where nothing renews or Stripe cannot say."""
        ...

    def subscriptions_of(self, stripe_customer_id: str, *, as_of: Instant) -> list[Subscription]: ...

    def subscriptions(self, *, as_of: Instant) -> Iterable[Subscription]:
        """Every subscription at Stripe, ended ones too, page by page, without their next charges."""
        ...

    def cancel_at_period_end(
        self, stripe_subscription_id: str, *, reason: str | None, comment: str | None, key: str
    ) -> None: ...

    def cancel_at(self, stripe_subscription_id: str, at: Instant, *, key: str) -> None:
        """It is to end at that instant, where a later period than this one ends."""
        ...

    def end_now(self, subscription: Subscription, *, reason: str | None, comment: str | None, key: str) -> None:
        """Ends it at once, if it has not ended already, and voids what was not paid of it."""
        ...

    def void_unpaid(self, stripe_subscription_id: str) -> None:
        """Nobody need pay for this subscription's periods any more: its open invoices are void, oldest first."""
        ...

    def note_beside(self, stripe_subscription_id: str, first: str, *, key: str) -> None:
        """Writes on it at Stripe, for ever, that it is the second subscription beside `first`."""
        ...

    def give_back(self, subscription: Subscription) -> None:
        """Whatever was paid for it goes back in full; what was sent back before is not sent twice, though it failed."""
        ...

    def refund(self, stripe_refund_id: str) -> Refund: ...

    def resume(self, subscription: Subscription, *, key: str) -> None:
        """Undoes a scheduled cancellation in whichever of Stripe's two forms it has."""
        ...

    def preview(self, subscription: Subscription, item: Item, at: Instant) -> Bill:
        """What changing to this item at that instant would charge now; changes nothing."""
        ...

    def preview_renewal(self, subscription: Subscription, item: Item, balance: int | None = None) -> Money:
        """What the next period would cost with this item; changes nothing.

        `balance` is what the customer's balance will be then, if a charge before it changes that one.
        """
        ...

    def charge_change(self, subscription: Subscription, item: Item, at: Instant, *, key: str) -> None:
        """The item changed and its proration charged; where that is not paid the change is pending.

        StripeRefused where nothing could even be tried: no card, no address.
        """
        ...

    def void_pending(self, subscription: Subscription) -> None:
        """The pending change is forgotten, and its invoice void."""
        ...

    def put_back(self, subscription: Subscription, bought: Bought, *, key: str) -> None:
        """The item as it was bought, at the catalogue's price if its own is not sold any more; nothing is charged."""
        ...

    def schedule(self, subscription: Subscription, item: Item, *, key: str) -> None:
        """The item changed at the period's end, in place of whatever was scheduled. It must not be ending."""
        ...

    def release(self, scheduled: Scheduled, *, keeps_end: bool = False, key: str) -> None:
        """Nothing is scheduled any more, but an end where that is kept; the subscription stays as it is."""
        ...

    def payment_method(
        self, stripe_customer_id: str, stripe_payment_method_id: str | None = None
    ) -> PaymentMethod | None:
        """This payment method, or else the customer's default one."""
        ...

    def use_by_default(self, stripe_customer_id: str, stripe_payment_method_id: str, *, key: str) -> None: ...

    def portal(self, stripe_customer_id: str, return_url: str, *, flow: str | None, key: str) -> str:
        """Where the customer sees to card, address and invoices: once, and soon. `flow` leads to one of them."""
        ...

    def invoices(self, stripe_customer_id: str, *, after: str | None, limit: int) -> tuple[list[Invoice], bool]:
        """The customer's invoices below the id `after`, newest first, without drafts; and whether there are more."""
        ...

    def invoice(self, stripe_invoice_id: str) -> Invoice:
        """Anybody's invoice, a draft too: whose it is must be asked."""
        ...

    def invoice_lines(self, stripe_invoice_id: str) -> list[InvoiceLine]:
        """All of its lines."""
        ...

    def events_since(self, since: Instant) -> Iterable[tuple[Instant, StripeEventMessage]]:
        """Stripe's events created since then, with their instants, oldest first."""
        ...
