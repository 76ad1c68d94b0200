"""The parameters of Checkout sessions, for plans and for packs.

A session's metadata stays with the session: what the subscription, payment and invoice shall carry is given apart. The
invoices keep that for ever, so it names no person: who asked is noted on our side (Profile.checkout_by).
A debit takes days, so packs are for cards only: their credits come at once. A plan by debit starts once it is paid.
"""

from typing import Any

from chalicelib.domain.charges import CREDIT_PACK
from chalicelib.domain.credits import Purchase
from chalicelib.domain.invoices import PlanOrder


def common(account: str, stripe_customer_id: str, success_url: str, cancel_url: str, *, tax: bool) -> dict[str, Any]:
    """What every session has; with an existing customer, tax needs leave to write the address down."""
    return {
        "customer": stripe_customer_id,
        "customer_update": {"address": "auto", "name": "auto"},
        "billing_address_collection": "required",
        "tax_id_collection": {"enabled": True},
        "automatic_tax": {"enabled": tax},
        "metadata": {"account": account},
        "success_url": success_url,
        "cancel_url": cancel_url,
    }


def for_plan(order: PlanOrder, price_id: str) -> dict[str, Any]:
    """A plan; where seats are priced the buyer may still change them on the page."""
    line: dict[str, Any] = {"price": price_id, "quantity": 1}
    if order.seats:
        chosen, least, most = order.seats
        bounds = {"enabled": True, "minimum": least, "maximum": most}
        line |= {"quantity": chosen, "adjustable_quantity": bounds}
    metadata = {"account": order.account, "kind": "subscription"}
    return {
        "mode": "subscription",
        "allowed_payment_method_types": ["card", "sepa_debit"],
        "line_items": [line],
        "metadata": metadata | {"wish": order.wish},
        "subscription_data": {"billing_mode": {"type": "flexible"}, "metadata": metadata},
    }


def for_pack(purchase: Purchase, price_id: str) -> dict[str, Any]:
    """A pack; without `invoice_creation` a single payment would have no invoice."""
    metadata = {"account": purchase.account, "kind": CREDIT_PACK, "purchase": purchase.id}
    return {
        "mode": "payment",
        "allowed_payment_method_types": ["card"],
        "line_items": [{"price": price_id, "quantity": 1}],
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "invoice_creation": {"enabled": True, "invoice_data": {"metadata": metadata}},
    }
