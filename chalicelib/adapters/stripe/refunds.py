"""Refunds: giving back what was paid for a subscription, and how a refund fares.

The way from a subscription to its payments leads through its invoices: neither charge nor payment intent names it.
Source: https://docs.stripe.com/api/invoice-payment
"""

from collections.abc import Iterator
from typing import Any

from chalicelib.adapters.stripe.calls import Calls
from chalicelib.domain.money import Money
from chalicelib.domain.refunds import SECOND_SUBSCRIPTION, Refund
from chalicelib.domain.subscriptions import Subscription
from chalicelib.errors import StripeRefused

PAGE = 100
GIVEN_BACK = "charge_already_refunded"


def give_back(calls: Calls, subscription: Subscription) -> None:
    """Whatever was paid for it goes back in full, once.

    One that failed is not tried again: the bank would refuse it for ever, and the account was told.
    """
    metadata = {"account": subscription.account or "", "kind": SECOND_SUBSCRIPTION}
    for invoice, payment in _payments(calls, subscription.stripe_subscription_id):
        if _is_tried(calls, payment):
            continue
        params: Any = payment | {"reason": "duplicate", "metadata": metadata}
        key = f"give_back:{invoice}:{next(iter(payment.values()))}"
        try:
            calls.make(key, lambda client, options, params=params: client.v1.refunds.create(params, options))
        except StripeRefused as error:
            if error.stripe_code != GIVEN_BACK:
                raise


def one(calls: Calls, stripe_refund_id: str) -> Refund:
    """The refund as it stands."""
    found = calls.ask(lambda client: client.v1.refunds.retrieve(stripe_refund_id)).to_dict()
    metadata = found["metadata"] or {}
    money = Money(found["amount"], found["currency"])
    return Refund(found["id"], metadata.get("account"), metadata.get("kind"), found["status"], money)


def _is_tried(calls: Calls, payment: dict[str, str]) -> bool:
    """Whether we have sent it back before, whatever came of that: Stripe keeps a key for a day only."""
    which: Any = payment | {"limit": PAGE}
    found = calls.ask(lambda client: client.v1.refunds.list(which)).data
    return any((each.to_dict()["metadata"] or {}).get("kind") == SECOND_SUBSCRIPTION for each in found)


def _payments(calls: Calls, stripe_subscription_id: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The payments of its paid invoices, each as a refund names it; what was paid outside Stripe goes back there."""
    which: Any = {"subscription": stripe_subscription_id, "status": "paid", "limit": PAGE}
    for invoice in calls.ask(lambda client: client.v1.invoices.list(which)).data:
        of_invoice: Any = {"invoice": invoice.id, "status": "paid", "limit": PAGE}
        found = calls.ask(lambda client, of_invoice=of_invoice: client.v1.invoice_payments.list(of_invoice)).data
        for each in found:
            payment = each.to_dict()["payment"]
            if payment["type"] in ("payment_intent", "charge"):
                yield invoice.id, {payment["type"]: payment[payment["type"]]}
