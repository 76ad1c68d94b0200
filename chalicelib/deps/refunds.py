"""What actions ask of Stripe about money that goes back."""

from collections.abc import Mapping
from typing import Protocol

from chalicelib.domain.money import Money
from chalicelib.domain.refunds import GoneBack, Payment, Refund


class Refunds(Protocol):
    """Refunds and disputes. Every call may raise StripeUnavailable, StripeRefused or StripeGone."""

    def refunded_payment(self, stripe_refund_id: str) -> Payment | None:
        """The payment that the refund is of; None if it says of no purchase that it was for it."""
        ...

    def disputed_payment(self, stripe_dispute_id: str) -> Payment | None:
        """The payment that is disputed; None if it says of no purchase that it was for it."""
        ...

    def gone_back(self, stripe_payment_intent_id: str) -> GoneBack: ...

    def send(
        self, stripe_payment_intent_id: str, money: Money, metadata: Mapping[str, str], *, key: str
    ) -> Refund | None:
        """So much of the payment goes back; `metadata` has the `request` by which it is found again.

        None where all of it had gone back before.
        """
        ...

    def unname(self, refund: Refund) -> None:
        """Who asked for it, and why, is said at Stripe no more."""
        ...
