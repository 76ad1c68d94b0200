"""Refunds: money that this service sent back, and that may turn out not to have arrived."""

from dataclasses import dataclass

from chalicelib.domain.money import Money

SECOND_SUBSCRIPTION = "second_subscription"
"""What the refund of a subscription that was bought twice says of itself at Stripe."""


@dataclass(frozen=True)
class Refund:
    """A refund as Stripe has it. `kind` is None for one that somebody made outside this service."""

    stripe_refund_id: str
    account: str | None
    kind: str | None
    status: str
    money: Money
