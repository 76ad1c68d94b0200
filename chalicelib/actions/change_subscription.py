"""Changing the subscription: from Free through Checkout, more at once, less at the period's end, to Free by cancelling.

Who already pays is never sent to Checkout again: that would make a second subscription. What is charged at once is in
force only when it is paid.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from chalicelib.actions.asking import Asker
from chalicelib.actions.carry_out import carry_out, place_order
from chalicelib.actions.change_account import read
from chalicelib.actions.decide_change import decided, live_of, ready_or_done, scheduled_before, waiting_for
from chalicelib.actions.open_checkout import open_checkout
from chalicelib.actions.preview_change import bill_for, check_payable, promise_of, proration_instant, why
from chalicelib.actions.preview_ids import check_promise, instant_of
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.invoices import PlanOrder
from chalicelib.domain.notices import Kind
from chalicelib.domain.orders import Order, end_of
from chalicelib.domain.overview import Overview, overview_of
from chalicelib.domain.periods import Instant
from chalicelib.domain.subscriptions import Subscription
from chalicelib.domain.wishes import (
    CANCEL,
    CHECKOUT,
    CONTACT_SALES,
    KEEP,
    NOW,
    PERIOD_END,
    UNCHANGED,
    Decision,
    Terms,
    Wish,
    scheduled_of,
    terms_of,
)
from chalicelib.errors import ChangeInProgress, Conflict, Invalid, PreviewStale, Problem, StripeRefused

TOLD: dict[str, Kind] = {
    NOW: "change_applied",
    PERIOD_END: "change_scheduled",
    KEEP: "scheduled_change_dropped",
    CANCEL: "cancellation_scheduled",
}
"""What is told when an order is done."""


@dataclass(frozen=True)
class Outcome:
    """What came of a wish; `checkout`, `contact_sales` and `payment_required` go on at `url`."""

    outcome: str
    url: str | None
    overview: Overview


@dataclass(frozen=True)
class Request:
    """A wish, where Checkout would send the customer back to, and the preview that must still hold."""

    wish: Wish
    success_url: str | None = None
    cancel_url: str | None = None
    preview_id: str | None = None


def change_subscription(deps: Deps, account: str, request: Request, asker: Asker) -> Outcome:
    """Does what the wish asks, or says where it goes on; the same operation once more does nothing more.

    Raises UnknownAccount, Invalid, ChangeInProgress, NoPaymentMethod, AddressNeeded, what decide_change.REFUSALS says,
    and PreviewStale or UnknownPreview for a preview that does not hold.
    """
    came, state, profile = ready_or_done(deps, account, asker.operation)
    if came:
        return _as_it_came(deps, came, state, profile)
    at = _previewed(deps, account, request.preview_id)
    decision = _decided(deps, request, state, profile)
    # Whoever lost the answer sends the same again: what he was promised then was kept already.
    if decision.outcome == UNCHANGED:
        return _outcome(deps, UNCHANGED, None, state, profile)
    if _is_scheduled(deps, decision, profile):
        return _outcome(deps, "scheduled", None, state, profile)
    waits = waiting_for(decision, profile, deps.catalogue, deps.clock.now())
    at = _prorated_from(live_of(profile), waits, at, deps.clock.now())
    bill = bill_for(deps, decision, state, profile, at)
    if request.preview_id:
        promise = promise_of(decision, bill, profile, deps.catalogue)
        check_promise(deps.settings.key_pepper, account, request.preview_id, promise)
    if decision.outcome in (CHECKOUT, CONTACT_SALES):
        url = _elsewhere(deps, account, request, decision, asker.actor)
        return _outcome(deps, decision.outcome, url, *read(deps, account))
    check_payable(bill, profile)

    def make(state: State, profile: Profile) -> Order:
        if decided(request.wish, state, profile, deps.catalogue) != decision:
            raise ChangeInProgress("the account was changed in the same moment")
        order = _order(deps, decision, profile, at if request.preview_id else None, asker.actor)
        order = replace(order, operation=asker.operation or order.operation, outcome=_promised(decision))
        # Who asks for Free asks for the period's end; anything else keeps the end that was in sight.
        return replace(order, ends_at=None) if request.wish.plan == deps.catalogue.free.id else order

    _carry_out(deps, account, make, asker.operation)
    return _what_came(deps, account, decision)


def _promised(decision: Decision) -> str:
    return "scheduled" if decision.outcome in (PERIOD_END, CANCEL) else "applied"


def _carry_out(deps: Deps, account: str, make: Callable[[State, Profile], Order], operation: str | None) -> None:
    try:
        carry_out(deps, account, place_order(deps, account, make, operation))
    except StripeRefused as error:
        raise why(error) from error


def _previewed(deps: Deps, account: str, preview_id: str | None) -> Instant | None:
    if preview_id is None:
        return None
    return instant_of(deps.settings.key_pepper, account, preview_id, deps.clock.now())


def _prorated_from(live: Subscription | None, waits: Order | None, previewed: Instant | None, now: Instant) -> Instant:
    """The instant that prorations count from: of what waits already that of its bill, and none of a period before."""
    if previewed is None:
        return waits.at if waits else proration_instant(live, now)
    if live is not None and not live.period.holds(previewed):
        raise PreviewStale("a new period has begun since")
    if waits and previewed != waits.at:
        raise PreviewStale("the change waits for its payment already, with another bill")
    return previewed


def _decided(deps: Deps, request: Request, state: State, profile: Profile) -> Decision:
    """The decision; whoever would go to Checkout is told at once all that keeps him from it."""
    returns = {"success_url": request.success_url, "cancel_url": request.cancel_url}
    missing = [Problem(name, "is needed to come back from Checkout") for name, url in returns.items() if not url]
    try:
        decision = decided(request.wish, state, profile, deps.catalogue)
    except Invalid as error:
        buys = live_of(profile) is None and request.wish.plan not in (None, deps.catalogue.free.id)
        raise Invalid([*error.problems, *missing] if buys else error.problems) from error
    if decision.outcome == CHECKOUT and missing:
        raise Invalid(missing)
    return decision


def _elsewhere(deps: Deps, account: str, request: Request, decision: Decision, actor: str) -> str | None:
    """Where the customer goes on, if it is not here."""
    if decision.outcome == CHECKOUT and decision.terms:
        return open_checkout(deps, _sale(deps, account, request, decision.terms), actor)
    plan = deps.catalogue.plans.get(decision.terms.plan) if decision.terms else None
    return plan.contact_url if plan else None


def _sale(deps: Deps, account: str, request: Request, terms: Terms) -> PlanOrder:
    plan = deps.catalogue.plans[terms.plan]
    price = plan.prices[terms.interval or "month"]
    seats = (terms.seats, plan.seats_min, plan.seats_max) if plan.per_seat else None
    return PlanOrder(account, price.lookup_key, seats, request.success_url or "", request.cancel_url or "")


def _is_scheduled(deps: Deps, decision: Decision, profile: Profile) -> bool:
    """Whether the very same is scheduled, and nothing on its way that would have to give way to it."""
    live = live_of(profile)
    if decision.outcome != PERIOD_END or live is None or live.pending or profile.order:
        return False
    return scheduled_of(live, deps.catalogue) == decision.after


def _order(deps: Deps, decision: Decision, profile: Profile, previewed: Instant | None, actor: str) -> Order:
    """The order; one for the very same that waits or was left half done is gone on with, under its own keys."""
    left, live, now = profile.order, live_of(profile), deps.clock.now()
    waits = waiting_for(decision, profile, deps.catalogue, now)
    if waits:
        return waits
    at = previewed or proration_instant(live, now)
    # What waited and does not any more was forgotten at Stripe: asked for again, it is charged anew.
    if left and not left.waiting and left.goes_on(decision.terms, decision.after, previewed or left.at, now):
        return left
    before = scheduled_before(profile, deps.catalogue)
    ends_at = end_of(left, live) if live else None
    kind = _kind(decision, left, before)
    return Order(deps.token(), kind, decision.terms, decision.after, before, at, actor, now, asked=now, ends_at=ends_at)


def _kind(decision: Decision, left: Order | None, before: Terms | None) -> Kind:
    """What is told of it; one that only settles what was left behind tells what becomes of that."""
    if left and left.is_unsettled and decision.terms is None and decision.after == before:
        return "change_given_up" if left.terms else left.kind
    return TOLD[decision.outcome]


def _what_came(deps: Deps, account: str, decision: Decision) -> Outcome:
    state, profile = read(deps, account)
    live = live_of(profile)
    if live is None and decision.outcome != CANCEL:
        raise Conflict("the subscription has ended in the same moment")
    unpaid = _unpaid(live) if live and decision.outcome == NOW else None
    if unpaid:
        return _outcome(deps, "payment_required", unpaid, state, profile)
    if live and decision.outcome == NOW and terms_of(live, state.plan, deps.catalogue) != decision.terms:
        raise Conflict("the subscription was changed at Stripe in the same moment")
    is_ahead = decision.outcome == PERIOD_END or (live is not None and decision.outcome == CANCEL)
    return _outcome(deps, "scheduled" if is_ahead else "applied", None, state, profile)


def _as_it_came(deps: Deps, came: str, state: State, profile: Profile) -> Outcome:
    """What an earlier run of the operation has done; a debit may still be on its way."""
    live = live_of(profile)
    unpaid = _unpaid(live) if live and came == "applied" else None
    return _outcome(deps, "payment_required" if unpaid else came, unpaid, state, profile)


def _unpaid(live: Subscription) -> str | None:
    """Where the change is still to be paid; a debit that takes days is not paid either."""
    invoice = live.latest_invoice
    if invoice is None or invoice.status != "open" or invoice.reason != "subscription_update":
        return None
    return invoice.hosted_url


def _outcome(deps: Deps, outcome: str, url: str | None, state: State, profile: Profile) -> Outcome:
    return Outcome(outcome, url, overview_of(state, profile, deps.catalogue, deps.clock.now()))
