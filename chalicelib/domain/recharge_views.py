"""The recharge as its owner sees it: the rule, what is spent and left, and what to do where it stands still."""

from dataclasses import dataclass

from chalicelib.domain.accounts import State, as_of
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.money import Money
from chalicelib.domain.periods import Instant, Period
from chalicelib.domain.recharge import (
    ACTION_REQUIRED,
    BACKING_OFF,
    BLOCKED,
    BY_CARD,
    CARD_REFUSED,
    IDLE,
    LIMIT_REACHED,
    MONEY_CAME_BACK,
    NO_CARD,
    NO_PAYMENT_METHOD,
    PENDING,
    Recharge,
    Rule,
    shown,
)


@dataclass(frozen=True)
class RechargeView:
    """Money in minor units of the catalogue's currency; `left_to_spend` also leaves out what is reserved."""

    enabled: bool
    threshold: int
    pack: str
    limit: int
    spent: int
    left_to_spend: int
    period: Period
    state: str
    detail: str | None
    next_attempt_at: Instant | None
    action_url: str | None


def recharge_view(state: State, rule: Rule | None, now: Instant, catalogue: Catalogue) -> RechargeView | None:
    """What is shown now; None where no rule was ever set."""
    state = as_of(state, now, catalogue)
    own = state.recharge
    if own is None or rule is None:
        return None
    word = shown(own, state.available, now)
    return RechargeView(
        enabled=own.enabled,
        threshold=own.threshold,
        pack=rule.pack,
        limit=own.limit,
        spent=own.spent,
        left_to_spend=own.left_to_spend,
        period=state.period,
        state=word,
        detail=_detail(own, rule, word, now, catalogue.currency),
        next_attempt_at=own.look_at if word == BACKING_OFF else None,
        action_url=rule.action_url if own.mode == ACTION_REQUIRED else None,
    )


def _detail(own: Recharge, rule: Rule, word: str, now: Instant, currency: str) -> str | None:
    if own.price > own.limit and not own.in_flight and (word in (IDLE, LIMIT_REACHED) or rule.detail is None):
        return f"a pack costs {Money(own.price, currency)}, which is more than the limit: it can never fire"
    if word == LIMIT_REACHED:
        return "the next pack would pass the spending limit of this period: raise it, or wait for the next period"
    if word == NO_PAYMENT_METHOD:
        return rule.detail or NO_CARD
    if word == PENDING and own.look_at is not None and own.look_at <= now:
        return "Stripe has not answered yet: it is tried again"
    if word == BLOCKED and rule.blocked_by == (BY_CARD,) and rule.detail in (None, MONEY_CAME_BACK):
        return CARD_REFUSED
    return rule.detail if word not in (IDLE, PENDING) or _was_switched_off(own, rule) else None


def _was_switched_off(own: Recharge, rule: Rule) -> bool:
    """Whether its last recharge was declined while it was off, so nobody is going to try again."""
    return not own.enabled and own.mode == IDLE and rule.declined == own.count
