"""Leaving Stripe: nothing of the account is charged any more, and its customer is deleted there; invoices stay."""

from chalicelib.actions.carry_out import drop
from chalicelib.actions.change_account import read
from chalicelib.actions.close_checkouts import close_checkout
from chalicelib.actions.end_recharge import give_up
from chalicelib.actions.recharge import pursue
from chalicelib.actions.sync_subscription import sync_subscription
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile
from chalicelib.domain.purchases import OPEN
from chalicelib.domain.recharge import BLOCKED
from chalicelib.domain.subscriptions import Subscription
from chalicelib.errors import StripeRefused
from chalicelib.messages import RechargeMessage


def leave_stripe(deps: Deps, account: str) -> None:
    """What is in flight is given up, what runs ends at once; what somebody just paid is granted."""
    _end_recharge(deps, account)
    _close_pages(deps, account)
    _unname_refunds(deps, account)
    _, profile = read(deps, account)
    if profile.order is not None:
        drop(deps, account, profile.order)
    for customer in _customers(deps, profile):
        _leave(deps, customer)


def _leave(deps: Deps, stripe_customer_id: str) -> None:
    for checkout in deps.stripe.checkouts(stripe_customer_id):
        if checkout.status == OPEN:
            close_checkout(deps, checkout.stripe_session_id)
    for subscription in deps.stripe.subscriptions_of(stripe_customer_id, as_of=deps.clock.now()):
        if subscription.live:
            _end(deps, subscription)
    deps.stripe.delete_customer(stripe_customer_id)


def _customers(deps: Deps, profile: Profile) -> list[str]:
    """The account's own, and those whose maker died before he noted them; one handed over is another account's."""
    known = profile.stripe_customer_id
    own = [known] if known is not None and deps.stripe.customer_exists(known) else []
    made = [each for each in deps.stripe.customers_of(profile.account, profile.email) if each != known]
    return [*own, *(each for each in made if deps.store.account_of_customer(each) in (None, profile.account))]


def _end_recharge(deps: Deps, account: str) -> None:
    state, _ = read(deps, account)
    if state.recharge is None or not state.recharge.in_flight:
        return
    message = RechargeMessage(account, state.recharge.count)
    try:
        give_up(deps, message, BLOCKED, "the account is erased")
    except StripeRefused:
        # Somebody has just paid it.
        pursue(deps, message)


def _close_pages(deps: Deps, account: str) -> None:
    for purchase in deps.store.purchases(account):
        if purchase.state == OPEN and purchase.stripe_session_id:
            close_checkout(deps, purchase.stripe_session_id)


def _unname_refunds(deps: Deps, account: str) -> None:
    """Those that are booked and stand; of any other nobody is named there once it is booked (sync_refunds)."""
    for purchase in deps.store.purchases(account):
        if purchase.shares and purchase.stripe_payment_intent_id:
            for refund in deps.stripe.refunds.gone_back(purchase.stripe_payment_intent_id).refunds:
                deps.stripe.refunds.unname(refund)


def _end(deps: Deps, subscription: Subscription) -> None:
    name = subscription.stripe_subscription_id
    if subscription.scheduled is not None:
        deps.stripe.release(subscription.scheduled, key=f"erase_release:{name}:{subscription.as_of}")
    deps.stripe.end_now(subscription, reason=None, comment=None, key=f"erase:{name}")
    sync_subscription(deps, name)
