"""Notices: what people and backends are told, each with one stable id for what it tells.

A notice is written with the change that causes it, so it can be told twice but never be lost.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "usage_warning",
    "limit_reached",
    "usage_recovered",
    "plan_changed",
    "seats_changed",
    "seats_over",
    "change_applied",
    "change_scheduled",
    "scheduled_change_dropped",
    "cancellation_scheduled",
    "cancellation_undone",
    "change_given_up",
    "payment_required",
    "payment_pending",
    "upgrade_failed",
    "upgrade_expired",
    "first_payment_failed",
    "payment_failed",
    "payment_recovered",
    "grace_over",
    "payment_method_removed",
    "payment_method_expiring",
    "subscription_ended",
    "second_subscription_refunded",
    "refund_failed",
    "credits_taken_back",
    "credits_given_back",
    "recharge_started",
    "recharge_done",
    "recharge_declined",
    "recharge_action_required",
    "recharge_limit_reached",
    "recharge_blocked",
    "recharge_no_payment_method",
]
"""Everything that can be told; the README says when each is."""
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Notice:
    """One thing to tell; `id` names the cause, so that the same thing told twice is known."""

    id: str
    kind: Kind
    detail: str
    meter: str | None = None
