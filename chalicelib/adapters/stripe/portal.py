"""Stripe's billing portal with a configuration of our own: how it is paid and billed, and nothing that changes plans.

Without a configuration Stripe takes the dashboard's default, which may let people change or cancel their plan. Ours is
known again by a digest of what it allows, so another version of this file makes another one.
"""

import json
from hashlib import sha256
from typing import Any

from chalicelib.adapters.stripe.calls import Calls
from chalicelib.errors import StripeRefused

PAGE = 100
FEATURES: dict[str, Any] = {
    "payment_method_update": {"enabled": True},
    "invoice_history": {"enabled": True},
    "customer_update": {"enabled": True, "allowed_updates": ["name", "address", "tax_id"]},
    "subscription_cancel": {"enabled": False},
    "subscription_update": {"enabled": False},
    "subscription_pause": {"enabled": False},
}
DIGEST = sha256(json.dumps(FEATURES, sort_keys=True).encode()).hexdigest()[:16]
OURS = "billing_portal"
"""The metadata that tells ours from others."""
FLOWS = {"payment_method": "payment_method_update"}
"""Stripe's names for the pages that a link can lead straight to."""


class Portal:
    """Opens the portal; remembers its configuration for the process."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._configuration: str | None = None

    def url(self, stripe_customer_id: str, return_url: str, flow: str | None, key: str) -> str:
        """Where the customer goes now: the address works once, and not for long."""
        self._configuration = self._configuration or self._found_or_made()
        params: Any = {
            "customer": stripe_customer_id,
            "configuration": self._configuration,
            "return_url": return_url,
            **_leading_to(flow, return_url),
        }
        try:
            made = self._calls.make(
                key, lambda client, options: client.v1.billing_portal.sessions.create(params, options)
            )
        except StripeRefused:
            # Somebody may have put the configuration out of use: the next call looks again.
            self._configuration = None
            raise
        return made.url

    def _found_or_made(self) -> str:
        ours = self._ours()
        in_use = next((each.id for each in ours if each.active), None)
        return in_use or self._made(f"portal_configuration:{DIGEST}:{len(ours)}")

    def _ours(self) -> list[Any]:
        params: Any = {"limit": PAGE}
        return self._calls.ask(
            lambda client: [
                each
                for each in client.v1.billing_portal.configurations.list(params).auto_paging_iter()
                if (each.to_dict().get("metadata") or {}).get(OURS) == DIGEST
            ]
        )

    def _made(self, key: str) -> str:
        params: Any = {"features": FEATURES, "metadata": {OURS: DIGEST}}
        made = self._calls.make(
            key,
            lambda client, options: client.v1.billing_portal.configurations.create(params, options),
            look=lambda: next((each for each in self._ours() if each.active), None),
        )
        return made.id


def _leading_to(flow: str | None, return_url: str) -> dict[str, Any]:
    if flow is None:
        return {}
    back = {"type": "redirect", "redirect": {"return_url": return_url}}
    return {"flow_data": {"type": FLOWS[flow], "after_completion": back}}
