"""Cancelling at the end of the paid period, and undoing that while it runs.

A subscription whose renewal is unpaid ends at once instead: at the period's end Stripe would still try to collect.
"""

import json
from hashlib import sha256

from chalicelib.actions.change_account import read
from chalicelib.actions.read_account import overview
from chalicelib.actions.sync_subscription import Asked, sync_subscription
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile
from chalicelib.domain.notices import Notice
from chalicelib.domain.overview import Overview
from chalicelib.domain.subscriptions import Subscription
from chalicelib.errors import NoSubscription, NotCancelling


def cancel_subscription(deps: Deps, account: str, reason: str | None, comment: str | None, actor: str) -> Overview:
    """The account with its end in sight; once more changes nothing. Raises NoSubscription."""
    _, profile = read(deps, account)
    subscription = _live(profile)
    if subscription.ends_at is not None:
        return overview(deps, account)
    cancelled = subscription.stripe_subscription_id
    key = f"cancel:{cancelled}:{profile.version}:{_digest(reason, comment)}"
    if subscription.status == "past_due":
        deps.stripe.end_now(subscription, reason=reason, comment=comment, key=key)
    else:
        deps.stripe.cancel_at_period_end(cancelled, reason=reason, comment=comment, key=key)
    return _synced(deps, profile, cancelled, "cancellation_scheduled", actor)


def resume_subscription(deps: Deps, account: str, actor: str) -> Overview:
    """The account with its subscription going on. Raises NoSubscription or NotCancelling."""
    _, profile = read(deps, account)
    subscription = _live(profile)
    if subscription.ends_at is None:
        raise NotCancelling("the subscription is not being cancelled")
    resumed = subscription.stripe_subscription_id
    deps.stripe.resume(subscription, key=f"resume:{resumed}:{profile.version}")
    return _synced(deps, profile, resumed, "cancellation_undone", actor)


def _live(profile: Profile) -> Subscription:
    if profile.subscription is None or not profile.subscription.live:
        raise NoSubscription("the account has no subscription")
    return profile.subscription


def _synced(deps: Deps, profile: Profile, stripe_subscription_id: str, kind: str, actor: str) -> Overview:
    """Asks Stripe anew: an answer repeated under a key may be older than what happened since."""
    told = Notice(f"{kind}:{stripe_subscription_id}:{profile.version}", kind, "")
    sync_subscription(deps, stripe_subscription_id, Asked(told, actor))
    return overview(deps, profile.account)


def _digest(*words: str | None) -> str:
    return sha256(json.dumps(words).encode()).hexdigest()[:16]
