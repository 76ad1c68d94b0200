"""What actions ask of Stripe to charge something once, without the customer there: one invoice, step by step.

Each step can be asked again with its key and is done once; so a process that died is followed by another.
"""

from collections.abc import Mapping
from typing import Protocol

from chalicelib.domain.charges import Charge
from chalicelib.domain.payments import PaidPack


class Charges(Protocol):
    """Charging. Every call may raise StripeUnavailable, StripeRefused or StripeGone."""

    def begin(self, stripe_customer_id: str, metadata: Mapping[str, str], currency: str, *, key: str) -> str:
        """A draft without lines, which never advances by itself; its Stripe id."""
        ...

    def begun(self, stripe_customer_id: str, metadata: Mapping[str, str]) -> str | None:
        """The customer's invoice with this metadata, among the newest hundred: for when the key is forgotten."""
        ...

    def add_line(self, stripe_invoice_id: str, lookup_key: str, *, key: str) -> None: ...

    def finalise(self, stripe_invoice_id: str, *, key: str) -> Charge:
        """The invoice with its exact total; StripeRefused where Stripe cannot reckon the tax."""
        ...

    def pay(self, stripe_invoice_id: str, stripe_payment_method_id: str, *, key: str) -> Charge:
        """The invoice after this payment method was charged; `refusal` says why it was not, if it was not."""
        ...

    def charge(self, stripe_invoice_id: str) -> Charge:
        """The invoice as it stands."""
        ...

    def paid_packs(self, stripe_customer_id: str) -> list[PaidPack]:
        """The customer's paid invoices for packs, bought by hand or recharged; StripeGone if Stripe has no such one."""
        ...

    def drop(self, stripe_invoice_id: str) -> None:
        """Nobody can pay it any more; StripeRefused if somebody just did."""
        ...
