"""Our nouns as JSON: money, periods, bars, decisions, an account's overview."""

from typing import Any

from chalicelib.actions.correct_usage import Corrected
from chalicelib.actions.preview_change import Preview
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.corrections import Correction
from chalicelib.domain.entitlements import Bar, Decision
from chalicelib.domain.entitlements import bar as bar_of
from chalicelib.domain.invoices import InvoiceLine
from chalicelib.domain.money import Money
from chalicelib.domain.overview import NextCharge, Overview, ScheduledChange
from chalicelib.domain.periods import Instant, Period
from chalicelib.domain.recharge_views import RechargeView
from chalicelib.domain.subscriptions import PaymentMethod, PaymentRequired
from chalicelib.web.times import shown

NO_RECHARGE = {"enabled": False}
"""A recharge rule that was never set."""


def money(value: Money) -> dict[str, Any]:
    return {"amount": value.amount, "currency": value.currency}


def time(at: Instant | None) -> str | None:
    return None if at is None else shown(at)


def period(value: Period) -> dict[str, Any]:
    return {"start": shown(value.start), "end": shown(value.end)}


def bar(value: Bar, catalogue: Catalogue) -> dict[str, Any]:
    meter = catalogue.meters[value.meter]
    return {
        "meter": meter.id,
        "name": meter.name,
        "unit": meter.unit,
        "kind": meter.kind,
        "used": value.used,
        "limit": value.limit,
        "left": value.left,
        "level": value.level,
    }


def recharge(value: RechargeView | None, catalogue: Catalogue) -> dict[str, Any]:
    if value is None:
        return NO_RECHARGE
    return {
        "enabled": value.enabled,
        "threshold": value.threshold,
        "pack": value.pack,
        "spending_limit": money(Money(value.limit, catalogue.currency)),
        "spent": money(Money(value.spent, catalogue.currency)),
        "left_to_spend": money(Money(value.left_to_spend, catalogue.currency)),
        "period": period(value.period),
        "state": value.state,
        "detail": value.detail,
        "next_attempt_at": time(value.next_attempt_at),
        "action_url": value.action_url,
    }


def decision(value: Decision) -> dict[str, Any]:
    """A decision; one about a feature names it, and has no numbers of a meter."""
    about = {"feature": value.feature} if value.feature else {}
    return {
        "account": value.account,
        **about,
        "allowed": value.allowed,
        "reason": value.reason,
        "recorded": value.recorded,
        "duplicate": value.duplicate,
        "meter": value.meter,
        "quantity": value.quantity,
        "used": value.used,
        "limit": value.limit,
        "left": value.left,
        "level": value.level,
        "credits": {
            "needed": value.credits.needed,
            "balance": value.credits.balance,
            "available": value.credits.available,
        },
        "period": period(value.period),
        "standing": value.standing,
    }


def corrected(asked: Correction, value: Corrected, catalogue: Catalogue) -> dict[str, Any]:
    tally = value.tally
    used = bar_of(tally.used.get(asked.meter, 0), asked.meter, tally.plan, catalogue)
    return {
        "account": value.state.account,
        "id": asked.id,
        "recorded": not value.duplicate,
        "duplicate": value.duplicate,
        "meter": asked.meter,
        "quantity": asked.quantity,
        "used": used.used,
        "limit": used.limit,
        "left": used.left,
        "level": used.level,
        "credits": {"returned": value.credits, "balance": value.state.balance, "available": value.state.available},
        "period": period(tally.period),
    }


def overview(value: Overview, catalogue: Catalogue, *, for_member: bool) -> dict[str, Any]:
    """The overview; a member does not see what only the product's own backend needs."""
    customer = {} if for_member else {"stripe_customer_id": value.stripe_customer_id}
    return {
        "id": value.id,
        "name": value.name,
        "email": value.email,
        "created_at": shown(value.created_at),
        **customer,
        "plan": {"id": value.plan, "name": value.plan_name, "interval": value.interval},
        "standing": value.standing,
        "status": value.status,
        "period": period(value.period),
        "usage_period": period(value.usage_period),
        "renews_at": time(value.renews_at),
        "ends_at": time(value.ends_at),
        "next_charge": _next_charge(value.next_charge),
        "seats": _seats(value),
        "scheduled_change": scheduled_change(value.scheduled_change),
        "payment_required": _payment_required(value.payment_required),
        "payment_method": _payment_method(value.payment_method),
        "drift": None if value.drift is None else {"detail": value.drift},
        "usage": [bar(each, catalogue) for each in value.usage],
        "credits": {
            "balance": value.balance,
            "held": value.held,
            "available": value.available,
            "recharge": recharge(value.recharge, catalogue),
        },
    }


def preview(value: Preview) -> dict[str, Any]:
    due = {"amount": value.bill.due.amount, "tax": value.bill.tax, "currency": value.bill.due.currency}
    return {
        "outcome": value.outcome,
        "effective_at": shown(value.effective_at),
        "due_now": due,
        "lines": [_line(each) for each in value.bill.lines],
        "next_charge": _next_charge(value.next_charge),
        "drops": [scheduled_change(each) for each in value.drops],
        "preview_id": value.preview_id,
    }


def _line(value: InvoiceLine) -> dict[str, Any]:
    return {
        "description": value.description,
        "quantity": value.quantity,
        "amount": value.amount,
        "proration": value.proration,
    }


def scheduled_change(value: ScheduledChange | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {"plan": value.plan, "interval": value.interval, "seats": value.seats, "at": shown(value.at)}


def _seats(value: Overview) -> dict[str, Any]:
    seats = value.seats
    return {
        "bought": seats.bought,
        "active": seats.active,
        "invited": seats.invited,
        "free": seats.free,
        "over": seats.over,
    }


def _next_charge(value: NextCharge | None) -> dict[str, Any] | None:
    return None if value is None else {**money(value.money), "at": shown(value.at)}


def _payment_required(value: PaymentRequired | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {"url": value.url, **money(value.amount), "expires_at": time(value.expires_at)}


def _payment_method(value: PaymentMethod | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {
        "type": value.type,
        "brand": value.brand,
        "last4": value.last4,
        "exp_month": value.exp_month,
        "exp_year": value.exp_year,
    }
