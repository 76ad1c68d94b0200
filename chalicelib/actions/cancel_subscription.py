"""Cancelling at the end of the paid period, undoing that while it runs, and forgetting what is scheduled.

A subscription whose renewal is unpaid ends at once instead: at the period's end Stripe would still try to collect.
"""

from dataclasses import replace

from chalicelib.actions.asking import Asker
from chalicelib.actions.carry_out import carry_out, place_order
from chalicelib.actions.decide_change import live_of, ready_or_done, scheduled_before
from chalicelib.actions.read_account import overview
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.notices import Kind
from chalicelib.domain.orders import Order
from chalicelib.domain.overview import Overview
from chalicelib.domain.subscriptions import Subscription
from chalicelib.domain.wishes import CANCELLED, Terms, ends_at_once, scheduled_of
from chalicelib.errors import Conflict, NoSubscription, NotCancelling, StripeGone, StripeRefused, SubscriptionPaused

FORGOTTEN: Kind = "scheduled_change_dropped"


def cancel_subscription(deps: Deps, account: str, reason: str | None, comment: str | None, asker: Asker) -> Overview:
    """The account with its end in sight; once more changes nothing. Raises NoSubscription or ChangeInProgress."""
    came, _, profile = ready_or_done(deps, account, asker.operation)
    if came:
        return overview(deps, account)
    live = _subscribed(profile)
    if live.ends_at is not None and live.pending is None and not (ends_at_once(live) or _left(profile)):
        return overview(deps, account)
    after = _ordered(deps, profile, "cancellation_scheduled", CANCELLED, asker, (reason, comment))
    if after is not None and after.ends_at is None:
        raise Conflict("somebody undid the cancellation in the same moment")
    return overview(deps, account)


def resume_subscription(deps: Deps, account: str, asker: Asker) -> Overview:
    """The account with its subscription going on. Raises as cancelling does, NotCancelling, SubscriptionPaused."""
    came, _, profile = ready_or_done(deps, account, asker.operation)
    if came:
        return overview(deps, account)
    live = _subscribed(profile)
    if live.status == "paused":
        raise SubscriptionPaused("the subscription is paused at Stripe, which is not a cancellation")
    left = _left(profile)
    # What an order that was left behind is to cancel, or has let go of and would bring back, is not to come any more.
    if live.ends_at is None and not (left and CANCELLED in (left.after, left.before)):
        raise NotCancelling("the subscription is not being cancelled")
    after = _ordered(deps, profile, "cancellation_undone", None, asker)
    if after is None or after.ends_at is not None:
        raise Conflict("the subscription was cancelled or ended in the same moment")
    return overview(deps, account)


def forget_scheduled(deps: Deps, account: str, asker: Asker) -> None:
    """Nothing is scheduled any more; an end in sight stays, and so does an upgrade that waits for its payment."""
    came, _, profile = ready_or_done(deps, account, asker.operation)
    live = live_of(profile)
    if came or live is None:
        return
    scheduled = scheduled_before(profile, deps.catalogue) or scheduled_of(live, deps.catalogue)
    if scheduled not in (None, CANCELLED):
        _ordered(deps, profile, FORGOTTEN, None, asker)


def _left(profile: Profile) -> Order | None:
    """The order that somebody left behind half done: whatever is asked for now takes its place."""
    return profile.order if profile.order and profile.order.is_unsettled else None


def _subscribed(profile: Profile) -> Subscription:
    live = live_of(profile)
    if live is None:
        raise NoSubscription("the account has no subscription, or it has ended")
    return live


def _ordered(
    deps: Deps,
    profile: Profile,
    kind: Kind,
    after: Terms | None,
    asker: Asker,
    said: tuple[str | None, str | None] = (None, None),
) -> Subscription | None:
    """The subscription with this scheduled; None if it has ended."""

    def make(_: State, profile: Profile) -> Order:
        left, now = profile.order, deps.clock.now()
        live = live_of(profile)
        keeps_waiting = left and not left.is_unsettled and live and scheduled_of(live, deps.catalogue) is None
        if left and keeps_waiting and kind == FORGOTTEN:
            return replace(left, after=None, before=None, had=left.had or left.before)
        had = scheduled_before(profile, deps.catalogue)
        before = had if kind != FORGOTTEN else None
        order = Order(deps.token(), kind, None, after, before, now, asker.actor, now, had=had)
        return replace(order, operation=asker.operation, reason=said[0], comment=said[1])

    try:
        return live_of(carry_out(deps, profile.account, place_order(deps, profile.account, make, asker.operation)))
    except (StripeRefused, StripeGone) as error:
        raise Conflict("the subscription keeps changing at Stripe") from error
