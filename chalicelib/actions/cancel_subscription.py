"""Cancelling at the end of the paid period, and undoing that while it runs.

A subscription whose renewal is unpaid ends at once instead: at the period's end Stripe would still try to collect.
Each call syncs first, since our copy may lag: what was paid, undone or ended at Stripe a moment ago decides. Its key is
its own: saying the same again does no harm, but a key that was used before would repeat an answer that is over.
"""

from collections.abc import Callable

from chalicelib.actions.change_account import read
from chalicelib.actions.read_account import overview
from chalicelib.actions.sync_subscription import Asked, sync_subscription
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile
from chalicelib.domain.notices import Notice
from chalicelib.domain.overview import Overview
from chalicelib.domain.subscriptions import OWING, Subscription
from chalicelib.errors import Conflict, NoSubscription, NotCancelling, StripeGone, StripeRefused


def cancel_subscription(deps: Deps, account: str, reason: str | None, comment: str | None, actor: str) -> Overview:
    """The account with its end in sight; once more changes nothing. Raises NoSubscription."""
    return _twice(lambda: _cancel(deps, account, reason, comment, actor))


def resume_subscription(deps: Deps, account: str, actor: str) -> Overview:
    """The account with its subscription going on. Raises NoSubscription or NotCancelling."""
    return _twice(lambda: _resume(deps, account, actor))


def _cancel(deps: Deps, account: str, reason: str | None, comment: str | None, actor: str) -> Overview:
    profile, subscription = _fresh(deps, account)
    if subscription.ends_at is not None:
        return overview(deps, account)
    cancelled = subscription.stripe_subscription_id
    key = f"cancel:{cancelled}:{deps.token()}"
    if subscription.status in OWING:
        deps.stripe.end_now(subscription, reason=reason, comment=comment, key=key)
    else:
        deps.stripe.cancel_at_period_end(cancelled, reason=reason, comment=comment, key=key)
    after = _synced(deps, profile, cancelled, "cancellation_scheduled", actor)
    if after is not None and after.ends_at is None:
        raise Conflict("somebody undid the cancellation in the same moment")
    return overview(deps, account)


def _resume(deps: Deps, account: str, actor: str) -> Overview:
    profile, subscription = _fresh(deps, account)
    if subscription.ends_at is None:
        raise NotCancelling("the subscription is not being cancelled")
    resumed = subscription.stripe_subscription_id
    deps.stripe.resume(subscription, key=f"resume:{resumed}:{deps.token()}")
    after = _synced(deps, profile, resumed, "cancellation_undone", actor)
    if after is None or after.ends_at is not None:
        raise Conflict("the subscription was cancelled or ended in the same moment")
    return overview(deps, account)


def _twice(act: Callable[[], Overview]) -> Overview:
    """What Stripe refuses may have changed since it was looked at: it is looked at and decided once more."""
    try:
        return act()
    except (StripeRefused, StripeGone):
        pass
    try:
        return act()
    except StripeGone as error:
        raise Conflict("the subscription keeps changing at Stripe") from error


def _fresh(deps: Deps, account: str) -> tuple[Profile, Subscription]:
    """The profile and its subscription, as it is at Stripe."""
    known = _live(read(deps, account)[1])
    if known is None:
        raise NoSubscription("the account has no subscription")
    try:
        sync_subscription(deps, known.stripe_subscription_id)
    except StripeGone as error:
        raise NoSubscription("Stripe does not have the account's subscription") from error
    profile = read(deps, account)[1]
    subscription = _live(profile)
    if subscription is None:
        raise NoSubscription("the account's subscription has ended")
    return profile, subscription


def _live(profile: Profile) -> Subscription | None:
    return profile.subscription if profile.subscription and profile.subscription.live else None


def _synced(deps: Deps, profile: Profile, stripe_subscription_id: str, kind: str, actor: str) -> Subscription | None:
    """The subscription as Stripe has it after what it was told; None if it has ended."""
    told = Notice(f"{kind}:{stripe_subscription_id}:{profile.version}", kind, "")
    sync_subscription(deps, stripe_subscription_id, Asked(told, actor))
    return _live(read(deps, profile.account)[1])
