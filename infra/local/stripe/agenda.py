"""What Stripe itself does in time: renewals, finalisations, retries, expiries, each at its own instant."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from infra.local.stripe import checkout_sessions, dunning, subscription_life
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
    for subscription in state.every("subscription"):
        if subscription["status"] in subscription_life.BILLED:
            yield Appointment(subscription_life.next_turn(subscription), subscription_life.turn, subscription)
        elif subscription["status"] == "incomplete":
            expires_at = subscription["created"] + subscription_life.INCOMPLETE_FOR
            yield Appointment(expires_at, subscription_life.expire, subscription)
