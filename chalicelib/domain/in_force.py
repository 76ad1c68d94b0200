"""What is in force: the plan, standing and seats that a subscription gives its account.

Only what is paid for, or in grace, is given. Stripe says `active` of what it has not been paid for yet: a debit takes
days, and may come to nothing. So what the account had before decides wherever a payment is still on its way. What is
paid by invoice is given before: it is as Stripe says until the due date, and in grace from then on.
"""

from dataclasses import dataclass, replace

from chalicelib.domain.catalogue import Catalogue, Plan
from chalicelib.domain.periods import DAY, Instant
from chalicelib.domain.plans import FREE
from chalicelib.domain.subscriptions import OWING, STANDING, Subscription, plan_of


@dataclass(frozen=True)
class InForce:
    """What an account has."""

    plan: str
    standing: str
    grace_until: Instant | None
    seats: int


def in_force(subscription: Subscription | None, had: InForce, catalogue: Catalogue) -> InForce:
    """What an account has by its subscription that `had` something by the same one, or by none.

    A change that is not paid yet leaves plan and seats as they were, and is no reason for dunning. So does a price that
    the catalogue does not know, but its seats count.
    """
    if subscription is None or not subscription.live or subscription.never_paid:
        return without(had, catalogue)
    plan = plan_of(subscription, catalogue)
    if had.plan == FREE and (plan is None or subscription.awaits_payment):
        return without(had, catalogue)
    if subscription.awaits_payment:
        return _standing(subscription, had, catalogue)
    if plan is None:
        seats = seats_given(subscription, catalogue.plans.get(had.plan), had.seats)
        return _standing(subscription, replace(had, seats=seats), catalogue)
    given = InForce(plan.id, had.standing, None, seats_given(subscription, plan, had.seats))
    return _standing(subscription, given, catalogue)


def without(had: InForce, catalogue: Catalogue) -> InForce:
    """What is left of it without a subscription; what the plan's end once left stays so."""
    if had.plan == FREE:
        return replace(had, grace_until=None, seats=catalogue.free.seats_max)
    return ended(catalogue.plans.get(had.plan), catalogue)


def ended(plan: Plan | None, catalogue: Catalogue) -> InForce:
    """What is left when `plan` has ended: the free plan, or log in and export only."""
    standing = "none" if plan is not None and plan.ends_to == "restricted" else "good"
    return InForce(FREE, standing, None, catalogue.free.seats_max)


def seats_given(subscription: Subscription, plan: Plan | None, had: int) -> int:
    """How many seats it gives; a plan that has left the catalogue cannot say, so they stay."""
    if plan is None:
        return had
    return subscription.seats if plan.per_seat else plan.seats_max


def _standing(subscription: Subscription, given: InForce, catalogue: Catalogue) -> InForce:
    """Grace runs for the catalogue's days from the oldest renewal that is not paid, by invoice from its due date."""
    standing = STANDING.get(subscription.status, "none")
    if subscription.status in OWING and subscription.owes_change_alone:
        return _as_bought(subscription, given)
    if standing != "grace":
        return replace(given, standing=standing, grace_until=None)
    until = _failed_at(subscription) + catalogue.grace_days * DAY
    if until <= subscription.as_of:
        return replace(given, standing="none", grace_until=None)
    return replace(given, standing="grace", grace_until=until)


def _as_bought(subscription: Subscription, given: InForce) -> InForce:
    """A change that nobody paid is no dunning: what was bought before lasts as long as it was bought for.

    Mostly that is put back (domain/unpaid_changes.py); but not what the change has begun a new period for.
    """
    bought = subscription.bought
    if bought is None:
        return replace(given, standing="good" if subscription.status == "past_due" else "none", grace_until=None)
    if bought.period == subscription.period:
        return replace(given, standing="good", grace_until=None)
    if subscription.as_of >= bought.period.end:
        return replace(given, standing="none", grace_until=None)
    return replace(given, standing="grace", grace_until=bought.period.end)


def _failed_at(subscription: Subscription) -> Instant:
    invoice = subscription.latest_invoice
    if invoice is None or invoice.status != "open":
        return subscription.period.start
    return invoice.created if invoice.due_at is None else invoice.due_at
