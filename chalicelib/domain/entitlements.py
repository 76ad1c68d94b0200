"""Entitlements: may this account do this now? Of a meter, of a feature, of one more seat it is asked alike.

The first reason that applies decides, in this order: standing, plan, seats, allowance, credits, policy.
"""

from dataclasses import dataclass

from chalicelib.domain.accounts import State
from chalicelib.domain.catalogue import Allowance, Catalogue
from chalicelib.domain.levels import level
from chalicelib.domain.periods import Instant, Period
from chalicelib.domain.usage import UsageEvent, allowance_of, cost

NEEDS_SEATS = frozenset({"create", "review", "invite"})
"""What stops while more members are active than seats are bought."""


@dataclass(frozen=True)
class Credits:
    """Credits that the answer turns on: needed for this, owned, and free to spend."""

    needed: int
    balance: int
    available: int


@dataclass(frozen=True)
class Decision:
    """The answer, with the numbers it was made from. `limit` and `left` are None where nothing limits."""

    account: str
    allowed: bool
    reason: str
    meter: str | None
    quantity: int | None
    used: int | None
    limit: int | None
    left: int | None
    level: str | None
    credits: Credits
    period: Period
    standing: str
    recorded: bool = False
    duplicate: bool = False
    feature: str | None = None


@dataclass(frozen=True)
class Bar:
    """One meter as a customer sees it; `limit` and `left` are None where the meter is unlimited."""

    meter: str
    used: int
    limit: int | None
    left: int | None
    level: str


def bar(used: int, name: str, plan: str, catalogue: Catalogue) -> Bar:
    """The bar of one meter; a meter that the plan lacks has a limit of 0."""
    allowance = allowance_of(catalogue, plan, name)
    included = allowance.included if allowance else 0
    left = None if included is None else max(0, included - used)
    return Bar(name, used, included, left, level(catalogue.meters[name], included, used))


def decide(state: State, event: UsageEvent, now: Instant, catalogue: Catalogue) -> Decision:
    """Whether this much of a meter may be used now; `state` must be true for `now` (accounts.as_of)."""
    meter, allowance = catalogue.meters[event.meter], allowance_of(catalogue, state.plan, event.meter)
    used = state.used.get(event.meter, 0)
    needed = cost(meter, allowance, event, used)
    allowed, reason = _judge(state, allowance, event.quantity, used, needed, now)
    return answer(state, event, now, catalogue, allowed=allowed, reason=reason, needed=needed)


def barred(state: State, now: Instant, *, in_plan: bool, needs_seats: bool) -> str | None:
    """Why nothing of the kind may be done now; None if it may, as far as its allowance goes."""
    if state.standing_at(now) == "none":
        return "standing"
    if not in_plan:
        return "not_in_plan"
    return "seats_over" if needs_seats and state.seats_over else None


def seat_barred(state: State, now: Instant) -> str | None:
    """Why nobody more may take a seat now; None if one is free."""
    full = "seats_full" if state.seats_active >= state.seats_bought else None
    return barred(state, now, in_plan=True, needs_seats=True) or full


def _judge(
    state: State, allowance: Allowance | None, quantity: int, used: int, needed: int, now: Instant
) -> tuple[bool, str]:
    if reason := barred(state, now, in_plan=allowance is not None, needs_seats=True):
        return False, reason
    assert allowance is not None, "what the plan lacks is barred"
    if allowance.included is None or used + quantity <= allowance.included:
        return True, "included"
    if allowance.policy == "credits":
        return (True, "credits") if needed == 0 or needed <= state.available else (False, "not_enough_credits")
    if allowance.policy == "allow" and (allowance.up_to is None or used + quantity <= allowance.up_to):
        return True, "allowed_over"
    return False, "limit_reached"


def answer(  # noqa: PLR0913 - a decision is these six things about a state
    state: State,
    event: UsageEvent,
    now: Instant,
    catalogue: Catalogue,
    *,
    allowed: bool,
    reason: str,
    needed: int,
) -> Decision:
    """A decision about a meter with the numbers as `state` has them."""
    shown = bar(state.used.get(event.meter, 0), event.meter, state.plan, catalogue)
    return Decision(
        account=state.account,
        allowed=allowed,
        reason=reason,
        meter=event.meter,
        quantity=event.quantity,
        used=shown.used,
        limit=shown.limit,
        left=shown.left,
        level=shown.level,
        credits=Credits(needed, state.balance, state.available),
        period=state.period,
        standing=state.standing_at(now),
    )


def decide_feature(state: State, feature: str, now: Instant, catalogue: Catalogue) -> Decision:
    """Whether a feature may be used now."""
    plan, standing = catalogue.plans.get(state.plan), state.standing_at(now)
    in_plan = plan is not None and feature in plan.features
    reason = barred(state, now, in_plan=in_plan, needs_seats=feature in NEEDS_SEATS)
    if feature in catalogue.restricted_features:
        reason = None
    credits = Credits(0, state.balance, state.available)
    return Decision(
        account=state.account,
        allowed=reason is None,
        reason=reason or "included",
        meter=None,
        quantity=None,
        used=None,
        limit=None,
        left=None,
        level=None,
        credits=credits,
        period=state.period,
        standing=standing,
        feature=feature,
    )
