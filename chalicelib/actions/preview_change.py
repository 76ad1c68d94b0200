"""Previewing a change: what it would cost and when, asked of Stripe with the parameters that would be sent. Nothing is
changed.
"""

from dataclasses import dataclass

from chalicelib.actions.decide_change import decided, fresh, live_of, scheduled_before, waiting_for
from chalicelib.actions.preview_ids import Promise, preview_id
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.invoices import Bill, InvoiceLine
from chalicelib.domain.money import Money
from chalicelib.domain.orders import item_of
from chalicelib.domain.overview import NextCharge, ScheduledChange, next_charge_of
from chalicelib.domain.periods import Instant, Period, months_after
from chalicelib.domain.subscriptions import Subscription
from chalicelib.domain.wishes import (
    CANCEL,
    CANCELLED,
    CHECKOUT,
    KEEP,
    NOW,
    PERIOD_END,
    UNCHANGED,
    Decision,
    Terms,
    Wish,
    ends_at_once,
    terms_of,
)
from chalicelib.errors import AddressNeeded, NoPaymentMethod, StripeRefused

MONTHS = {"month": 1, "year": 12}
OUTCOMES = {NOW: "applied", KEEP: "applied", PERIOD_END: "scheduled", CANCEL: "scheduled"}
"""How a decision is told, where it has another name."""


@dataclass(frozen=True)
class Preview:
    """What a change would do; `bill.tax` is None where only Checkout can tell it."""

    outcome: str
    effective_at: Instant
    bill: Bill
    next_charge: NextCharge | None
    drops: tuple[ScheduledChange, ...]
    preview_id: str


def preview_change(deps: Deps, account: str, wish: Wish) -> Preview:
    """What the wish would lead to now. Raises what changing would, but for the customer's payment itself."""
    state, profile = fresh(deps, account)
    decision, now = decided(wish, state, profile, deps.catalogue), deps.clock.now()
    live = live_of(profile)
    waits = waiting_for(decision, profile, deps.catalogue, now)
    at = waits.at if waits else proration_instant(live, now)
    bill = bill_for(deps, decision, state, profile, at)
    if decision.outcome == NOW:
        check_payable(bill, profile)
    return Preview(
        _told(decision, live),
        _effective_at(decision, live, now),
        bill,
        _next_charge(deps, decision, state, live, at, bill),
        _drops(decision, profile, deps.catalogue),
        preview_id(deps.settings.key_pepper, account, promise_of(decision, bill, profile, deps.catalogue), at, now),
    )


def check_payable(bill: Bill, profile: Profile) -> None:
    """What cannot be charged is refused before anything was changed."""
    if bill.due.amount > 0 and profile.payment_method is None:
        raise NoPaymentMethod("the customer has neither a card nor an account on file")


def proration_instant(live: Subscription | None, now: Instant) -> Instant:
    """The instant prorations count from: Stripe refuses one outside the running period, and its clock may be ahead."""
    return now if live is None else min(max(now, live.period.start), live.period.end - 1)


def bill_for(deps: Deps, decision: Decision, state: State, profile: Profile, at: Instant) -> Bill:
    """What is to be paid at once. Raises AddressNeeded where tax cannot be told."""
    live = live_of(profile)
    if decision.outcome == CHECKOUT and decision.terms:
        return _sold(decision.terms, at, deps.catalogue)
    if decision.outcome != NOW or decision.terms is None or live is None:
        return Bill(Money(0, deps.catalogue.currency), 0, ())
    item = item_of(live, decision.terms, state.plan, deps.catalogue)
    try:
        return deps.stripe.preview(live, item, at)
    except StripeRefused as error:
        raise why(error) from error


def promise_of(decision: Decision, bill: Bill, profile: Profile, catalogue: Catalogue) -> Promise:
    """What a preview of this decision promises of the subscription as it stands."""
    live, scheduled = live_of(profile), scheduled_before(profile, catalogue)
    if live is None:
        return Promise(decision, bill, None, 0, None, scheduled)
    return Promise(decision, bill, live.price, live.seats, live.period, scheduled)


def why(error: StripeRefused) -> StripeRefused | AddressNeeded:
    """Stripe's refusal as the customer can do something about it."""
    if error.stripe_code == "customer_tax_location_invalid":
        return AddressNeeded("Stripe does not know where the customer is")
    return error


def _sold(terms: Terms, at: Instant, catalogue: Catalogue) -> Bill:
    """The catalogue's own amounts: before Checkout nobody knows where the customer pays tax."""
    plan, interval = catalogue.plans[terms.plan], terms.interval or "month"
    price, quantity = plan.prices[interval], terms.seats if plan.per_seat else 1
    due = Money(price.money.amount * quantity, price.money.currency)
    period = Period(at, months_after(at, MONTHS[interval]))
    return Bill(due, None, (InvoiceLine(plan.name, plan.id, quantity, due.amount, period, False),))


def _told(decision: Decision, live: Subscription | None) -> str:
    """What comes of it: one of which nothing is paid ends at once."""
    if decision.outcome == CANCEL and live is not None and ends_at_once(live):
        return "applied"
    return OUTCOMES.get(decision.outcome, decision.outcome)


def _effective_at(decision: Decision, live: Subscription | None, now: Instant) -> Instant:
    return live.period.end if live and _told(decision, live) == "scheduled" else now


def _next_charge(
    deps: Deps, decision: Decision, state: State, live: Subscription | None, at: Instant, bill: Bill
) -> NextCharge | None:
    terms = decision.after or decision.terms
    if live is None or terms == CANCELLED or decision.outcome not in OUTCOMES:
        return next_charge_of(live) if decision.outcome == UNCHANGED else None
    terms = terms or terms_of(live, state.plan, deps.catalogue)
    item = item_of(live, terms, state.plan, deps.catalogue)
    begins_anew = decision.terms is not None and item.new_interval and decision.outcome == NOW
    renews = months_after(at, MONTHS[item.interval]) if begins_anew else live.period.end
    balance = bill.balance if decision.outcome == NOW else None
    return NextCharge(deps.stripe.preview_renewal(live, item, balance), renews)


def _drops(decision: Decision, profile: Profile, catalogue: Catalogue) -> tuple[ScheduledChange, ...]:
    """What is scheduled and would not happen any more; what more seats are carried into still happens."""
    scheduled, live = scheduled_before(profile, catalogue), live_of(profile)
    if scheduled is None or live is None or decision.outcome not in OUTCOMES:
        return ()
    if decision.after == scheduled or (decision.outcome == NOW and decision.after is not None):
        return ()
    at = live.ends_at or (live.scheduled.at if live.scheduled else None) or live.period.end
    return (ScheduledChange(scheduled.plan, scheduled.interval, scheduled.seats, at),)
