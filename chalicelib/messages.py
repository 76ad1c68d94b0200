"""What travels on queues: small JSON objects that name things; whoever receives one looks the thing up again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class StripeEventMessage:
    """A Stripe event to look into. Group: the customer, else the object; duplicates are dropped by event id."""

    event: str
    type: str
    object: str
    customer: str | None = None


@dataclass(frozen=True)
class DueMessage:
    """An account whose due instant has come. Group: the account."""

    account: str
    due: int


def pointing_at(event: Mapping[str, Any]) -> StripeEventMessage:
    """The message for an event as Stripe sends or lists it; only ids are taken from it.

    A payment method that was detached has no customer any more: Stripe tells the former one beside it.
    """
    data: dict[str, Any] = event.get("data") or {}
    about: dict[str, Any] = data.get("object") or {}
    before: dict[str, Any] = data.get("previous_attributes") or {}
    about_id, customer = about.get("id"), about.get("customer") or before.get("customer")
    if about.get("object") == "customer":
        customer = about_id
    return StripeEventMessage(str(event["id"]), str(event["type"]), str(about_id or ""), customer)
