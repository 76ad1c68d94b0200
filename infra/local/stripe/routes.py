"""All that is built of Stripe's API, one list."""

from infra.local.stripe import (
    charges,
    checkout_sessions,
    customers,
    events,
    invoice_payments,
    invoice_previews,
    invoices,
    payment_intents,
    payment_methods,
    prices,
    products,
    setup_intents,
    subscriptions,
    tax,
    webhook_endpoints,
)
from infra.local.stripe.routing import Routes

ROUTES: Routes = {
    **charges.ROUTES,
    **checkout_sessions.ROUTES,
    **customers.ROUTES,
    **events.ROUTES,
    **invoice_payments.ROUTES,
    **invoice_previews.ROUTES,
    **invoices.ROUTES,
    **payment_intents.ROUTES,
    **payment_methods.ROUTES,
    **prices.ROUTES,
    **products.ROUTES,
    **setup_intents.ROUTES,
    **subscriptions.ROUTES,
    **tax.ROUTES,
    **webhook_endpoints.ROUTES,
}
