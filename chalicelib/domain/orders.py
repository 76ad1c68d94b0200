"""Orders: a change of the subscription on its way, and the next thing to do for it.

An order says where the subscription shall get to, not how: the next step follows from how Stripe has the subscription
now. So whoever takes an order up after a process died goes on where that one stopped, and nothing is done twice.
"""

from dataclasses import dataclass, replace

from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.notices import Kind
from chalicelib.domain.periods import Instant
from chalicelib.domain.subscriptions import Pending, Subscription
from chalicelib.domain.wishes import CANCELLED, Terms, ends_at_once, scheduled_of, seats_of, terms_of

VOID, RELEASE, UNCANCEL, CHARGE, SCHEDULE = "void", "release", "uncancel", "charge", "schedule"
CANCEL, END, WAIT, DONE, GIVE_UP = "cancel", "end", "wait", "done", "give_up"

CHARGED_WITHIN = 600
"""Seconds after which nobody expects his card to be charged any more for what he asked."""
BACK_BEFORE = 3_600
"""Seconds before the period's end at which what was scheduled must be back: later it would not happen any more."""


@dataclass(frozen=True)
class Order:
    """What was asked for: `terms` to be paid and in force at once, `after` to be scheduled then.

    `before` is what was scheduled when it was asked, and comes back if it is given up; an end at `ends_at`, if it was
    to be another than the period's. Prorations count from `at`: what was previewed is asked for later, at `asked`.
    Nobody else may touch the subscription before `until`; an order that is `waiting` for the customer's payment, or
    has been, holds nobody up. `kind` is the notice that tells of its end. One that takes a change back which nobody
    paid names that change's invoice at Stripe as `unpaid`. `operation` is who asked, where he may ask again, and
    `outcome` what he is answered then. One that takes back what was scheduled `had` it: it never comes back.
    """

    id: str
    kind: Kind
    terms: Terms | None
    after: Terms | None
    before: Terms | None
    at: Instant
    actor: str
    until: Instant
    waiting: bool = False
    reason: str | None = None
    comment: str | None = None
    asked: Instant = 0
    ends_at: Instant | None = None
    unpaid: str | None = None
    operation: str | None = None
    outcome: str = "applied"
    had: Terms | None = None

    @property
    def is_unsettled(self) -> bool:
        """Whether something of it is left to be done: more than to wait for its payment."""
        return not self.waiting or self.terms is None

    def is_held(self, now: Instant, operation: str | None = None) -> bool:
        """Whether somebody is at work on it: of the operation's own earlier runs none is any more."""
        return now < self.until and not self.is_of(operation)

    def is_of(self, operation: str | None) -> bool:
        return operation is not None and self.operation == operation

    def goes_on(self, terms: Terms | None, after: Terms | None, at: Instant, now: Instant) -> bool:
        """Whether it is for the very same, and still young enough to be charged."""
        return (self.terms, self.after, self.at) == (terms, after, at) and not self.is_late(now)

    def is_late(self, now: Instant) -> bool:
        """Whether nobody expects it to be charged any more."""
        return now > max(self.at, self.asked) + CHARGED_WITHIN

    def given_up(self) -> "Order":
        """The order to have things as they were; an end that stayed in sight while it waited was never away."""
        kind: Kind = "upgrade_expired" if self.waiting else "change_given_up"
        after = None if self.waiting and self.after == CANCELLED else self.before
        return replace(self, kind=kind, terms=None, after=after, operation=None)


@dataclass(frozen=True)
class Item:
    """What the subscription's item at Stripe is to be; no lookup key where its price stays the one it has.

    Who subscribed to a price that was changed since keeps it, so only another plan or interval names a price.
    """

    lookup_key: str | None
    quantity: int
    interval: str
    new_interval: bool


def item_of(subscription: Subscription, terms: Terms, plan_id: str, catalogue: Catalogue) -> Item:
    """The item that makes the subscription what the terms say; they must be for sale."""
    plan, current = catalogue.plans[terms.plan], terms_of(subscription, plan_id, catalogue)
    quantity = terms.seats if plan.per_seat else 1
    interval = terms.interval or "month"
    same_price = (current.plan, current.interval) == (terms.plan, terms.interval)
    lookup_key = None if same_price else plan.prices[interval].lookup_key
    return Item(lookup_key, quantity, interval, interval != subscription.interval)


def next_step(subscription: Subscription, order: Order, plan_id: str, catalogue: Catalogue, now: Instant) -> str:
    """What is to be done next; `wait` for the customer, `give_up` what cannot be reached any more, or `done`."""
    if not subscription.live:
        return DONE
    reached = order.terms is None or is_charged(order, subscription, plan_id, catalogue)
    if subscription.pending and (reached or pending_of(subscription.pending, catalogue) != order.terms):
        return VOID
    if not reached:
        return _next_charging(subscription, order, now)
    return DONE if _was_decided_since(subscription, order) else _next_scheduling(subscription, order, catalogue)


def is_charged(order: Order, subscription: Subscription, plan_id: str, catalogue: Catalogue) -> bool:
    """Whether what it charges for is in force at Stripe, so that only the rest of it is left to be done."""
    return order.terms is not None and terms_of(subscription, plan_id, catalogue) == order.terms


def is_waiting(order: Order, subscription: Subscription | None, catalogue: Catalogue, now: Instant) -> bool:
    """Whether the order's payment is still to come."""
    if order.is_unsettled or subscription is None or subscription.pending is None:
        return False
    return now < waits_until(order, subscription) and pending_of(subscription.pending, catalogue) == order.terms


def waits_until(order: Order, subscription: Subscription) -> Instant:
    """Until when its payment is waited for: until Stripe forgets it, or what was scheduled must come back."""
    expires = subscription.pending.expires_at if subscription.pending else subscription.period.end
    if order.before is None or order.after == CANCELLED:
        return expires
    return min(expires, subscription.period.end - BACK_BEFORE)


def what_came(order: Order, subscription: Subscription) -> str | None:
    """The outcome of an order that is done; None where it could not be done to what has ended meanwhile."""
    if subscription.live:
        return order.outcome
    return "applied" if order.after == CANCELLED else None


def ahead_of(order: Order | None, subscription: Subscription, catalogue: Catalogue) -> Terms | None:
    """What is to come at the period's end: what Stripe has, or what an order that is not done is to leave there."""
    ahead = scheduled_of(subscription, catalogue)
    if order is None or (order.waiting and _was_decided_since(subscription, order)):
        return ahead
    return order.after if order.terms is None else ahead or order.before


def end_of(order: Order | None, subscription: Subscription) -> Instant | None:
    """The end that is in sight, if it is another than the period's; also one that an order has let go of."""
    end = subscription.ends_at or (order.ends_at if order else None)
    return None if end == subscription.period.end else end


def pending_of(pending: Pending, catalogue: Catalogue) -> Terms | None:
    """What the subscription becomes once it is paid; None for what the catalogue does not have."""
    plan = catalogue.plans.get(pending.plan or "")
    return Terms(plan.id, pending.interval, seats_of(plan, pending.seats)) if plan else None


def _next_charging(subscription: Subscription, order: Order, now: Instant) -> str:
    if subscription.pending:
        return WAIT if now < waits_until(order, subscription) else GIVE_UP
    if order.waiting or order.is_late(now) or not subscription.period.holds(order.at):
        return GIVE_UP
    if subscription.scheduled:
        return RELEASE
    if subscription.ends_at is not None and order.after != CANCELLED:
        return UNCANCEL
    return CHARGE


def _next_scheduling(subscription: Subscription, order: Order, catalogue: Catalogue) -> str:
    if order.after == CANCELLED:
        return _next_cancelling(subscription)
    if subscription.ends_at is not None:
        # What a schedule is to end goes on by letting go of the schedule: Stripe takes no other way.
        return RELEASE if subscription.scheduled else UNCANCEL
    if order.after is None:
        return RELEASE if subscription.scheduled else DONE
    return DONE if scheduled_of(subscription, catalogue) == order.after else SCHEDULE


def _next_cancelling(subscription: Subscription) -> str:
    at_once = ends_at_once(subscription)
    if subscription.ends_at is not None and not at_once:
        return DONE
    if subscription.scheduled:
        return RELEASE
    return END if at_once else CANCEL


def _was_decided_since(subscription: Subscription, order: Order) -> bool:
    """Whether what is ahead at Stripe is newer than an order that has waited: it left nothing there but an end."""
    if not order.waiting:
        return False
    ahead = subscription.scheduled
    # One of which only the first half was made has no instant yet.
    is_ahead = subscription.ends_at is not None or (ahead is not None and ahead.at is not None)
    return is_ahead or (order.after == CANCELLED and order.terms is not None)
