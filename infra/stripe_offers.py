"""Brings a Stripe account's products and prices to the catalogue; a second run changes nothing.

A price is never changed: for another amount a new one takes over the lookup key. The old one stays active, because its
subscribers keep it and Stripe refuses archived prices in a subscription schedule. What is gone from the catalogue is
left alone for the same reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import stripe

from chalicelib.domain.catalogue import Catalogue, Pack, Plan, Price
from chalicelib.domain.prices import ONCE


@dataclass(frozen=True)
class Offer:
    """A Stripe product to be, with its prices.

    What was bought is recognised by the price's metadata, which outlives the catalogue that wrote it.
    """

    product_id: str
    name: str
    metadata: Mapping[str, str]
    price_metadata: Mapping[str, str]
    prices: tuple[Price, ...]


def sync_offers(client: stripe.StripeClient, catalogue: Catalogue) -> list[str]:
    """Makes and updates what differs; returns what was done, a line for each thing."""
    done: list[str] = []
    for offer in _offers(catalogue):
        done += _sync_product(client, offer)
        done += _sync_prices(client, offer)
    return done


def _offers(catalogue: Catalogue) -> Iterator[Offer]:
    yield from (_of_plan(plan) for plan in catalogue.plans.values() if plan is not catalogue.free)
    yield from (_of_pack(pack) for pack in catalogue.packs.values())


def _of_plan(plan: Plan) -> Offer:
    # A plan sold by people may have no price here: they add each customer's own to its product.
    named = {"plan": plan.id}
    return Offer(f"plan_{plan.id}", plan.name, named, named, tuple(plan.prices.values()))


def _of_pack(pack: Pack) -> Offer:
    named = {"pack": pack.id}
    # How many credits were bought stands on the price: a pack that is resized pays out what was sold.
    return Offer(f"pack_{pack.id}", pack.name, named, named | {"credits": str(pack.credits)}, (pack.price,))


def _sync_product(client: stripe.StripeClient, offer: Offer) -> Iterator[str]:
    wanted = {"name": offer.name, "active": True, "metadata": dict(offer.metadata)}
    found = _product(client, offer.product_id)
    if found is None:
        made: Any = {"id": offer.product_id, **wanted}
        client.v1.products.create(made)
        yield f"product {offer.product_id} made"
    elif not _holds(found, wanted):
        changed: Any = wanted
        client.v1.products.update(offer.product_id, changed)
        yield f"product {offer.product_id} updated"


def _product(client: stripe.StripeClient, product_id: str) -> dict[str, Any] | None:
    try:
        return client.v1.products.retrieve(product_id).to_dict()
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise
        return None


def _sync_prices(client: stripe.StripeClient, offer: Offer) -> Iterator[str]:
    if not offer.prices:
        return
    listed = client.v1.prices.list({"lookup_keys": [price.lookup_key for price in offer.prices]})
    found = {price.lookup_key: price.to_dict() for price in listed.auto_paging_iter()}
    for price in offer.prices:
        yield from _sync_price(client, _params(offer, price), found.get(price.lookup_key))


def _sync_price(client: stripe.StripeClient, wanted: dict[str, Any], found: dict[str, Any] | None) -> Iterator[str]:
    if found is None or not _holds(found, wanted):
        params: Any = {**wanted, "transfer_lookup_key": True}
        made = client.v1.prices.create(params)
        instead = f" instead of {found['id']}" if found else ""
        yield f"price {made.id} made for {wanted['lookup_key']}{instead}"
    elif not found["active"]:
        client.v1.prices.update(found["id"], {"active": True})
        yield f"price {found['id']} for {wanted['lookup_key']} activated"


def _params(offer: Offer, price: Price) -> dict[str, Any]:
    params: dict[str, Any] = {
        "product": offer.product_id,
        "unit_amount": price.money.amount,
        "currency": price.money.currency,
        "tax_behavior": price.tax_behavior,
        "lookup_key": price.lookup_key,
        "metadata": dict(offer.price_metadata),
    }
    if price.interval != ONCE:
        params["recurring"] = {"interval": price.interval, "interval_count": 1}
    return params


def _holds(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether all that is wanted stands in what was found; what else stands there is not ours."""
    return all(
        _holds(found.get(key) or {}, value) if isinstance(value, Mapping) else found.get(key) == value
        for key, value in wanted.items()
    )
