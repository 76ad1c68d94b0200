"""Stripe's events: EVENTS, the one list of which are handled and how, and why the others are not.

The endpoint at Stripe subscribes to the handled ones only. An event says where to look, and that may be another object
than its own: an invoice matters for what it makes of its subscription.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chalicelib.actions.follow_recharge import follow_recharge
from chalicelib.actions.follow_subscription import follow_subscription
from chalicelib.actions.note_refund import note_refund
from chalicelib.actions.settle_checkout import settle_checkout
from chalicelib.actions.sync_customer import sync_customer
from chalicelib.actions.sync_refunds import sync_dispute, sync_refund
from chalicelib.deps import Deps
from chalicelib.domain.charges import CREDIT_PACK, RECHARGE
from chalicelib.messages import StripeEventMessage

Look = tuple[Callable[[Deps, str], None], str]
"""What brings something up to date, and the Stripe id of that."""


@dataclass(frozen=True)
class Handler:
    """Where an event says to look; None where it is of nobody. `what` is brought up to date, as the README says it."""

    what: str
    look: Callable[[StripeEventMessage], Look | None]


@dataclass(frozen=True)
class Ignored:
    """Nothing follows from the event, and `why`, as the README says it."""

    why: str


def _session(message: StripeEventMessage) -> Look:
    return settle_checkout, message.object


def _failed_session(message: StripeEventMessage) -> Look:
    return _settle_failed, message.object


def _refund(message: StripeEventMessage) -> Look:
    return sync_refund, message.object


def _failed_refund(message: StripeEventMessage) -> Look:
    return _sync_failed, message.object


def _dispute(message: StripeEventMessage) -> Look:
    return sync_dispute, message.object


def _subscription(message: StripeEventMessage) -> Look:
    return follow_subscription, message.object


def _customer(message: StripeEventMessage) -> Look | None:
    return (sync_customer, message.customer) if message.customer else None


def _invoice(message: StripeEventMessage) -> Look | None:
    """An invoice of a pack bought by hand says nothing that its session does not say."""
    if message.kind == RECHARGE:
        return follow_recharge, message.object
    return None if message.kind == CREDIT_PACK else _its_subscription(message)


def _its_subscription(message: StripeEventMessage) -> Look | None:
    """A renewal's events come together, of the invoice and of the subscription: so they cost one fetch."""
    return (follow_subscription, message.subscription) if message.subscription else _customer(message)


def _settle_failed(deps: Deps, stripe_session_id: str) -> None:
    settle_checkout(deps, stripe_session_id, is_failure=True)


def _sync_failed(deps: Deps, stripe_refund_id: str) -> None:
    note_refund(deps, stripe_refund_id)
    sync_refund(deps, stripe_refund_id)


OF_SESSION = "the purchase, or the subscription, of the session"
SESSION = Handler(OF_SESSION, _session)
FAILED_SESSION = Handler(OF_SESSION, _failed_session)
SUBSCRIPTION = Handler("the subscription", _subscription)
SCHEDULE = Handler("the subscription of the schedule", _its_subscription)
INVOICE = Handler("the recharge, or the subscription, of the invoice, else of its customer", _invoice)
OF_REFUND = "the credits of the purchase that was refunded"
REFUND = Handler(OF_REFUND, _refund)
FAILED_REFUND = Handler(f"{OF_REFUND}; one for a second subscription is told to the account", _failed_refund)
DISPUTE = Handler("the credits of the purchase that is disputed", _dispute)
CUSTOMER = Handler("the customer's subscription and payment method", _customer)

SAID_TWICE = Ignored("another event says the same and comes with it")
NO_CHANGE = Ignored("nothing that an account sees has changed; what follows has an event of its own")
PAYMENT = Ignored("a payment is known by its session or its invoice")
WARNING = Ignored("a warning moves no money; a refund or a dispute has events of its own")
SHOWN_BY_STRIPE = Ignored("Stripe alone keeps and shows it")
OFFER = Ignored("what is offered is the catalogue's to say; prices are found by their keys")
OF_TESTS = Ignored("test clocks are for tests")

EVENTS: Mapping[str, Handler | Ignored] = {
    "checkout.session.completed": SESSION,
    # Two events may tell of one payment that took days: the purchase's own state keeps it from being granted twice.
    "checkout.session.async_payment_succeeded": SESSION,
    "checkout.session.async_payment_failed": FAILED_SESSION,
    "checkout.session.expired": SESSION,
    "customer.subscription.created": SUBSCRIPTION,
    "customer.subscription.updated": SUBSCRIPTION,
    # Stripe never deletes a subscription: this is its move to canceled.
    "customer.subscription.deleted": SUBSCRIPTION,
    "customer.subscription.paused": SUBSCRIPTION,
    "customer.subscription.resumed": SUBSCRIPTION,
    "customer.subscription.pending_update_applied": SUBSCRIPTION,
    "customer.subscription.pending_update_expired": SUBSCRIPTION,
    "customer.subscription.trial_will_end": NO_CHANGE,
    "subscription_schedule.created": SCHEDULE,
    "subscription_schedule.updated": SCHEDULE,
    "subscription_schedule.released": SCHEDULE,
    "subscription_schedule.completed": SCHEDULE,
    "subscription_schedule.canceled": SCHEDULE,
    "subscription_schedule.aborted": SCHEDULE,
    "subscription_schedule.expiring": SCHEDULE,
    "invoice.paid": INVOICE,
    # Not sent for an invoice that was paid outside Stripe.
    "invoice.payment_succeeded": SAID_TWICE,
    "invoice.payment_failed": INVOICE,
    "invoice.payment_action_required": INVOICE,
    "invoice.finalization_failed": INVOICE,
    "invoice.marked_uncollectible": INVOICE,
    "invoice.voided": INVOICE,
    "invoice.created": NO_CHANGE,
    "invoice.finalized": NO_CHANGE,
    "invoice.updated": NO_CHANGE,
    # The subscription's own move to past_due comes with it.
    "invoice.overdue": SAID_TWICE,
    "invoice.upcoming": NO_CHANGE,
    "customer.updated": CUSTOMER,
    "customer.deleted": CUSTOMER,
    "customer.tax_id.created": SHOWN_BY_STRIPE,
    "customer.tax_id.updated": SHOWN_BY_STRIPE,
    "customer.tax_id.deleted": SHOWN_BY_STRIPE,
    "payment_method.attached": CUSTOMER,
    "payment_method.updated": CUSTOMER,
    "payment_method.automatically_updated": CUSTOMER,
    "payment_method.detached": CUSTOMER,
    "setup_intent.succeeded": SAID_TWICE,
    "payment_intent.payment_failed": PAYMENT,
    "payment_intent.requires_action": PAYMENT,
    "payment_intent.succeeded": PAYMENT,
    "refund.created": REFUND,
    "refund.updated": REFUND,
    "refund.failed": FAILED_REFUND,
    "charge.refunded": SAID_TWICE,
    "charge.dispute.created": DISPUTE,
    "charge.dispute.updated": DISPUTE,
    "charge.dispute.closed": DISPUTE,
    "charge.dispute.funds_withdrawn": DISPUTE,
    "charge.dispute.funds_reinstated": DISPUTE,
    "radar.early_fraud_warning.created": WARNING,
    "price.updated": OFFER,
    "price.deleted": OFFER,
    "product.updated": OFFER,
    "billing_portal.configuration.updated": SHOWN_BY_STRIPE,
    "test_helpers.test_clock.ready": OF_TESTS,
}
