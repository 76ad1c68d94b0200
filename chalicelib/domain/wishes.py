"""Wishes: what somebody wants a subscription to be, and when that can happen.

Plan rank first, then interval, then seats: the first that differs decides for all. More is now, less is at the period's
end, and what is wished anew replaces what was scheduled before.
"""

from dataclasses import dataclass, replace

from chalicelib.domain.catalogue import Catalogue, Plan
from chalicelib.domain.plans import FREE
from chalicelib.domain.subscriptions import OWING, Subscription, plan_of

CHECKOUT, CONTACT_SALES, UNCHANGED = "checkout", "contact_sales", "unchanged"
NOW, PERIOD_END, KEEP, CANCEL = "now", "period_end", "keep", "cancel"
IDLE = frozenset({"incomplete", "paused"})
"""Of a subscription in these states nothing is being paid for, and Stripe takes no end for it but one at once."""


@dataclass(frozen=True)
class Wish:
    """What somebody wants the subscription to be; None stays as it is."""

    plan: str | None = None
    interval: str | None = None
    seats: int | None = None


@dataclass(frozen=True)
class Terms:
    """A plan, how often it is paid, and for how many seats; on the free plan nothing is paid."""

    plan: str
    interval: str | None
    seats: int


CANCELLED = Terms(FREE, None, 0)
"""What is scheduled where a subscription is to end."""


@dataclass(frozen=True)
class Refusal:
    """Why a wish cannot be: a stable code, what was wrong, and in which fields (field, problem) it was."""

    code: str
    detail: str = ""
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Decision:
    """When a wish comes true, and what is scheduled afterwards.

    `now` charges for `terms`, `period_end` schedules `after`, `keep` only takes back what was scheduled, `cancel` ends.
    """

    outcome: str
    terms: Terms | None = None
    after: Terms | None = None


@dataclass(frozen=True)
class Standpoint:
    """Where a wish finds an account: its live subscription, what is scheduled, and how many members hold seats.

    While it is `unsettled` an order before the wish is not done: nothing stays as it is by itself. What is paid
    `by_debit` is charged at once as well, but paid days later or never.
    """

    plan: str
    subscription: Subscription | None
    scheduled: Terms | None
    active: int
    unsettled: bool = False
    by_debit: bool = False


def decide(wish: Wish, account: Standpoint, catalogue: Catalogue) -> Decision | Refusal:
    """What a wish leads to, or why it cannot be."""
    subscription = account.subscription
    plan = catalogue.plans.get(wish.plan or (subscription and subscription.plan) or account.plan)
    if wish.plan == FREE:
        return _to_free(wish, account)
    refusal = _cannot_be_named(wish, subscription, plan)
    if refusal or plan is None:
        return refusal or Refusal("not_for_sale", "the plan of the account is not offered any more: name another one")
    # What people sold by invoice people change: Stripe lets no change of it wait for its payment.
    if plan.contact_sales or (subscription is not None and subscription.by_invoice):
        sold = Terms(plan.id, None, plan.seats_min)
        return Decision(UNCHANGED) if _names_nothing_new(wish, subscription, plan) else Decision(CONTACT_SALES, sold)
    if subscription is None:
        target = _target(wish, None, plan)
        return _unfit(target, plan, account.active) or Decision(CHECKOUT, target)
    return _changed(wish, subscription, account, plan, catalogue)


def terms_of(subscription: Subscription, plan_id: str, catalogue: Catalogue) -> Terms:
    """What the subscription is now; one of an unknown price is taken for the plan that its account has."""
    plan = plan_of(subscription, catalogue) or catalogue.plans.get(plan_id) or catalogue.free
    return Terms(plan.id, subscription.interval, seats_of(plan, subscription.seats))


def scheduled_of(subscription: Subscription, catalogue: Catalogue) -> Terms | None:
    """What the subscription is to become at its period's end, its end included; None if it stays as it is."""
    if subscription.ends_at is not None:
        return CANCELLED
    scheduled = subscription.scheduled
    plan = catalogue.plans.get(scheduled.plan) if scheduled and scheduled.plan else None
    return Terms(plan.id, scheduled.interval, seats_of(plan, scheduled.seats)) if scheduled and plan else None


def seats_of(plan: Plan, quantity: int) -> int:
    """The seats that Stripe's quantity of a plan gives."""
    return quantity if plan.per_seat else plan.seats_max


def ends_at_once(subscription: Subscription) -> bool:
    """Whether an end is one at once: nothing that is paid runs on, and Stripe would go on collecting what is not."""
    return subscription.owes_period or subscription.status in IDLE


def _to_free(wish: Wish, account: Standpoint) -> Decision | Refusal:
    named = {"interval": wish.interval, "seats": wish.seats}
    problems = tuple((field, "cannot be chosen on the free plan") for field, value in named.items() if value)
    if problems:
        return Refusal("invalid", problems=problems)
    subscription = account.subscription
    if subscription is None:
        return Decision(UNCHANGED)
    is_over = subscription.ends_at is not None and subscription.pending is None and not ends_at_once(subscription)
    return Decision(UNCHANGED) if is_over and not account.unsettled else Decision(CANCEL, after=CANCELLED)


def _cannot_be_named(wish: Wish, subscription: Subscription | None, plan: Plan | None) -> Refusal | None:
    if wish.plan is None and subscription is None:
        return _invalid("plan", "is needed: the account has no subscription that could be changed")
    if plan is None and wish.plan is not None:
        return Refusal("unknown_plan", f"there is no plan {wish.plan}")
    return None


def _names_nothing_new(wish: Wish, subscription: Subscription | None, plan: Plan) -> bool:
    if subscription is None or subscription.plan != plan.id:
        return False
    return wish.interval in (None, subscription.interval) and wish.seats in (None, subscription.seats)


def _target(wish: Wish, current: Terms | None, plan: Plan) -> Terms:
    """The terms that are wished for. Seats left out stay as they are, but not below the plan's least."""
    interval = wish.interval or (current.interval if current else None) or "month"
    if not plan.per_seat:
        return Terms(plan.id, interval, wish.seats or plan.seats_max)
    kept = max(current.seats, plan.seats_min) if current else plan.seats_min
    return Terms(plan.id, interval, kept if wish.seats is None else wish.seats)


def _changed(
    wish: Wish, subscription: Subscription, account: Standpoint, plan: Plan, catalogue: Catalogue
) -> Decision | Refusal:
    current = terms_of(subscription, account.plan, catalogue)
    target = _target(wish, current, plan)
    if target == current:
        return _taken_back(wish, current, account, catalogue)
    refusal = _held_up(subscription) or _unfit(target, plan, account.active)
    if refusal:
        return refusal
    rank = plan.rank - catalogue.plans[current.plan].rank
    if rank > 0 and (current.interval, target.interval) == ("year", "month"):
        return Refusal("mixed_change", f"first change to {target.plan} by the year, then from year to month")
    if not _is_more(rank, current, target):
        return Decision(PERIOD_END, after=target)
    if account.by_debit and target.interval != current.interval:
        return Refusal("card_needed", "a debit takes days, and a new period cannot begin unpaid")
    if rank or target.interval != current.interval:
        return Decision(NOW, target)
    return _with_more_seats(target, current, account.scheduled, catalogue)


def _is_more(rank: int, current: Terms, target: Terms) -> bool:
    if rank:
        return rank > 0
    if target.interval != current.interval:
        return target.interval == "year"
    return target.seats > current.seats


def _taken_back(wish: Wish, current: Terms, account: Standpoint, catalogue: Catalogue) -> Decision:
    """What is in force was wished for: what is scheduled or waits against that is taken back, at no charge."""
    waits = account.unsettled or (account.subscription is not None and account.subscription.pending is not None)
    rest = _left_of(account.scheduled, wish, current, catalogue)
    if wish == Wish() or (rest == account.scheduled and not waits):
        return Decision(UNCHANGED)
    if rest is None:
        return Decision(KEEP)
    return Decision(CANCEL if rest == CANCELLED else PERIOD_END, after=rest)


def _left_of(scheduled: Terms | None, wish: Wish, current: Terms, catalogue: Catalogue) -> Terms | None:
    """What stays scheduled once the interval or the seats in force were wished for; naming the plan leaves nothing."""
    if scheduled is None or wish.plan is not None:
        return None
    if scheduled == CANCELLED:
        return scheduled
    rest = replace(scheduled, interval=current.interval) if wish.interval else scheduled
    if wish.seats is not None and catalogue.plans[scheduled.plan].per_seat:
        rest = replace(rest, seats=current.seats)
    return None if rest == current else rest


def _with_more_seats(
    target: Terms, current: Terms, scheduled: Terms | None, catalogue: Catalogue
) -> Decision | Refusal:
    """More seats keep what is scheduled, which takes the new seats along; a reduction of seats alone is over."""
    if scheduled is None or scheduled == CANCELLED:
        return Decision(NOW, target, scheduled)
    plan = catalogue.plans[scheduled.plan]
    if (scheduled.plan, scheduled.interval) == (current.plan, current.interval):
        return Decision(NOW, target)
    if plan.per_seat and target.seats > plan.seats_max:
        return _invalid("seats", f"must be at most {plan.seats_max}: {plan.id} has no more, and it is scheduled")
    return Decision(NOW, target, replace(scheduled, seats=target.seats if plan.per_seat else plan.seats_max))


def _held_up(subscription: Subscription) -> Refusal | None:
    """A subscription that owes, or whose last payment is on its way, cannot take another charge."""
    if subscription.status in OWING:
        return Refusal("past_due", "the last invoice is not paid: pay it, or cancel, and then change")
    if subscription.status == "paused":
        return Refusal("paused", "the subscription is paused at Stripe: let it go on, and then change")
    if subscription.never_paid or subscription.awaits_payment:
        return Refusal("payment_pending", "the last change is not paid yet: finish its payment, and then change")
    return None


def _unfit(target: Terms, plan: Plan, active: int) -> Refusal | None:
    if target.interval not in plan.prices:
        return Refusal("not_for_sale", f"{plan.id} is not sold by the {target.interval}")
    least, most = (plan.seats_min, plan.seats_max) if plan.per_seat else (plan.seats_max, plan.seats_max)
    if not least <= target.seats <= most:
        alone = f"must be left out or {most}: the plan comes with that many"
        return _invalid("seats", f"must be an integer from {least} to {most}" if plan.per_seat else alone)
    if target.seats < active:
        return Refusal("seats_in_use", f"{active} members hold a seat, and {target.seats} are wished for")
    return None


def _invalid(field: str, problem: str) -> Refusal:
    return Refusal("invalid", problems=((field, problem),))
