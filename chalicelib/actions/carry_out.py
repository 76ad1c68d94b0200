"""Carrying out an order: claimed for the account, taken to its end step by step, and settled with what Stripe then has.

Each step follows from the subscription as Stripe has it at that moment (domain/orders.py), so an order whose process
died is simply carried on. Whoever asks meanwhile is told that a change is in progress.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from chalicelib.actions.change_account import Commit, change_account, read
from chalicelib.actions.change_once import finishing_with
from chalicelib.actions.erased import check_not_erased
from chalicelib.actions.sync_subscription import sync_subscription
from chalicelib.deps import Deps
from chalicelib.domain import orders
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.ahead import touched_ahead
from chalicelib.domain.journal import begin
from chalicelib.domain.notices import Notice
from chalicelib.domain.orders import Order, item_of, next_step
from chalicelib.domain.subscriptions import Subscription
from chalicelib.domain.wishes import CANCELLED
from chalicelib.errors import (
    BillingError,
    ChangeInProgress,
    Conflict,
    NotForSale,
    PeriodEnding,
    StillChanging,
    StripeGone,
    StripeRefused,
)

log = logging.getLogger(__name__)

HELD_SECONDS = 120
"""Longer than what carries out an order may run, but for the night; and a charge has its order's own key."""
LOOK_AGAIN_SECONDS = 60
"""After a pending change must have expired, should nobody have told us."""
MOST_STEPS = 8
OPEN_CHANGE = ("open", "subscription_update")


def place_order(
    deps: Deps, account: str, make: Callable[[State, Profile], Order], operation: str | None = None
) -> Order:
    """The order as it is written into the account, held by this process. Raises ChangeInProgress.

    What an earlier run of this operation held, nobody holds any more.
    """
    placed: list[Order] = []

    def decide(state: State, profile: Profile) -> Commit:
        now = deps.clock.now()
        if profile.order is not None and profile.order.is_held(now, operation):
            raise ChangeInProgress("another change of this account is being carried out")
        order = replace(make(state, profile), until=now + HELD_SECONDS)
        if profile.order is not None and profile.order.unpaid and profile.order.id != order.id:
            raise ChangeInProgress("a change that was not paid is being taken back")
        if profile.order is None or profile.order.id != order.id:
            check_not_erased(state)
        placed[:] = [order]
        change = begin(state, now, deps.catalogue).setting(wish=order.until)
        return Commit(change.because(f"order:{order.id}", order.actor), replace(profile, order=order))

    change_account(deps, account, decide)
    return placed[0]


def carry_out(deps: Deps, account: str, order: Order) -> Profile:
    """The account once the order is done or waits for its payment.

    Raises what stopped it: StripeRefused where the charge could not be tried, and PeriodEnding where it could not have
    waited for its payment, after what was before is back; anything else leaves the order to whoever takes it up again.
    """
    try:
        return _carry_out(deps, account, order)
    except BillingError:
        _let_go(deps, account, order)
        raise


def _carry_out(deps: Deps, account: str, order: Order) -> Profile:
    refused: BillingError | None = None
    charged = False
    for _ in range(MOST_STEPS):
        state, profile = read(deps, account)
        if profile.order is None or profile.order.id != order.id:
            raise ChangeInProgress("another change took this one's place")
        live = _live(deps, profile)
        step = next_step(live, order, state.plan, deps.catalogue, deps.clock.now())
        if step in (orders.DONE, orders.WAIT):
            return _settled(deps, account, live, order, refused)
        # What was charged, and is not in force after all, was undone by somebody: it is not charged again.
        if step == orders.GIVE_UP or (step == orders.CHARGE and charged):
            refused = refused or _cannot_wait(live, order)
            order = _given_up(deps, account, live, order)
            continue
        try:
            STEPS[step](deps, live, order, state.plan)
            charged = charged or step == orders.CHARGE
        except (StripeRefused, StripeGone, NotForSale) as error:
            # Stripe may have changed since it was looked at: then the next look shows another step.
            log.info("order.step_refused", extra={"account_id": account, "step": step, "code": error.code})
            is_refused = step == orders.CHARGE and isinstance(error, StripeRefused)
            if is_refused or isinstance(error, NotForSale):
                refused, order = error, _given_up(deps, account, live, order)
    raise StillChanging("the subscription keeps changing at Stripe, or Stripe will not have it changed")


def drop(deps: Deps, account: str, order: Order) -> None:
    """The order is forgotten as it stands, and that is told: Stripe will not have it."""

    def decide(state: State, profile: Profile) -> Commit | None:
        if profile.order is None or profile.order.id != order.id:
            return None
        change = begin(state, deps.clock.now(), deps.catalogue).setting(wish=None).noticing(_told(order, None))
        return Commit(change.because(f"order:{order.id}", order.actor), replace(profile, order=None))

    change_account(deps, account, decide)


def _live(deps: Deps, profile: Profile) -> Subscription:
    if profile.subscription is None:
        raise Conflict("the account has no subscription any more")
    return deps.stripe.subscription(profile.subscription.stripe_subscription_id, as_of=deps.clock.now())


def _anew(what: str, live: Subscription, order: Order) -> str:
    """A key for what may have to be said twice, since somebody undid it in between; only a charge must not be."""
    return f"{what}:{order.id}:{live.as_of}"


def _void(deps: Deps, live: Subscription, order: Order, plan_id: str) -> None:  # noqa: ARG001 - one form for all steps
    deps.stripe.void_pending(live)


def _release(deps: Deps, live: Subscription, order: Order, plan_id: str) -> None:  # noqa: ARG001
    if live.scheduled is not None:
        attached = live.scheduled.stripe_schedule_id
        keeps_end = order.after == CANCELLED
        deps.stripe.release(live.scheduled, keeps_end=keeps_end, key=f"release:{order.id}:{attached}:{keeps_end}")


def _uncancel(deps: Deps, live: Subscription, order: Order, plan_id: str) -> None:  # noqa: ARG001
    deps.stripe.resume(live, key=_anew("resume", live, order))


def _charge(deps: Deps, live: Subscription, order: Order, plan_id: str) -> None:
    if order.terms is not None:
        item = item_of(live, order.terms, plan_id, deps.catalogue)
        deps.stripe.charge_change(live, item, order.at, key=f"change:{order.id}")


def _schedule(deps: Deps, live: Subscription, order: Order, plan_id: str) -> None:
    if order.after is not None:
        deps.stripe.schedule(
            live, item_of(live, order.after, plan_id, deps.catalogue), key=_anew("schedule", live, order)
        )


def _cancel(deps: Deps, live: Subscription, order: Order, plan_id: str) -> None:  # noqa: ARG001
    if order.ends_at is not None and order.ends_at > live.period.end:
        deps.stripe.cancel_at(live.stripe_subscription_id, order.ends_at, key=_anew("cancel_at", live, order))
        return
    deps.stripe.cancel_at_period_end(
        live.stripe_subscription_id, reason=order.reason, comment=order.comment, key=_anew("cancel", live, order)
    )


def _end(deps: Deps, live: Subscription, order: Order, plan_id: str) -> None:  # noqa: ARG001
    deps.stripe.end_now(live, reason=order.reason, comment=order.comment, key=f"end:{order.id}")


STEPS: Mapping[str, Callable[[Deps, Subscription, Order, str], None]] = {
    orders.VOID: _void,
    orders.RELEASE: _release,
    orders.UNCANCEL: _uncancel,
    orders.CHARGE: _charge,
    orders.SCHEDULE: _schedule,
    orders.CANCEL: _cancel,
    orders.END: _end,
}


def _given_up(deps: Deps, account: str, live: Subscription, order: Order) -> Order:
    """The order to have things as they were, written down before anything is undone."""
    invoice = live.latest_invoice
    if order.waiting and live.pending is None and invoice and (invoice.status, invoice.reason) == OPEN_CHANGE:
        deps.stripe.void_pending(live)
    undoing = order.given_up()
    _save(deps, account, undoing)
    return undoing


def _cannot_wait(live: Subscription, order: Order) -> PeriodEnding | None:
    """Why what would have to wait for its payment is not even let wait; None where something else has ended it."""
    if live.pending is None or order.waiting:
        return None
    return PeriodEnding("the payment is not through, and what is scheduled for the period's end could not wait for it")


def _settled(deps: Deps, account: str, live: Subscription, order: Order, refused: BillingError | None) -> Profile:
    def finish(state: State, profile: Profile, commit: Commit) -> Commit | None:
        kept = commit.profile or profile
        if kept.order is None or kept.order.id != order.id:
            return commit if commit.change or commit.profile else None
        change = commit.change or begin(state, deps.clock.now(), deps.catalogue)
        change = change.because(f"order:{order.id}", order.actor)
        if live.pending is not None and order.terms is not None:
            waiting = replace(order, waiting=True, until=deps.clock.now())
            told = Notice(f"payment_required:{order.id}", "payment_required", "the change waits for its payment")
            change = change.setting(wish=orders.waits_until(order, live) + LOOK_AGAIN_SECONDS)
            change = change if order.waiting else change.noticing(told)
            return replace(commit, change=change, profile=replace(kept, order=waiting))
        change = change.touching(*touched_ahead(order, live, deps.catalogue))
        told = _told(order, live)
        done = replace(kept, order=None)
        commit = replace(commit, change=change.setting(wish=None).noticing(told), profile=done)
        return finishing_with(commit, order.operation, orders.what_came(order, live))

    sync_subscription(deps, live.stripe_subscription_id, finish)
    if refused is not None:
        raise refused
    return read(deps, account)[1]


def _told(order: Order, live: Subscription | None) -> Notice:
    """What is told of its end: a debit takes days, and of a subscription that has ended nothing is changed any more."""
    terms, kind = order.terms or order.after, order.kind
    if live is None or not (live.live or order.after == CANCELLED):
        kind = "change_given_up"
    elif kind == "cancellation_scheduled" and not live.live:
        kind = "subscription_ended"
    elif order.terms and live.awaits_payment:
        kind = "payment_pending"
    detail = f"{terms.plan} by the {terms.interval}, {terms.seats} seats" if terms and terms.interval else ""
    return Notice(f"{kind}:{order.id}", kind, detail)


def _let_go(deps: Deps, account: str, order: Order) -> None:
    """Whoever asks again need not wait until the claim runs out."""
    _save(deps, account, replace(order, until=deps.clock.now()), only_until=True)


def _save(deps: Deps, account: str, order: Order, *, only_until: bool = False) -> None:
    def decide(_: State, profile: Profile) -> Commit | None:
        if profile.order is None or profile.order.id != order.id:
            return None
        saved = replace(profile.order, until=order.until) if only_until else order
        return Commit(profile=replace(profile, order=saved))

    change_account(deps, account, decide)
