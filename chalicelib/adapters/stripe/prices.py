"""Prices at Stripe: found by their lookup keys, and remembered for the process.

One is sold only while it is what the catalogue says: between a deployment with another price and the run of
`infra.stripe_sync` that makes it, people would pay what nobody has shown them.
"""

import logging
from collections.abc import Mapping
from typing import Any

from chalicelib.adapters.stripe.calls import Calls
from chalicelib.domain.catalogue import Catalogue, Price
from chalicelib.domain.prices import ONCE
from chalicelib.errors import NotForSale

log = logging.getLogger(__name__)


class Prices:
    def __init__(self, calls: Calls, catalogue: Catalogue) -> None:
        self._calls = calls
        self._offered = {price.lookup_key: price for price in catalogue.prices}
        self._ids: dict[str, str] = {}
        self._known: dict[str, Any] = {}

    def price(self, stripe_price_id: str) -> Any:
        """Stripe's price: what its id stands for never changes."""
        if stripe_price_id not in self._known:
            found = self._calls.ask(lambda client: client.v1.prices.retrieve(stripe_price_id))
            self._known[stripe_price_id] = found.to_dict()
        return self._known[stripe_price_id]

    def id_of(self, lookup_key: str) -> str:
        """Stripe's id of the price that the key stands for. Raises NotForSale unless it is the catalogue's."""
        if lookup_key not in self._ids:
            params: Any = {"lookup_keys": [lookup_key], "active": True}
            found = self._calls.ask(lambda client: client.v1.prices.list(params)).data
            if not found:
                raise NotForSale("Stripe has no price for this yet")
            self._check(lookup_key, found[0].to_dict())
            self._ids[lookup_key] = found[0].id
        return self._ids[lookup_key]

    def _check(self, lookup_key: str, found: Mapping[str, Any]) -> None:
        offered = self._offered.get(lookup_key)
        if offered is not None and is_as_offered(found, offered):
            return
        about = {"lookup_key": lookup_key, "stripe_price_id": found["id"], "cure": "run infra.stripe_sync"}
        log.error("price.not_as_offered", extra=about)
        raise NotForSale("Stripe's price for this is another than the catalogue's")


def is_as_offered(found: Mapping[str, Any], offered: Price) -> bool:
    """Whether Stripe's price charges what the catalogue says: for each unit, at that interval, with that tax."""
    recurring = found.get("recurring") or {"interval": ONCE, "interval_count": 1}
    charges = (found["unit_amount"], found["currency"], recurring["interval"], found.get("tax_behavior"))
    offer = (offered.money.amount, offered.money.currency, offered.interval, offered.tax_behavior)
    return charges == offer and recurring["interval_count"] == 1 and not found.get("transform_quantity")
