"""Following a subscription at Stripe: the account made to agree, and an order that waited for this carried on."""

from chalicelib.actions.sync_subscription import sync_subscription
from chalicelib.actions.take_up import take_up
from chalicelib.deps import Deps


def follow_subscription(deps: Deps, stripe_subscription_id: str) -> None:
    """The account agrees with its subscription, and so does its order, if it has one."""
    state = sync_subscription(deps, stripe_subscription_id)
    if state is not None and state.wish is not None:
        take_up(deps, state.account)
