"""What a route declares of its answers: the document of the contract says it, and tests hold every answer to it."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct

from chalicelib import errors

CSV, LINES = "text/csv", "application/x-ndjson"


@dataclass(frozen=True)
class Says:
    """One kind of success: the shape of its JSON, if any, media types that it has beside that, headers of its own."""

    shape: type[Struct] | None = None
    media: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()


Answers = type[Struct] | Mapping[int, type[Struct] | Says]
STRIPE = (errors.StripeRefused, errors.StripeUnavailable, errors.StripeGone)
"""What a call of Stripe may end in."""
CHANGING = (
    *STRIPE, errors.AddressNeeded, errors.CardNeeded, errors.ChangeInProgress, errors.MixedChange,
    errors.NoPaymentMethod, errors.NotForSale, errors.PastDue, errors.PaymentPending, errors.PeriodEnding,
    errors.SeatsInUse, errors.StillChanging, errors.SubscriptionPaused, errors.UnknownPlan,
)  # fmt: skip
"""What a change of a subscription may end in."""
NO_CONTENT: Answers = {204: Says()}


def by_status(answers: Answers | None) -> Mapping[int, Says]:
    """What is said with each status; one shape alone is that of 200."""
    if answers is None:
        return {}
    told = answers if isinstance(answers, Mapping) else {200: answers}
    return {status: each if isinstance(each, Says) else Says(each) for status, each in told.items()}
