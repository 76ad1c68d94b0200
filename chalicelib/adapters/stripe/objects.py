"""Stripe's objects turned into our nouns, from the plain form of the SDK's objects.

In this API version a period belongs to the subscription's item, and a scheduled cancellation has two forms. Source:
https://docs.stripe.com/changelog/basil/2025-03-31/deprecate-subscription-current-period-start-and-end
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.invoices import Checkout
from chalicelib.domain.money import Money
from chalicelib.domain.periods import Instant, Period
from chalicelib.domain.subscriptions import (
    CHANGE,
    ENDED,
    UNSETTLED,
    LatestInvoice,
    PaymentMethod,
    Pending,
    Subscription,
)

Raw = Mapping[str, Any]


def subscription(raw: Raw, catalogue: Catalogue, as_of: Instant) -> Subscription:
    """The subscription; of several items the one whose price maps to a plan."""
    items = (raw.get("items") or {}).get("data") or [_no_item(raw["billing_cycle_anchor"])]
    item = next((each for each in items if plan_named(each["price"], catalogue)), items[0])
    metadata, latest = raw.get("metadata") or {}, raw.get("latest_invoice")
    return Subscription(
        stripe_subscription_id=raw["id"],
        stripe_customer_id=id_of(raw["customer"]) or "",
        stripe_item_id=item["id"],
        account=metadata.get("account") or None,
        status=raw["status"],
        price=price_key(item["price"], catalogue),
        seats=item.get("quantity") or 0,
        period=Period(item["current_period_start"], item["current_period_end"]),
        as_of=as_of,
        cancel_at_period_end=bool(raw.get("cancel_at_period_end")),
        cancel_at=raw.get("cancel_at"),
        ended_at=raw.get("ended_at"),
        latest_invoice=invoice(latest) if isinstance(latest, Mapping) else None,
        stripe_payment_method_id=id_of(raw.get("default_payment_method")),
        stripe_price_id=item["price"]["id"],
        plan=plan_named(item["price"], catalogue) or _plan_in(metadata, catalogue),
        interval=interval_of(item["price"]),
        created=raw["created"],
        kind=metadata.get("kind"),
        beside=metadata.get("beside"),
        other_items=len(items) - 1,
        pending=_pending(raw.get("pending_update"), catalogue),
        by_invoice=raw.get("collection_method") == "send_invoice",
        change=_change(raw),
    )


def _change(raw: Raw) -> LatestInvoice | None:
    """The latest invoice if it is for a change that was made before it was paid; one by invoice is given what it bills.

    https://docs.stripe.com/billing/subscriptions/pending-updates: one that is pending has not changed anything yet.
    """
    latest = raw.get("latest_invoice")
    if not isinstance(latest, Mapping) or raw["status"] in ENDED or raw.get("collection_method") == "send_invoice":
        return None
    is_unpaid = latest.get("billing_reason") == CHANGE and latest["status"] in UNSETTLED
    return invoice(latest) if is_unpaid and not raw.get("pending_update") else None


def _no_item(anchor: Instant) -> Raw:
    """What stands for the item of a subscription that has none: it gives nothing, and is no reason to stop."""
    return {"id": "", "price": {"id": "none"}, "current_period_start": anchor, "current_period_end": anchor}


def plan_named(price: Raw, catalogue: Catalogue) -> str | None:
    """The plan that a price is for: by its lookup key, or by what its metadata says."""
    found = catalogue.price_of(price_key(price, catalogue))
    return found[0].id if found else _plan_in(price.get("metadata") or {}, catalogue)


def interval_of(price: Raw) -> str | None:
    return (price.get("recurring") or {}).get("interval")


def _plan_in(metadata: Raw, catalogue: Catalogue) -> str | None:
    """What people sell is named by hand: a dashboard's subscription, or its price, says its plan in its metadata."""
    named = metadata.get("plan")
    return named if named in catalogue.plans else None


def _pending(raw: Raw | None, catalogue: Catalogue) -> Pending | None:
    items = (raw or {}).get("subscription_items") or []
    if raw is None or not items:
        return None
    price = items[0]["price"]
    return Pending(plan_named(price, catalogue), interval_of(price), items[0].get("quantity") or 0, raw["expires_at"])


def price_key(price: Raw, catalogue: Catalogue) -> str:
    """The lookup key that the catalogue knows the price by, or Stripe's id of it.

    A price whose amount has changed since has lost its lookup key to its successor; its metadata still tells the plan
    or pack, and its subscribers keep it.
    """
    key, metadata = price.get("lookup_key"), price.get("metadata") or {}
    known = {pack.price.lookup_key for pack in catalogue.packs.values()}
    if key and (key in known or catalogue.price_of(key)):
        return key
    plan, pack = catalogue.plans.get(metadata.get("plan", "")), catalogue.packs.get(metadata.get("pack", ""))
    interval = str((price.get("recurring") or {}).get("interval"))
    if plan and interval in plan.prices:
        return plan.prices[interval].lookup_key
    return pack.price.lookup_key if pack else price["id"]


def checkout(raw: Raw, catalogue: Catalogue) -> Checkout:
    """The session; its prices only where its lines were asked for."""
    metadata, currency = raw.get("metadata") or {}, raw.get("currency") or ""
    lines = (raw.get("line_items") or {}).get("data", [])
    return Checkout(
        stripe_session_id=raw["id"],
        mode=raw["mode"],
        status=raw.get("status") or "",
        payment_status=raw["payment_status"],
        url=raw.get("url"),
        account=metadata.get("account") or None,
        purchase=metadata.get("purchase") or None,
        stripe_customer_id=id_of(raw.get("customer")),
        subtotal=Money(raw.get("amount_subtotal") or 0, currency),
        total=Money(raw.get("amount_total") or 0, currency),
        prices=tuple((price_key(line["price"], catalogue), line["quantity"]) for line in lines),
        stripe_subscription_id=id_of(raw.get("subscription")),
        stripe_invoice_id=id_of(raw.get("invoice")),
        stripe_payment_intent_id=id_of(raw.get("payment_intent")),
        metadata=metadata,
    )


def payment_method(raw: Raw) -> PaymentMethod:
    """What a customer recognises it by; expiry for cards only."""
    kind = raw["type"]
    details = raw.get(kind) or {}
    return PaymentMethod(
        stripe_payment_method_id=raw["id"],
        type=kind,
        brand=details.get("brand"),
        last4=details.get("last4"),
        exp_month=details.get("exp_month"),
        exp_year=details.get("exp_year"),
        fingerprint=details.get("fingerprint"),
    )


def id_of(reference: Any) -> str | None:
    """The id of what may be expanded or not."""
    return reference["id"] if isinstance(reference, Mapping) else reference


def invoice(raw: Raw) -> LatestInvoice:
    """What was billed, and where it is paid."""
    return LatestInvoice(
        stripe_invoice_id=raw["id"],
        status=raw["status"],
        reason=raw.get("billing_reason"),
        amount_due=Money(raw["amount_due"], raw["currency"]),
        created=raw["created"],
        hosted_url=raw.get("hosted_invoice_url"),
        due_at=raw.get("due_date"),
    )
