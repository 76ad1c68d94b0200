"""Charging a pack without the customer there: an invoice of its own, made, filled, finalised and paid step by step.

It never advances by itself, so Stripe charges nothing that we did not ask for. A refusal is told, not raised: what
follows from it is the rule's to say. Source: https://docs.stripe.com/api/invoices/pay
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.adapters.stripe import objects
from chalicelib.adapters.stripe.calls import Calls
from chalicelib.adapters.stripe.failures import GONE
from chalicelib.adapters.stripe.objects import id_of
from chalicelib.adapters.stripe.prices import Prices
from chalicelib.domain.charges import CREDIT_PACK, DRAFT, OPEN, PAID, RECHARGE, TAKEN_OFF, Charge, standing
from chalicelib.domain.money import Money
from chalicelib.domain.payments import PaidPack
from chalicelib.errors import StripeGone, StripeRefused

PAGE = 100
SHOWN: Any = {"expand": ["payments.data.payment.payment_intent"]}


class Charges:
    """See deps.Charges for what each method promises."""

    def __init__(self, calls: Calls, prices: Prices, *, tax: bool) -> None:
        self._calls, self._prices, self._tax = calls, prices, tax

    def begin(self, stripe_customer_id: str, metadata: Mapping[str, str], currency: str, *, key: str) -> str:
        params: Any = {
            "customer": stripe_customer_id,
            "currency": currency,
            "auto_advance": False,
            "collection_method": "charge_automatically",
            "pending_invoice_items_behavior": "exclude",
            "automatic_tax": {"enabled": self._tax},
            "metadata": dict(metadata),
        }

        def begun(client: Any, options: Any) -> str:
            return client.v1.invoices.create(params, options).id

        return self._calls.make(key, begun, look=lambda: self.begun(stripe_customer_id, metadata))

    def begun(self, stripe_customer_id: str, metadata: Mapping[str, str]) -> str | None:
        params: Any = {"customer": stripe_customer_id, "limit": PAGE}
        invoices = self._calls.ask(lambda client: client.v1.invoices.list(params)).data
        own = (each.id for each in invoices if metadata.items() <= (each.to_dict().get("metadata") or {}).items())
        return next(own, None)

    def add_line(self, stripe_invoice_id: str, lookup_key: str, *, key: str) -> None:
        params: Any = {"lines": [{"pricing": {"price": self._prices.id_of(lookup_key)}, "quantity": 1}]}

        def added(client: Any, options: Any) -> bool:
            client.v1.invoices.add_lines(stripe_invoice_id, params, options)
            return True

        self._calls.make(key, added, look=lambda: self.charge(stripe_invoice_id).total.amount or None)

    def finalise(self, stripe_invoice_id: str, *, key: str) -> Charge:
        params: Any = {"auto_advance": False} | SHOWN

        def finalised(client: Any, options: Any) -> Charge:
            return _charge(client.v1.invoices.finalize_invoice(stripe_invoice_id, params, options))

        return self._calls.make(key, finalised, look=lambda: self._unless(stripe_invoice_id, DRAFT))

    def pay(self, stripe_invoice_id: str, stripe_payment_method_id: str, *, key: str) -> Charge:
        params: Any = {"off_session": True, "payment_method": stripe_payment_method_id} | SHOWN

        def paid(client: Any, options: Any) -> Charge:
            return _charge(client.v1.invoices.pay(stripe_invoice_id, params, options))

        try:
            return self._calls.make(key, paid, look=lambda: self._unless(stripe_invoice_id, OPEN))
        except (StripeRefused, StripeGone) as error:
            charge = self.charge(stripe_invoice_id)
            return charge if charge.status != OPEN else replace(charge, refusal=_refusal(error))

    def charge(self, stripe_invoice_id: str) -> Charge:
        return self._calls.ask(lambda client: _charge(client.v1.invoices.retrieve(stripe_invoice_id, SHOWN)))

    def paid_packs(self, stripe_customer_id: str) -> list[PaidPack]:
        params: Any = {"customer": stripe_customer_id, "status": PAID, "limit": PAGE}
        try:
            found = self._calls.ask(lambda client: list(client.v1.invoices.list(params).auto_paging_iter()))
        except StripeRefused as error:
            if error.stripe_code not in GONE:
                raise
            raise StripeGone(error.detail) from error
        return [pack for each in found if (pack := _pack(each.to_dict())) is not None]

    def drop(self, stripe_invoice_id: str) -> None:
        try:
            status = self.charge(stripe_invoice_id).status
            if status == PAID:
                raise StripeRefused("somebody just paid it", "invoice_paid")
            if status == DRAFT:
                self._calls.ask(lambda client: client.v1.invoices.delete(stripe_invoice_id))
            elif status != "void":
                self._void(stripe_invoice_id)
        except StripeGone:
            return

    def _void(self, invoice: str) -> None:
        def voided(client: Any, options: Any) -> bool:
            client.v1.invoices.void_invoice(invoice, {}, options)
            return True

        self._calls.make(f"void:{invoice}", voided, look=lambda: self.charge(invoice).status == "void" or None)

    def _unless(self, stripe_invoice_id: str, status: str) -> Charge | None:
        """The charge, where it has left this status; an open one, too, that was tried."""
        charge = self.charge(stripe_invoice_id)
        return None if charge.status == status and standing(charge) in (DRAFT, OPEN) else charge


def _refusal(error: StripeRefused | StripeGone) -> str:
    if isinstance(error, StripeGone):
        return TAKEN_OFF
    return error.decline_code or error.stripe_code


def _charge(answer: Any) -> Charge:
    raw = answer.to_dict()
    currency = raw["currency"]
    intent = next((p["payment"].get("payment_intent") for p in _payments(raw) if p.get("is_default")), None)
    known = intent if isinstance(intent, dict) else {}
    error = known.get("last_payment_error") or {}
    tried, named = error.get("payment_method"), raw.get("metadata") or {}
    number = named.get(RECHARGE) or ""
    return Charge(
        stripe_invoice_id=raw["id"],
        status=raw["status"],
        total=Money(raw["total"], currency),
        due=Money(raw["amount_due"], currency),
        paid=Money(raw["amount_paid"], currency),
        hosted_url=raw.get("hosted_invoice_url"),
        stripe_payment_intent_id=id_of(intent),
        payment=known.get("status"),
        refusal=error.get("decline_code") or error.get("code"),
        account=named.get("account"),
        number=int(number) if number.isascii() and number.isdecimal() else None,
        fingerprint=objects.payment_method(tried).fingerprint if tried else None,
    )


def _pack(raw: dict[str, Any]) -> PaidPack | None:
    """The pack that our metadata name; other invoices have none."""
    named = raw.get("metadata") or {}
    kind = named.get("kind")
    causes = {
        CREDIT_PACK: f"purchase:{named.get('purchase')}",
        RECHARGE: f"recharge:r{named.get(RECHARGE)}",
    }
    if kind not in causes or "account" not in named:
        return None
    at = (raw.get("status_transitions") or {}).get("paid_at") or raw["created"]
    return PaidPack(raw["id"], named["account"], causes[kind], at)


def _payments(raw: dict[str, Any]) -> list[dict[str, Any]]:
    return (raw.get("payments") or {}).get("data") or []
