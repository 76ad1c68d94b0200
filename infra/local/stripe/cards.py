"""Stripe's test cards: what each number does when it is attached and when it is charged.

Source: https://docs.stripe.com/testing
"""

from dataclasses import dataclass

from infra.local.stripe.errors import Refusal

MESSAGES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "test_mode_live_card": "Your card was declined. Your request was in test mode, but used a non test card.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


@dataclass(frozen=True)
class Card:
    """A test card; `declines` names the decline code of its charges."""

    number: str
    brand: str = "visa"
    declines: str | None = None
    attaches: bool = True
    # "setup": until it was authenticated once with the customer present; "always": every time.
    authentication: str | None = None
    refunds_fail: bool = False


CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242"),
        Card("5555555555554444", brand="mastercard"),
        Card("378282246310005", brand="amex"),
        Card("4000000000000002", declines="generic_decline", attaches=False),
        Card("4000000000000341", declines="generic_decline"),
        Card("4000000000009995", declines="insufficient_funds", attaches=False),
        Card("4000002500003155", authentication="setup"),
        Card("4000002760003184", authentication="always"),
        Card("4000000000005126", refunds_fail=True),
    )
}

# The ids under which Stripe's own examples name test cards.
TEST_IDS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_refundFail": "4000000000005126",
}


def card_of(number: str) -> Card:
    """The test card of this number; raises Refusal for a wrong number and for one that is no test card."""
    digits = number.replace(" ", "").replace("-", "")
    if digits in CARDS:
        return CARDS[digits]
    if not (digits.isascii() and digits.isdecimal() and 12 <= len(digits) <= 19 and _luhn(digits)):
        raise Refusal(402, "card_error", "Your card number is incorrect.", code="incorrect_number", param="number")
    raise declined("test_mode_live_card")


def declined(reason: str, **fields: object) -> Refusal:
    code = "authentication_required" if reason == "authentication_required" else "card_declined"
    return Refusal(402, "card_error", MESSAGES[reason], code=code, decline_code=reason, **fields)


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0
