"""Stripe's test bank accounts for SEPA debits: what each one's payments come to, days after they were begun.

Source: https://docs.stripe.com/testing#sepa-direct-debit; the days are ours, where Stripe's test mode takes minutes.
"""

import re
from dataclasses import dataclass

from infra.local.stripe.errors import invalid

DAY = 86_400
DAYS, DAYS_LONG = 3, 6

MESSAGES = {
    "generic_decline": "The customer's bank refused this debit.",
    "insufficient_funds": "The customer's account has insufficient funds to cover this payment.",
    "charge_exceeds_source_limit": "This payment exceeds the weekly limit of the customer's account.",
}


@dataclass(frozen=True)
class Account:
    """A test bank account; `fails` names the failure code of its payments, `disputed` what follows a good one."""

    iban: str
    fails: str | None = None
    disputed: bool = False
    days: int = DAYS


ACCOUNTS = {
    account.iban: account
    for account in (
        Account("DE89370400440532013000"),
        Account("AT611904300234573201"),
        Account("DE08370400440532013003", days=DAYS_LONG),
        Account("AT321904300235473204", days=DAYS_LONG),
        Account("DE62370400440532013001", fails="generic_decline"),
        Account("AT861904300235473202", fails="generic_decline"),
        Account("DE78370400440532013004", fails="generic_decline", days=DAYS_LONG),
        Account("AT051904300235473205", fails="generic_decline", days=DAYS_LONG),
        Account("DE35370400440532013002", disputed=True),
        Account("AT591904300235473203", disputed=True),
        Account("DE65370400440000343434", fails="charge_exceeds_source_limit"),
        Account("DE65370400440002222227", fails="insufficient_funds"),
    )
}


def is_iban(number: str) -> bool:
    return bool(re.match(r"\s*[A-Za-z]{2}\s*\d{2}", number))


def account_of(iban: str) -> Account:
    """The test account of this IBAN; raises Refusal for a wrong one and for one that is no test account."""
    plain = re.sub(r"[\s-]", "", iban).upper()
    if plain in ACCOUNTS:
        return ACCOUNTS[plain]
    if not _is_sound(plain):
        raise invalid("The IBAN you provided is invalid.", "invalid_bank_account_iban", "sepa_debit[iban]")
    raise invalid(
        f"You must use a test bank account number in test mode. Try {next(iter(ACCOUNTS))}.",
        "account_number_invalid",
        "sepa_debit[iban]",
    )


def _is_sound(iban: str) -> bool:
    """ISO 13616: country and check digits moved behind, letters as numbers, the rest of 97 is one."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", iban):
        return False
    return int("".join(str(int(each, 36)) for each in iban[4:] + iban[:4])) % 97 == 1
