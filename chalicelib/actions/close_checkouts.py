"""Closing the pages on which an account could subscribe, once it has: each that stayed open could be paid, too."""

import logging

from chalicelib.deps import Deps
from chalicelib.domain.purchases import EXPIRED
from chalicelib.domain.subscriptions import Subscription
from chalicelib.errors import StripeGone, StripeRefused

log = logging.getLogger(__name__)


def close_checkouts(deps: Deps, subscription: Subscription) -> None:
    """No open page is left beside the one that this subscription came from; one that is just being paid is told."""
    for checkout in deps.stripe.checkouts(subscription.stripe_customer_id):
        if checkout.status == "open" and not close_checkout(deps, checkout.stripe_session_id):
            log.error("checkout.paid_beside", extra={"stripe_session_id": checkout.stripe_session_id})


def close_checkout(deps: Deps, stripe_session_id: str) -> bool:
    """Whether nobody can pay it any more; False if somebody has."""
    try:
        deps.stripe.expire_checkout(stripe_session_id)
    except StripeGone:
        return True
    except StripeRefused:
        return deps.stripe.checkout(stripe_session_id).status == EXPIRED
    return True
