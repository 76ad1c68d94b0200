"""Refunding a purchase: the money is sent back at Stripe, and the credits that it had bought are taken back with it.

Who asked, and why, goes with the refund to Stripe: whoever hears of it first writes that down, and it may be its event.
"""

from hashlib import sha256

from chalicelib.actions.asking import Asker
from chalicelib.actions.read_purchase import read_purchase
from chalicelib.actions.sync_refunds import sync_purchase
from chalicelib.credit_errors import AbovePayment, Disputed, NotPaid
from chalicelib.deps import Deps
from chalicelib.domain.charges import CREDIT_PACK
from chalicelib.domain.credits import Purchase
from chalicelib.domain.money import Money
from chalicelib.domain.refunds import DISPUTED, GoneBack
from chalicelib.errors import Invalid, Problem, StripeRefused
from chalicelib.request_errors import IdempotencyKeyReused

CHARGED_BACK = "charge_disputed"
WHERE_LOST = "The dispute is lost: the bank has given the customer the money already."


def refund_purchase(
    deps: Deps, account: str, purchase_id: str, amount: Money | None, reason: str, asker: Asker
) -> Purchase:
    """The purchase once so much of it went back, or all that was left where no amount is named.

    The same call again refunds nothing more: the same by its operation or, without one, by amount and reason. Raises
    UnknownPurchase, NotPaid, Disputed, AbovePayment, IdempotencyKeyReused for another amount by the same operation, or
    Invalid for another currency.
    """
    purchase = read_purchase(deps, account, purchase_id)
    paid, intent = purchase.paid, purchase.stripe_payment_intent_id
    if paid is None or intent is None:
        raise NotPaid(f"purchase {purchase_id} is {purchase.state}")
    if amount is not None and amount.currency != paid.currency:
        raise Invalid([Problem("amount.currency", f"must be {paid.currency}, in which it was paid")])
    gone = deps.stripe.refunds.gone_back(intent)
    request = _request(amount, reason, asker.operation)
    refund = next((each for each in gone.refunds if each.request == request and each.stands), None)
    if refund is not None and amount is not None and refund.money != amount:
        raise IdempotencyKeyReused([Problem("Idempotency-Key", "stands for a refund of another amount")])
    if refund is None and purchase.state == DISPUTED:
        raise _disputed(purchase, gone)
    wanted = None if refund else _wanted(amount, paid, gone)
    if wanted is not None:
        _send(deps, purchase, wanted, {"request": request, "actor": asker.actor, "reason": reason}, gone)
    sync_purchase(deps, purchase)
    return read_purchase(deps, account, purchase_id)


def _request(amount: Money | None, reason: str, operation: str | None) -> str:
    """By which the same refund is known again: the operation, else its amount and reason."""
    asked = f"{'all' if amount is None else amount.amount} because {reason}"
    return sha256((asked if operation is None else f"key {operation}").encode()).hexdigest()[:24]


def _wanted(amount: Money | None, paid: Money, gone: GoneBack) -> Money | None:
    """None where nothing is left to send and nothing more was asked for."""
    left = Money(paid.amount - gone.of(paid), paid.currency)
    if amount is not None and amount > left:
        raise AbovePayment(f"{left} are left of what was paid")
    wanted = left if amount is None else amount
    return wanted if wanted.amount else None


def _send(deps: Deps, purchase: Purchase, money: Money, asked: dict[str, str], gone: GoneBack) -> None:
    # One that failed may be asked for again; Stripe would repeat what it answered to the old key.
    failed = sum(each.request == asked["request"] for each in gone.refunds)
    metadata = {"account": purchase.account, "kind": CREDIT_PACK, "purchase": purchase.id} | asked
    key = f"refund:{purchase.account}:{purchase.id}:{asked['request']}:{failed}"
    try:
        deps.stripe.refunds.send(purchase.stripe_payment_intent_id or "", money, metadata, key=key)
    except StripeRefused as error:
        if error.stripe_code != CHARGED_BACK:
            raise
        raise _disputed(purchase, gone) from error


def _disputed(purchase: Purchase, gone: GoneBack) -> Disputed:
    hint = WHERE_LOST if gone.is_lost else None
    return Disputed(f"purchase {purchase.id} is disputed", hint)
