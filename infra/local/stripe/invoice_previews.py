"""What a subscription's next renewal will be billed: the renewal's own lines and tax, and nothing kept.

Only the plain question is built; a preview of changes, which needs proration, is not.
"""

from infra.local.stripe import invoice_life, invoice_lines, subscription_life
from infra.local.stripe.errors import invalid
from infra.local.stripe.parameters import missing
from infra.local.stripe.routing import Route, Routes
from infra.local.stripe.state import Object, Params, State


def create_preview(state: State, params: Params) -> Object:
    """The upcoming invoice; refused where the subscription ends before it would be billed."""
    if "subscription" not in params:
        raise missing("subscription")
    subscription = state.get("subscription", params["subscription"])
    if "customer" in params and params["customer"] != subscription["customer"]:
        raise invalid("The subscription does not belong to this customer.", "resource_missing", "subscription")
    items = subscription_life.renewed_items(subscription)
    if not items:
        raise invalid("No upcoming invoices for this subscription.", "invoice_upcoming_none")
    customer = state.get("customer", subscription["customer"])
    invoice = invoice_life.blank_invoice(state, customer, subscription["automatic_tax"]["enabled"])
    invoice.update(
        id=f"upcoming_{invoice['id']}",
        billing_reason="upcoming",
        currency=subscription["currency"],
        parent=subscription_life.parent_of_invoice(subscription),
        period_end=subscription_life.first_end(subscription),
        period_start=min(item["current_period_start"] for item in subscription["items"]["data"]),
    )
    for item in items:
        line = invoice_lines.subscription_line(state, subscription, item)
        invoice["lines"]["data"].append({**line, "invoice": invoice["id"]})
    invoice_lines.add_up(state, invoice)
    return invoice


ROUTES: Routes = {"POST /v1/invoices/create_preview": Route(create_preview, "subscription customer")}
