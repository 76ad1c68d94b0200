"""Changes that Stripe made before they were paid: a debit takes days, and may come to nothing.

Until it is paid, what was bought before stays in force. If it comes to nothing that is put back at Stripe: else Stripe
would collect for the change, and end the plan that is paid when it gives up.
"""

from dataclasses import replace

from chalicelib.domain.accounts import Profile
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.orders import Order
from chalicelib.domain.periods import Instant
from chalicelib.domain.subscriptions import OWING, Bought, Subscription
from chalicelib.domain.wishes import scheduled_of


def remembering(fetched: Subscription, profile: Profile) -> Subscription:
    """The subscription with what was bought before its change, as our copy has it.

    One whose change is being taken back awaits its payment until what was bought is back: its invoice is void by then.
    """
    own = profile.subscription
    if own is None or own.stripe_subscription_id != fetched.stripe_subscription_id:
        return fetched
    if fetched.change is not None:
        return replace(fetched, bought=(own.bought or _sold(own)) if fetched.awaits_payment else _sold(fetched))
    is_being_taken_back = profile.order is not None and profile.order.unpaid is not None
    if own.change is None or own.bought is None or not is_being_taken_back or is_back(fetched, own.bought):
        return fetched
    return replace(fetched, change=replace(own.change, status="void"), bought=own.bought)


def is_failed(subscription: Subscription) -> bool:
    """Whether its change came to nothing, and can be taken back: a period that it has begun cannot."""
    bought = subscription.bought
    if bought is None or not subscription.awaits_payment or subscription.status not in OWING:
        return False
    return bought.period == subscription.period


def is_back(subscription: Subscription, bought: Bought) -> bool:
    """Whether it sells what was bought, at its price or at the one that has taken its place."""
    return (subscription.price, subscription.seats) == (bought.price, bought.quantity)


def taking_back(subscription: Subscription, order_id: str, catalogue: Catalogue, now: Instant) -> Order:
    """The order to take its change back; what is scheduled stays scheduled."""
    unpaid = subscription.change.stripe_invoice_id if subscription.change else None
    after = scheduled_of(subscription, catalogue)
    return Order(order_id, "upgrade_failed", None, after, None, now, "service", now, asked=now, unpaid=unpaid)


def _sold(subscription: Subscription) -> Bought:
    own = subscription
    return Bought(own.price, own.stripe_price_id, own.seats, own.interval, own.period)
