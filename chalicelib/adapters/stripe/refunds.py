"""Refunds and disputes: giving back what was paid, how that fares, and what banks take.

The way from a payment to its invoice, or the other way, leads through invoice payments: neither charge nor payment
intent names the other side. Source: https://docs.stripe.com/api/invoice-payment
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from chalicelib.adapters.stripe.calls import Calls
from chalicelib.domain.charges import RECHARGE
from chalicelib.domain.money import Money
from chalicelib.domain.recharge import purchase_id
from chalicelib.domain.refunds import SECOND_SUBSCRIPTION, Dispute, GoneBack, Payment, Refund
from chalicelib.domain.subscriptions import Subscription
from chalicelib.errors import StripeRefused

PAGE = 100
SAID_BY_SOMEBODY = ("actor", "reason")
"""The metadata of a refund that may name a person."""


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
        with _unless_gone_back():
            calls.make(key, lambda client, options, params=params: client.v1.refunds.create(params, options))


def one(calls: Calls, stripe_refund_id: str) -> Refund:
    """The refund as it stands."""
    return _refund(calls.ask(lambda client: client.v1.refunds.retrieve(stripe_refund_id)).to_dict())


class Refunds:
    """See deps.Refunds for what each method promises."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def refunded_payment(self, stripe_refund_id: str) -> Payment | None:
        params: Any = {"expand": ["payment_intent"]}
        found = self._calls.ask(lambda client: client.v1.refunds.retrieve(stripe_refund_id, params))
        return self._payment(found.to_dict()["payment_intent"])

    def disputed_payment(self, stripe_dispute_id: str) -> Payment | None:
        params: Any = {"expand": ["payment_intent"]}
        found = self._calls.ask(lambda client: client.v1.disputes.retrieve(stripe_dispute_id, params))
        return self._payment(found.to_dict()["payment_intent"])

    def gone_back(self, stripe_payment_intent_id: str) -> GoneBack:
        of_it: Any = {"payment_intent": stripe_payment_intent_id, "limit": PAGE}
        disputes = self._calls.ask(lambda client: client.v1.disputes.list(of_it)).data
        return GoneBack(self._refunds(of_it), tuple(_dispute(each.to_dict()) for each in disputes))

    def send(
        self, stripe_payment_intent_id: str, money: Money, metadata: Mapping[str, str], *, key: str
    ) -> Refund | None:
        of_it: Any = {"payment_intent": stripe_payment_intent_id}
        params: Any = of_it | {"amount": money.amount, "reason": "requested_by_customer", "metadata": dict(metadata)}

        def made() -> Refund | None:
            found = self._refunds(of_it | {"limit": PAGE})
            return next((each for each in found if each.request == metadata["request"] and each.stands), None)

        def sent(client: Any, options: Any) -> Refund:
            return _refund(client.v1.refunds.create(params, options).to_dict())

        with _unless_gone_back():
            return self._calls.make(key, sent, look=made)
        return None

    def unname(self, refund: Refund) -> None:
        if not refund.actor and not refund.reason:
            return
        name = refund.stripe_refund_id
        # Source: https://docs.stripe.com/metadata: an empty value takes its key away.
        params: Any = {"metadata": dict.fromkeys(SAID_BY_SOMEBODY, "")}
        self._calls.make(f"unname:{name}", lambda client, options: client.v1.refunds.update(name, params, options))

    def _refunds(self, which: Any) -> tuple[Refund, ...]:
        found = self._calls.ask(lambda client: list(client.v1.refunds.list(which).auto_paging_iter()))
        return tuple(_refund(each.to_dict()) for each in found)

    def _payment(self, intent: Any) -> Payment | None:
        if intent is None:
            return None
        metadata = intent["metadata"] or {}
        account, purchase = metadata.get("account"), metadata.get("purchase")
        if not purchase:
            account, purchase = self._recharged(intent["id"])
        return Payment(intent["id"], account, purchase) if account and purchase else None

    def _recharged(self, stripe_payment_intent_id: str) -> tuple[str | None, str | None]:
        """Which recharge it paid: its invoice says so, the payment itself carries nothing of ours."""
        which: Any = {
            "payment": {"type": "payment_intent", "payment_intent": stripe_payment_intent_id},
            "expand": ["data.invoice"],
        }
        for each in self._calls.ask(lambda client: client.v1.invoice_payments.list(which)).data:
            metadata = each.to_dict()["invoice"].get("metadata") or {}
            number = metadata.get(RECHARGE) or ""
            if number.isascii() and number.isdigit():
                return metadata.get("account"), purchase_id(int(number))
        return None, None


def _refund(raw: Any) -> Refund:
    named = raw["metadata"] or {}
    said = {name: named.get(name) for name in ("account", "kind", "request", "actor", "reason")}
    return Refund(raw["id"], status=raw["status"], money=Money(raw["amount"], raw["currency"]), **said)


def _dispute(raw: Any) -> Dispute:
    return Dispute(raw["id"], raw["status"], Money(raw["amount"], raw["currency"]))


@contextmanager
def _unless_gone_back() -> Iterator[None]:
    """What Stripe refuses because all of the payment has gone back before is no failure."""
    try:
        yield
    except StripeRefused as error:
        if error.stripe_code != "charge_already_refunded":
            raise


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
