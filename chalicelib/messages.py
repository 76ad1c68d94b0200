"""What travels on queues: small JSON objects that name things; whoever receives one looks the thing up again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

LONGEST_ID = 255
"""Characters. Source: https://docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backward-compatible"""


@dataclass(frozen=True)
class StripeEventMessage:
    """A Stripe event to look into. Group: the customer, else the object; duplicates are dropped by event id.

    `subscription` is the one that an invoice or a schedule is of, `kind` what our own metadata calls the object.
    """

    event: str
    type: str
    object: str
    customer: str | None = None
    subscription: str | None = None
    kind: str | None = None

    @property
    def points(self) -> bool:
        """Whether there is an object to look into; a queue takes no message of nobody's."""
        return bool(self.event and self.object)


@dataclass(frozen=True)
class DueMessage:
    """An account whose due instant has come. Group: the account."""

    account: str
    due: int


@dataclass(frozen=True)
class RechargeMessage:
    """A recharge that has begun: the account's one with this number. Group: the account."""

    account: str
    number: int


def pointing_at(event: Mapping[str, Any]) -> StripeEventMessage:
    """The message for an event as Stripe sends or lists it; only ids are taken from it.

    Whatever is no id is empty, so that an odd event breaks nothing; one without `points` is for nobody. A payment
    method that was detached has no customer any more: Stripe tells the former one beside it.
    """
    data = _object(event.get("data"))
    about, before = _object(data.get("object")), _object(data.get("previous_attributes"))
    about_id, customer = _id(about.get("id")), _id(about.get("customer")) or _id(before.get("customer"))
    if about.get("object") == "customer":
        customer = about_id
    kind, subscription = str(event.get("type")), _subscription(about)
    named = _id(_object(about.get("metadata")).get("kind")) or None
    return StripeEventMessage(_id(event.get("id")), kind, about_id, customer or None, subscription or None, named)


def _subscription(about: Mapping[str, Any]) -> str:
    """The subscription that an object is of; a schedule that let go of its one names it in another place."""
    of_invoice = _object(_object(about.get("parent")).get("subscription_details")).get("subscription")
    return _id(of_invoice) or _id(about.get("subscription")) or _id(about.get("released_subscription"))


def _object(value: Any) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], value) if isinstance(value, Mapping) else {}


def _id(value: Any) -> str:
    """The id of what may be expanded or not; empty for what cannot be one of Stripe's."""
    found = _object(value).get("id", value)
    fits = isinstance(found, str) and found.isascii() and found.isprintable() and len(found) <= LONGEST_ID
    return found if fits else ""
