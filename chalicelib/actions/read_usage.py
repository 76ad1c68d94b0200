"""The usage bars of this usage period, or of the one that held an instant.

A period ends by the clock alone: one that is over may not have been closed yet, and of months in which nothing happened
only some are kept.
"""

from dataclasses import replace

from chalicelib.actions.check import read_state
from chalicelib.deps import Deps
from chalicelib.domain.accounts import ClosedPeriod, State, as_of, closed, in_period
from chalicelib.domain.entitlements import Bar, bar
from chalicelib.domain.periods import Instant, Period, period_at
from chalicelib.errors import BadParameter, Problem


def read_usage(deps: Deps, account: str, at: Instant | None) -> tuple[Period, list[Bar]]:
    """The period and one bar for each meter.

    Raises UnknownAccount, or BadParameter for an instant outside the account's life.
    """
    stored = read_state(deps, account)
    state = as_of(stored, deps.clock.now(), deps.catalogue)
    if at is not None and not state.created <= at < state.period.end:
        raise BadParameter([Problem("at", "must be between the account's creation and the end of this usage period")])
    tally = closed(state) if at is None or state.period.holds(at) else _ended(deps, stored, at)
    return tally.period, [bar(tally.used.get(m, 0), m, tally.plan, deps.catalogue) for m in deps.catalogue.meters]


def _ended(deps: Deps, stored: State, at: Instant) -> ClosedPeriod:
    if at >= stored.period.start:
        return closed(as_of(stored, at, deps.catalogue))
    found = deps.store.closed_period(stored.account, at)
    assert found is not None, "the period of an account's creation is closed before any other"
    if found.period.holds(at):
        return found
    then = replace(stored, plan=found.plan, used=found.used, credits_used=found.credits_used)
    return closed(in_period(then, period_at(_anchor_of(stored, found.period.end), at), deps.catalogue))


def _anchor_of(state: State, start: Instant) -> Instant:
    """What the months from `start` were counted from: it may be a month's last day in place of a later one.

    Months that began by a subscription which is not the account's newest are counted from their own start.
    """
    return next((each for each in (state.anchor, state.created) if period_at(each, start).start == start), start)
