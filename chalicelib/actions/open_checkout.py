"""Opening Checkout for a plan: at most one page on which an account could subscribe is open at a time.

The same wish is given the page that is still open; for another one that page is closed first. What the key of a new
session is made from is the newest session before it, so two who ask at once get the same one. Two who ask at once for
different plans make a session each: both look again, and both keep the newest.

Who asks is noted in the profile before the page is made, and never told Stripe: an invoice keeps for ever what its
subscription said. A process that dies in between leaves a name for no page, which the next page's replaces.
"""

from dataclasses import replace

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.close_checkouts import close_checkout
from chalicelib.actions.ensure_customer import ensure_customer
from chalicelib.actions.erased import check_not_erased
from chalicelib.actions.sync_subscription import sync_subscription
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.invoices import PlanOrder
from chalicelib.errors import ChangeInProgress, StripeUnavailable


def open_checkout(deps: Deps, order: PlanOrder, actor: str) -> str:
    """Where the order is paid; who is given a page that was open before asked for nothing new.

    Raises ChangeInProgress if the customer just subscribed, or asked for another plan, or Erased.
    """
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
    _note_asker(deps, order.account, actor)
    made = deps.stripe.checkout_plan(order, customer, key=f"checkout:{order.account}:{order.wish}:{newest}")
    if made.url is None:
        raise StripeUnavailable("Stripe's Checkout session has no page")
    _keep_the_newest(deps, customer, made.stripe_session_id)
    # Once more, since another may have noted himself in between whose page is closed by now.
    _note_asker(deps, order.account, actor)
    return made.url


def _note_asker(deps: Deps, account: str, actor: str) -> None:
    def decide(state: State, profile: Profile) -> Commit | None:
        check_not_erased(state)
        return None if profile.checkout_by == actor else Commit(profile=replace(profile, checkout_by=actor))

    change_account(deps, account, decide)


def _keep_the_newest(deps: Deps, stripe_customer_id: str, made: str) -> None:
    """Of all pages that are open now only the newest stays, and none if another one is being paid."""
    still_open = [each.stripe_session_id for each in deps.stripe.checkouts(stripe_customer_id) if each.status == "open"]
    for other in still_open[1:]:
        if not close_checkout(deps, other):
            close_checkout(deps, made)
            raise ChangeInProgress("another Checkout is being paid")
    if still_open[:1] != [made]:
        raise ChangeInProgress("another plan was asked for in the same moment")


def _check_not_subscribed(deps: Deps, stripe_customer_id: str) -> None:
    """Our copy may lag behind Stripe by a webhook."""
    for subscription in deps.stripe.subscriptions_of(stripe_customer_id, as_of=deps.clock.now()):
        if subscription.live:
            sync_subscription(deps, subscription.stripe_subscription_id)
            raise ChangeInProgress("the account has just subscribed")


def _close(deps: Deps, stripe_session_id: str) -> None:
    if not close_checkout(deps, stripe_session_id):
        raise ChangeInProgress("an earlier Checkout is being paid")
