"""Taking back a change that Stripe made and nobody paid: its invoice void, the item as it was bought.

Its invoice first: one that a bank is about to pay after all cannot be void, and then nothing is taken back. From then
on the order says that the change is not paid, until the item is back.
"""

import logging
from dataclasses import replace

from chalicelib.actions.change_account import Commit, read
from chalicelib.actions.sync_subscription import sync_subscription
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.journal import begin
from chalicelib.domain.notices import Notice
from chalicelib.domain.orders import Order, item_of
from chalicelib.domain.subscriptions import Bought, Subscription
from chalicelib.domain.unpaid_changes import is_back
from chalicelib.domain.wishes import CANCELLED, scheduled_of

log = logging.getLogger(__name__)


def take_back(deps: Deps, account: str, order: Order) -> None:
    """The change taken back and the account told, or the order forgotten if it is paid, or may still be.

    Raises what stopped it; whoever takes the order up again goes on.
    """
    state, profile = read(deps, account)
    own = profile.subscription
    if own is None or order.unpaid is None:
        return
    live = _asked(deps, own)
    if live.change is not None and live.change.stripe_invoice_id == order.unpaid:
        deps.stripe.void_pending(live)
    is_void = deps.stripe.invoice(order.unpaid).status == "void"
    if is_void and live.live:
        # What was bought is remembered until it was seen to be back.
        live = _put_back(deps, live, own.bought, order) if own.bought and not is_back(live, own.bought) else live
        _schedule_again(deps, live, order, state.plan)
    log.info("change.taken_back", extra={"account_id": account, "order_id": order.id, "is_void": is_void})
    _settle(deps, own, order, is_void=is_void)


def _asked(deps: Deps, own: Subscription) -> Subscription:
    return deps.stripe.subscription(own.stripe_subscription_id, as_of=deps.clock.now())


def _put_back(deps: Deps, live: Subscription, bought: Bought, order: Order) -> Subscription:
    if live.scheduled is not None:
        # Stripe changes no item of one that a schedule has ahead.
        attached = live.scheduled.stripe_schedule_id
        keeps_end = order.after == CANCELLED
        deps.stripe.release(live.scheduled, keeps_end=keeps_end, key=f"release:{order.id}:{attached}")
    deps.stripe.put_back(live, bought, key=f"put_back:{order.id}")
    return _asked(deps, live)


def _schedule_again(deps: Deps, live: Subscription, order: Order, plan_id: str) -> None:
    after = order.after
    if after is None or after == CANCELLED or live.ends_at is not None or scheduled_of(live, deps.catalogue) == after:
        return
    deps.stripe.schedule(live, item_of(live, after, plan_id, deps.catalogue), key=f"schedule:{order.id}:{live.as_of}")


def _settle(deps: Deps, own: Subscription, order: Order, *, is_void: bool) -> None:
    told = Notice(f"{order.kind}:{order.unpaid}", order.kind, "the change could not be paid, and was taken back")

    def finish(state: State, profile: Profile, commit: Commit) -> Commit | None:
        kept = commit.profile or profile
        if kept.order is None or kept.order.id != order.id:
            return commit if commit.change or commit.profile else None
        change = (commit.change or begin(state, deps.clock.now(), deps.catalogue)).setting(wish=None)
        change = change.noticing(told) if is_void else change
        return Commit(change.because(f"order:{order.id}", order.actor), replace(kept, order=None))

    sync_subscription(deps, own.stripe_subscription_id, finish)
