"""Charges: what became of trying to charge an invoice without the customer there.

A card that is declined may be tried again; a hard decline may not, and where the bank wants the customer, only he can
help. Source of the codes: https://docs.stripe.com/declines/codes and
https://docs.stripe.com/billing/revenue-recovery/smart-retries#hard-decline-codes
"""

from dataclasses import dataclass

from chalicelib.domain.money import Money

CREDIT_PACK, RECHARGE = "credit_pack", "recharge"
"""What our metadata at Stripe say that is paid: a pack bought by hand, or by the account's rule."""
PAID, DRAFT, OPEN, VOID, DEAD = "paid", "draft", "open", "void", "dead"
PROCESSING, NEEDS_CUSTOMER = "processing", "needs_customer"
DECLINED, REFUSED_FOR_GOOD, NO_METHOD = "declined", "refused_for_good", "no_method"

ASKS_FOR_CUSTOMER = frozenset(
    {
        "authentication_required",
        "invoice_payment_intent_requires_action",
        "payment_intent_authentication_failure",
        "authentication_not_handled",
    }
)
HARD = frozenset(
    {
        "incorrect_number",
        "lost_card",
        "pickup_card",
        "stolen_card",
        "revocation_of_authorization",
        "revocation_of_all_authorizations",
        "highest_risk_level",
        "transaction_not_allowed",
    }
)
TAKEN_OFF = "resource_missing"
"""The payment method is not there, or is another customer's by now."""


@dataclass(frozen=True)
class Charge:
    """An invoice that is to be charged once.

    `total` is what it costs with tax, `due` what of that the card pays, since a customer may have a balance at Stripe,
    `paid` what was really charged. `payment` is Stripe's word for the payment under way, `refusal` the code that the
    last try was refused with. `account` and `number` are those of the recharge that its metadata names,
    `fingerprint` that of the card that was tried last.
    """

    stripe_invoice_id: str
    status: str
    total: Money
    due: Money
    paid: Money
    hosted_url: str | None = None
    stripe_payment_intent_id: str | None = None
    payment: str | None = None
    refusal: str | None = None
    account: str | None = None
    number: int | None = None
    fingerprint: str | None = None


def standing(charge: Charge) -> str:
    """What is so of it now, as one word of the above; one that is void tells what it had been refused for."""
    if charge.status in (PAID, DRAFT):
        return charge.status
    if charge.payment == "processing":
        return PROCESSING
    if charge.payment == "requires_action" or charge.refusal in ASKS_FOR_CUSTOMER:
        return NEEDS_CUSTOMER
    if charge.refusal is None:
        return OPEN if charge.status == OPEN else DEAD
    if charge.refusal == TAKEN_OFF:
        return NO_METHOD
    return REFUSED_FOR_GOOD if charge.refusal in HARD else DECLINED
