"""Following a subscription at Stripe: the account made to agree, and an order that waited for this carried on."""

from chalicelib.actions.change_account import read
from chalicelib.actions.sync_subscription import sync_subscription
from chalicelib.actions.take_up import take_up
from chalicelib.deps import Deps
from chalicelib.domain.plans import FREE


def follow_subscription(deps: Deps, stripe_subscription_id: str) -> None:
    """The account agrees with its subscription, and so does its order, if it has one.

    Where that subscription has ended, another that lives beside it takes its place: it is paid for, too.
    """
    state = sync_subscription(deps, stripe_subscription_id)
    if state is None:
        return
    if state.wish is not None:
        take_up(deps, state.account)
    if state.plan == FREE:
        _sync_those_beside(deps, state.account, stripe_subscription_id)


def _sync_those_beside(deps: Deps, account: str, ended: str) -> None:
    _, profile = read(deps, account)
    own = profile.subscription
    if own is None or own.live or own.stripe_subscription_id != ended:
        return
    for second in profile.beside:
        sync_subscription(deps, second)
