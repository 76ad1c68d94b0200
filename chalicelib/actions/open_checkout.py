"""Opening Checkout for a plan: at most one page on which an account could subscribe is open at a time.

The same wish is given the page that is still open; for another one that page is closed first. What the key of a new
session is made from is the newest session before it, so two who ask at once get the same one.
"""

from chalicelib.actions.ensure_customer import ensure_customer
from chalicelib.actions.sync_subscription import sync_subscription
from chalicelib.deps import Deps
from chalicelib.domain.invoices import PlanOrder
from chalicelib.errors import ChangeInProgress, StripeRefused, StripeUnavailable


def open_checkout(deps: Deps, order: PlanOrder) -> str:
    """Where the order is paid. Raises ChangeInProgress if the customer has just subscribed."""
    customer = ensure_customer(deps, order.account)
    _check_not_subscribed(deps, customer)
    before = deps.stripe.checkouts(customer)
    still_open = [each for each in before if each.status == "open"]
    same = next((each for each in still_open if (each.metadata or {}).get("wish") == order.wish), None)
    for other in still_open:
        if other is not same:
            _close(deps, other.stripe_session_id)
    if same is not None and same.url is not None:
        return same.url
    newest = before[0].stripe_session_id if before else "first"
    made = deps.stripe.checkout_plan(order, customer, key=f"checkout:{order.account}:{order.wish}:{newest}")
    if made.url is None:
        raise StripeUnavailable("Stripe's Checkout session has no page")
    return made.url


def _check_not_subscribed(deps: Deps, stripe_customer_id: str) -> None:
    """Our copy may lag behind Stripe by a webhook."""
    for subscription in deps.stripe.subscriptions_of(stripe_customer_id, as_of=deps.clock.now()):
        if subscription.live:
            sync_subscription(deps, subscription.stripe_subscription_id)
            raise ChangeInProgress("the account has just subscribed")


def _close(deps: Deps, stripe_session_id: str) -> None:
    try:
        deps.stripe.expire_checkout(stripe_session_id)
    except StripeRefused as error:
        raise ChangeInProgress("an earlier Checkout is being paid") from error
