"""Portals of a shop, opened as a customer opens them."""

from typing import Any

from tests.local.stripe.browsing import visit
from tests.local.stripe.shop import Shop

BACK = "https://app.example.com/billing"
OURS: Any = {
    "payment_method_update": {"enabled": True},
    "invoice_history": {"enabled": True},
    "customer_update": {"enabled": True, "allowed_updates": ["name", "address", "tax_id"]},
    "subscription_cancel": {"enabled": False},
    "subscription_update": {"enabled": False},
    "subscription_pause": {"enabled": False},
}


def a_configuration(shop: Shop, **features: Any) -> Any:
    return shop.service.v1.billing_portal.configurations.create({"features": {**OURS, **features}})


def a_portal(shop: Shop, whom: str, how: Any = None, **fields: Any) -> Any:
    how = how or a_configuration(shop)
    params: Any = {"customer": whom, "configuration": how.id, "return_url": BACK, **fields}
    return shop.service.v1.billing_portal.sessions.create(params)


def entered(shop: Shop, whom: str, how: Any = None, **fields: Any) -> str:
    """The address of a visit under way."""
    status, _, location = visit(a_portal(shop, whom, how, **fields).url)
    assert status == 303
    return f"{shop.emulator.url}{location}"
