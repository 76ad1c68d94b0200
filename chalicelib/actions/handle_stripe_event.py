"""Handling a Stripe event: HANDLERS, the one list of what is handled and how.

An event says only where to look. Its effects are keyed by their causes, so order and repeats do not matter; the inbox
spares the work of looking twice.
"""

import logging
from collections.abc import Callable, Mapping

from chalicelib.actions.settle_checkout import settle_checkout
from chalicelib.actions.sync_customer import sync_customer
from chalicelib.actions.sync_subscription import sync_subscription
from chalicelib.deps import Deps
from chalicelib.errors import StripeGone
from chalicelib.messages import StripeEventMessage

log = logging.getLogger(__name__)

Handler = Callable[[Deps, StripeEventMessage], None]


def handle_stripe_event(deps: Deps, message: StripeEventMessage) -> None:
    """The event's work is in effect; raises what stopped it, and is then called again."""
    about = {"event_id": message.event, "event_type": message.type, "stripe_object": message.object}
    handler = HANDLERS.get(message.type)
    if handler is None:
        log.info("stripe_event.unknown_type", extra=about)
        return
    # It was noted when it was received: looking costs a tenth of writing it in vain.
    is_done = deps.store.is_event_done(message.event)
    if is_done or (is_done is None and not deps.store.note_event(message, deps.clock.now())):
        log.info("stripe_event.done_before", extra=about)
        return
    try:
        handler(deps, message)
    except StripeGone:
        log.info("stripe_event.object_gone", extra=about)
    deps.store.event_done(message.event, deps.clock.now())
    log.info("stripe_event.done", extra=about)


def _checkout(deps: Deps, message: StripeEventMessage) -> None:
    settle_checkout(deps, message.object)


def _failed_checkout(deps: Deps, message: StripeEventMessage) -> None:
    settle_checkout(deps, message.object, is_failure=True)


def _subscription(deps: Deps, message: StripeEventMessage) -> None:
    sync_subscription(deps, message.object)


def _customer(deps: Deps, message: StripeEventMessage) -> None:
    if message.customer:
        sync_customer(deps, message.customer)


HANDLERS: Mapping[str, Handler] = {
    "checkout.session.completed": _checkout,
    # Two events may tell of one payment that took days: the purchase's own state keeps it from being granted twice.
    "checkout.session.async_payment_succeeded": _checkout,
    "checkout.session.async_payment_failed": _failed_checkout,
    "checkout.session.expired": _checkout,
    "customer.subscription.created": _subscription,
    "customer.subscription.updated": _subscription,
    # Stripe never deletes a subscription: this is its move to canceled.
    "customer.subscription.deleted": _subscription,
    "customer.subscription.paused": _subscription,
    "customer.subscription.resumed": _subscription,
    # An invoice matters here for what it makes of its customer's subscription. `invoice.payment_succeeded` says what
    # `invoice.paid` says, but not of invoices that were paid outside Stripe.
    "invoice.paid": _customer,
    "invoice.payment_failed": _customer,
    "invoice.payment_action_required": _customer,
    "invoice.finalization_failed": _customer,
    "invoice.marked_uncollectible": _customer,
    "invoice.voided": _customer,
    "customer.updated": _customer,
    "customer.deleted": _customer,
    "payment_method.attached": _customer,
    "payment_method.updated": _customer,
    "payment_method.automatically_updated": _customer,
    "payment_method.detached": _customer,
}
