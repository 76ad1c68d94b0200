"""Purchases: whether a paid Checkout session is really the purchase it names, and the grant that follows.

A session says who pays for what in metadata that anybody with the Stripe account can write; so the money, the customer
and the pack are compared with what was written down before the customer was sent to pay.
"""

from dataclasses import replace

from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.credits import BY_HAND, Lot, Purchase
from chalicelib.domain.erasable import without_member
from chalicelib.domain.invoices import Checkout
from chalicelib.domain.journal import Change, Line

OPEN, PAID, EXPIRED, FAILED = "open", "paid", "expired", "failed"


def mismatches(
    checkout: Checkout, purchase: Purchase, stripe_customer_id: str | None, catalogue: Catalogue
) -> list[str]:
    """In which points the session is not this purchase; empty when it is."""
    pack = catalogue.packs.get(purchase.pack)
    # A pack that left the catalogue has no key to compare; what it cost was written down when it was ordered.
    agrees_on_price = checkout.prices == ((pack.price.lookup_key, 1),) if pack else _one_of(checkout)
    agree = {
        "mode": checkout.mode == "payment",
        "session": purchase.stripe_session_id in (None, checkout.stripe_session_id),
        "account": checkout.account == purchase.account,
        "customer": checkout.stripe_customer_id is not None and checkout.stripe_customer_id == stripe_customer_id,
        "currency": checkout.total.currency == checkout.subtotal.currency == purchase.money.currency,
        "amount": purchase.money.amount == checkout.subtotal.amount <= checkout.total.amount,
        "price": agrees_on_price,
    }
    return [name for name, agrees in agree.items() if not agrees]


def unnamed(purchase: Purchase) -> Purchase:
    """The purchase without the member who bought."""
    return replace(purchase, actor=without_member(purchase.actor))


def _one_of(checkout: Checkout) -> bool:
    return [quantity for _, quantity in checkout.prices] == [1]


def granted(change: Change, purchase: Purchase, checkout: Checkout, queue: tuple[Lot, ...]) -> Change:
    """The change with the purchase's credits come in, its money as the customer paid it."""
    lot = Lot(purchase.id, BY_HAND, purchase.credits, purchase.credits, change.now)
    line = Line(BY_HAND, purchase.credits, purchase.cause, money=checkout.total)
    return change.granting(lot, queue, line).because(purchase.cause, purchase.actor)


def paid(purchase: Purchase, checkout: Checkout) -> Purchase:
    """The purchase as it stands once its session is paid."""
    return replace(
        purchase,
        state=PAID,
        stripe_session_id=checkout.stripe_session_id,
        stripe_invoice_id=checkout.stripe_invoice_id,
        stripe_payment_intent_id=checkout.stripe_payment_intent_id,
        paid=checkout.total,
    )
