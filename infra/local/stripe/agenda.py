"""What Stripe itself does in time: renewals, finalisations, retries, expiries, each at its own instant."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from infra.local.stripe import (
    checkout_sessions,
    collection_pauses,
    debit_life,
    dunning,
    pauses,
    pending_updates,
    refunds,
    resumptions,
    schedule_life,
    sent_invoices,
    subscription_life,
    subscription_updates,
)
from infra.local.stripe.state import Object, State


class Appointment(NamedTuple):
    at: int
    act: Callable[[State, Object], object]
    obj: Object


def next_due(state: State) -> int | None:
    with state.lock:
        return min((each.at for each in _appointments(state)), default=None)


def work(state: State) -> bool:
    """Do what is due, in the order of its instants; say whether there was anything."""
    worked = False
    with state.lock:
        while (first := _first_due(state)) is not None:
            first.act(state, first.obj)
            worked = True
    return worked


def _first_due(state: State) -> Appointment | None:
    due = [each for each in _appointments(state) if each.at <= state.now()]
    return min(due, key=lambda each: each.at, default=None)


def _appointments(state: State) -> Iterator[Appointment]:
    for session in state.every("checkout.session", status="open"):
        yield Appointment(session["expires_at"], checkout_sessions.end, session)
    for invoice in state.every("invoice"):
        finalizes_at = dunning.finalizes_at(state, invoice)
        if finalizes_at is not None:
            yield Appointment(finalizes_at, dunning.finalize, invoice)
        elif invoice["status"] == "open" and invoice["next_payment_attempt"] is not None:
            yield Appointment(invoice["next_payment_attempt"], dunning.attempt, invoice)
        elif (overdue_at := sent_invoices.overdue_at(invoice)) is not None:
            yield Appointment(overdue_at, sent_invoices.overdue, invoice)
    yield from _of_money(state)
    # A pending update is forgotten at the latest when the period ends, before anything else happens then.
    for subscription in state.every("subscription"):
        if (expires_at := pending_updates.expires_at(subscription)) is not None:
            yield Appointment(expires_at, subscription_updates.expire, subscription)
    # A phase that begins with a renewal comes before it: it is what the renewal bills.
    yield from _of_schedules(state)
    yield from _of_subscriptions(state)


def _of_money(state: State) -> Iterator[Appointment]:
    """Banks answer to debits, and refunds turn out to have failed."""
    for intent in state.every("payment_intent", status="processing"):
        yield Appointment(intent["_settles_at"], debit_life.settle, intent)
    for refund in state.every("refund"):
        if "_turns_to" in refund:
            yield Appointment(refund["_turns_at"], refunds.turn, refund)


def _of_schedules(state: State) -> Iterator[Appointment]:
    for schedule in state.every("subscription_schedule", status="active"):
        yield Appointment(schedule["current_phase"]["end_date"], schedule_life.turn, schedule)
        warns_at = schedule_life.warns_at(schedule)
        if warns_at is not None:
            yield Appointment(warns_at, schedule_life.warn, schedule)


def _of_subscriptions(state: State) -> Iterator[Appointment]:
    for subscription in state.every("subscription"):
        if subscription["status"] in subscription_life.BILLED:
            yield Appointment(subscription_life.next_turn(subscription), subscription_life.turn, subscription)
        elif subscription["status"] == "incomplete":
            expires_at = subscription["created"] + subscription_life.INCOMPLETE_FOR
            yield Appointment(expires_at, subscription_life.expire, subscription)
        yield from _of_pauses(state, subscription)


def _of_pauses(state: State, subscription: Object) -> Iterator[Appointment]:
    if (expires_at := resumptions.expires_at(state, subscription)) is not None:
        yield Appointment(expires_at, pauses.give_up, subscription)
    if (resumes_at := collection_pauses.resumes_at(subscription)) is not None:
        yield Appointment(resumes_at, collection_pauses.resume, subscription)
