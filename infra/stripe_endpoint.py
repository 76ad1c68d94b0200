"""The webhook endpoint at Stripe: where events are posted, which ones, and in which shape.

An endpoint keeps its API version for ever. One of another version is left beside the new one until somebody deletes
it; meanwhile both post, which the service bears.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import stripe

from chalicelib.settings import STRIPE_API_VERSION


@dataclass(frozen=True)
class Endpoint:
    """What was done, and the signing secret if the endpoint was made just now: Stripe shows it only once."""

    done: list[str]
    secret: str | None = None


def sync_endpoint(client: stripe.StripeClient, url: str, events: Iterable[str]) -> Endpoint:
    """Has Stripe post events of those types to the URL, in the API version that the service reads."""
    wanted = sorted(events)
    for endpoint in client.v1.webhook_endpoints.list({"limit": 100}).auto_paging_iter():
        if endpoint.url == url and endpoint.api_version == STRIPE_API_VERSION:
            return _sync_found(client, endpoint, wanted)
    params: Any = {"url": url, "enabled_events": wanted, "api_version": STRIPE_API_VERSION}
    made = client.v1.webhook_endpoints.create(params)
    return Endpoint([f"endpoint {made.id} made for {url}"], made.secret)


def _sync_found(client: stripe.StripeClient, endpoint: stripe.WebhookEndpoint, wanted: list[str]) -> Endpoint:
    if sorted(endpoint.enabled_events) == wanted and endpoint.status == "enabled":
        return Endpoint([])
    params: Any = {"enabled_events": wanted, "disabled": False}
    client.v1.webhook_endpoints.update(endpoint.id, params)
    return Endpoint([f"endpoint {endpoint.id} updated"])
