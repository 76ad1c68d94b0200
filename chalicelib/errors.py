"""What can go wrong, as facts. A class's code is its name in snake case; web/problems.py has its HTTP status.

What each base means:

BillingError
├── NotFound            there is nothing by this id
├── Refused             the account's state forbids what was soundly asked
├── Invalid             a sound request that says something impossible; carries one problem for each field
├── Unreadable          a body that is not even looked into
├── Unauthorized        no API key that is known and in force
├── Forbidden           the key, or the person it acts for, may not do this
├── TryAgain            nothing is known to be wrong, come again
├── StripeRefused       Stripe understood and said no
├── StripeGone          the Stripe object does not exist any more
├── BadSignature        a webhook that Stripe did not sign, or signed too long ago
├── ConditionFailed     somebody else wrote first; holds the items as they stand
└── Misconfigured       settings or catalogue are wrong; nothing starts
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class BillingError(Exception):
    """Base of all; `detail` says what was wrong and `hint` what to do."""

    hint = "Read the detail, change the request and send it again."

    def __init__(self, detail: str = "", hint: str | None = None) -> None:
        super().__init__(detail or type(self).__name__)
        self.detail = detail
        if hint is not None:
            self.hint = hint

    @property
    def code(self) -> str:
        return code_of(type(self))


def code_of(kind: type[BillingError]) -> str:
    """The code under which errors of this class are told.

    >>> code_of(UnknownAccount)
    'unknown_account'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


class NotFound(BillingError):
    hint = "Check the id."


class UnknownAccount(NotFound): ...


class UnknownPlan(NotFound): ...


class UnknownMeter(NotFound): ...


class UnknownFeature(NotFound): ...


class UnknownPack(NotFound): ...


class UnknownPurchase(NotFound): ...


class UnknownPreview(NotFound): ...


class UnknownInvoice(NotFound): ...


class UnknownHold(NotFound): ...


class Refused(BillingError):
    """The request is sound, but the account's state forbids it."""


class OwnerChange(Refused):
    hint = "Leave `owner` out of an update."


class NoSubscription(Refused):
    hint = "The account is on a plan without a subscription; there is nothing to cancel or resume."


class NotCancelling(Refused):
    hint = "The subscription goes on by itself; there is nothing to resume."


class NotForSale(Refused): ...


class MixedChange(Refused):
    hint = "Change in the two steps that the detail names."


class SeatsInUse(Refused):
    hint = "Remove members first, or wish for at least as many seats as are held."


class PastDue(Refused):
    hint = "The overview's payment_required says where the open invoice is paid."


class SubscriptionPaused(Refused):
    hint = "Let the subscription go on at Stripe, or cancel it."


class PaymentPending(Refused):
    hint = "Finish the payment where the overview's payment_required says, or wait for the bank."


class PeriodEnding(Refused):
    hint = "Drop what is scheduled and ask again, wait for the new period, or let the customer give another card."


class PreviewStale(Refused):
    hint = "Ask for a new preview and show its amounts before changing anything."


class AddressNeeded(Refused):
    hint = "Tax cannot be reckoned without it: let the customer complete his address in the portal."


class CardNeeded(Refused):
    hint = "Let the customer give a card in the portal, then send the same again."


class NoPaymentMethod(Refused):
    hint = "Let the customer give a card or an account in the portal, then send the same again."


class AboveUsage(Refused):
    hint = "Take back at most what was recorded in the period that holds `at`."


class Standing(Refused):
    hint = "The plan is inactive: pay the open invoice or choose a plan."


class NotEnoughCredits(Refused):
    hint = "Buy credits, or set less aside."


class HoldExists(Refused):
    hint = "Use an id of its own for each hold."


class HoldClosed(Refused):
    hint = "It was captured or released before; set credits aside anew, under another id."


class AboveHold(Refused):
    hint = "Capture at most what was set aside; record the rest as usage."


class TooManyHolds(Refused):
    hint = "Capture or release holds first."


class HoldExpired(Refused):
    hint = "Its credits were given back; set credits aside anew, under another id."


class ChangeInProgress(Refused):
    hint = "Another change of this account is running; wait a moment and look at the account first."


@dataclass(frozen=True)
class Problem:
    """One field and what is wrong with it."""

    field: str
    problem: str


class Invalid(BillingError):
    """A sound request that says something impossible; `problems` lists every field error at once."""

    def __init__(self, problems: Sequence[Problem], detail: str = "") -> None:
        super().__init__(detail or "; ".join(f"{p.field}: {p.problem}" for p in problems))
        self.problems = tuple(problems)


class BadParameter(Invalid):
    """A query parameter, a header or a cursor that says something impossible."""


class AtOutOfRange(Invalid):
    hint = "Usage is counted within 35 days of its instant; look at the clock that `at` was read from."


class GaugeNotConsumable(Invalid): ...


class Unreadable(BillingError):
    """A body that cannot be looked into."""


class BadJson(Unreadable):
    hint = "Send one JSON object in UTF-8: no key twice, no NaN, not nested deeply."


class TooLarge(Unreadable):
    hint = "Send less at once."


class WrongContentType(Unreadable): ...


class Unauthorized(BillingError): ...


class Forbidden(BillingError):
    hint = "Use a key, or act for a member, that may do this."


class TryAgain(BillingError):
    """Nothing is known to be wrong with the request; `after` is how many seconds to wait."""

    hint = "Send the same request again after a moment."
    after = 1


class Conflict(TryAgain):
    """Others kept writing to the same account."""


class StillChanging(TryAgain):
    """A subscription that Stripe answers for, but that does not get where it is to be."""


class Busy(TryAgain):
    """More usage of one account at once, or in its window, than it takes."""


class Throttled(TryAgain):
    """The database asks for less."""


class Unavailable(TryAgain):
    """No answer from the database; whether the write happened is unknown, asking again finds out."""


class StripeUnavailable(TryAgain):
    """Stripe did not answer, asked for less, or did not take our own key."""

    after = 5


class StripeRefused(BillingError):
    """Stripe understood the call and said no; `stripe_code` is its own code, `decline_code` the bank's."""

    def __init__(self, detail: str, stripe_code: str = "", decline_code: str = "") -> None:
        super().__init__(detail)
        self.stripe_code, self.decline_code = stripe_code, decline_code


class StripeGone(BillingError):
    """The Stripe object does not exist, or not any more."""

    hint = "The account is about to follow; wait a moment and look at it first."


class BadSignature(BillingError):
    hint = "Check the endpoint's signing secret; only Stripe's own deliveries are taken."


class ConditionFailed(BillingError):
    """A write's condition did not hold; `items` are the items as they stand, by position in the write."""

    def __init__(self, items: Mapping[int, Mapping[str, Any]]) -> None:
        super().__init__("the item changed since it was read")
        self.items = items


class Misconfigured(BillingError):
    """Settings or catalogue are wrong; `problems` lists every mistake with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
