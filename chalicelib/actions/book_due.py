"""Booking what time alone has changed in an account: its period has ended, its grace, a hold, or credits expired."""

import logging
from dataclasses import replace

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.expire_holds import expire_holds
from chalicelib.actions.take_up import take_up
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State, next_due
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.holds import frees
from chalicelib.domain.journal import Change, begin
from chalicelib.domain.notices import Notice
from chalicelib.domain.periods import Instant
from chalicelib.errors import StripeUnavailable, UnknownAccount
from chalicelib.messages import DueMessage, RechargeMessage

log = logging.getLogger(__name__)


def book_due(deps: Deps, message: DueMessage) -> None:
    """The account as time has made it, an order left behind carried on; nothing where somebody did it already."""

    def decide(state: State, _profile: Profile) -> Commit | None:
        change = booked(state, deps.clock.now(), deps.catalogue)
        return Commit(change) if change else None

    try:
        state = change_account(deps, message.account, decide)
        if frees(state, deps.clock.now()):
            expire_holds(deps, message.account)
        if state.recharge and state.recharge.in_flight and (state.recharge.look_at or 0) <= deps.clock.now():
            deps.queue.recharge(RechargeMessage(message.account, state.recharge.count), deps.clock.now())
        if state.wish is not None and state.wish <= deps.clock.now():
            take_up(deps, message.account)
    except UnknownAccount:
        return
    except StripeUnavailable:
        # The sweep finds the order again in a minute; this message need not come back for it.
        log.warning("order.waits_for_stripe", extra={"account_id": message.account})


def booked(state: State, now: Instant, catalogue: Catalogue) -> Change | None:
    """The change that time has brought, None if it brought none."""
    waiting = None if state.recharge and state.recharge.in_flight else state.recharge
    due = next_due(replace(state, wish=None, holds_until=None, lapses_at=None, recharge=waiting), catalogue)
    if due is None or due > now:
        return None
    change = begin(state, now, catalogue)
    change = change.because(f"period:{change.after.period.start}")
    until = state.grace_until
    if state.standing != "grace" or until is None or until > now:
        return change
    told = Notice(f"grace_over:{state.account}:{until}", "grace_over", "the renewal was not paid in time")
    return change.setting(standing="none", grace_until=None).because(f"grace_over:{until}").noticing(told)
