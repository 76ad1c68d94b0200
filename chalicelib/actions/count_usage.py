"""Usage of one account counted in one write: what `POST /v1/usage`, the usage queue and `consume` share.

A failed condition says nothing about who was first: the ids are looked for again in the state that came back, so our
own write whose answer was lost is found and not repeated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.actions.erased import check_not_erased
from chalicelib.actions.expire_holds import expire_holds
from chalicelib.actions.lapses import booked, unbooked
from chalicelib.actions.late_periods import has_period, reaching
from chalicelib.deps import Deps
from chalicelib.domain import journal
from chalicelib.domain.accounts import ClosedPeriod, State
from chalicelib.domain.counting import counting, tally_at
from chalicelib.domain.entitlements import Decision, decide
from chalicelib.domain.holds import frees
from chalicelib.domain.journal import Change
from chalicelib.domain.periods import DAY, Instant
from chalicelib.domain.usage import UsageEvent, in_window
from chalicelib.errors import Busy, ConditionFailed, UnknownAccount

TRIES = 20
FENCE_WAIT = 0.05
"""Seconds between looks at an account whose usage waits for another write."""
LONGEST_WAIT = 3_600
"""Seconds after which it is worth another try at the latest."""

RECORDED, DUPLICATE, OUT_OF_RANGE, TRY_AGAIN = "recorded", "duplicate", "at_out_of_range", "try_again"


@dataclass(frozen=True)
class Counted:
    """What became of each event, and the state afterwards; `decision` where one was asked for.

    For one late event that was asked for, the state shows the counters of the period that holds it.
    """

    outcomes: Sequence[str]
    state: State
    decision: Decision | None = None


@dataclass(frozen=True)
class _Try:
    """The change that would count what is fresh; by position what becomes of each event."""

    outcomes: Sequence[str]
    change: Change
    fresh: Mapping[bytes, UsageEvent]


def count_usage(
    deps: Deps, account: str, events: Sequence[UsageEvent], *, ask: bool = False, dry_run: bool = False
) -> Counted:
    """Each event counted exactly once. With `ask` the one event is decided first and a refusal writes nothing.

    With `dry_run` nothing is written at all. Raises UnknownAccount, and Busy, Throttled or Unavailable, after which the
    same call must be made again.
    """
    state = None if dry_run else deps.store.cached(account) or deps.store.met(account, deps.clock.now())
    sure = False
    for _ in range(TRIES):
        if state is None:
            state, sure = _surely(deps, account), True
        now = deps.clock.now()
        state = unbooked(deps, state, now) if dry_run else booked(deps, state, now)
        attempt = _try(deps, state, events, now, ask=ask, sure=sure)
        decision = _decide(deps, attempt, events[0], now) if ask else None
        refused = decision is not None and not decision.allowed
        if attempt is None or (not sure and (refused or (ask and attempt.outcomes[0] == DUPLICATE))):
            state = None
            continue
        if refused and not dry_run and _freed(deps, state, decision):
            state = None
            continue
        if not attempt.fresh or refused or dry_run:
            return Counted(attempt.outcomes, _shown(state, attempt.change, events[0], now), decision)
        change = counting(attempt.change, attempt.fresh, deps.catalogue)
        try:
            written = deps.store.count(change, asked=ask) or deps.store.commit(change, usage=True)
        except ConditionFailed as error:
            state, sure = _after(deps, account, error), True
            continue
        return Counted(attempt.outcomes, _shown(written, change, events[0], now), decision)
    raise Busy(f"others kept writing to {account}")


def _freed(deps: Deps, state: State, decision: Decision | None) -> bool:
    """Whether credits that it was refused for were held in vain, and came back."""
    wanted = decision is not None and decision.reason == "not_enough_credits"
    return wanted and frees(state, deps.clock.now()) and expire_holds(deps, state.account) > 0


def _surely(deps: Deps, account: str) -> State:
    state = deps.store.state(account, consistent=True)
    if state is None:
        raise UnknownAccount(account)
    return state


def _try(deps: Deps, state: State, events: Sequence[UsageEvent], now: Instant, *, ask: bool, sure: bool) -> _Try | None:
    """None if the state is too old to tell which events are known; raises Erased."""
    check_not_erased(state)
    identities = deps.store.identities(state, [event.id for event in events])
    known = deps.store.known(state, identities, now)
    if known is None:
        return None
    in_time = {
        position: _happened(deps, event, now)
        for position, event in enumerate(events)
        if in_window(event.at, now) and (ask or identities[position] not in known.ids)
    }
    begun = journal.begin(state, now, deps.catalogue)
    # Whoever asks again is told what was written, so no stale read will do.
    sure_of_periods = sure or (ask and bool(known.ids))
    change = reaching(deps, begun, [event.at for event in in_time.values()], sure=sure_of_periods)
    outcomes, fresh = list[str](), dict[bytes, UsageEvent]()
    for position, identity in enumerate(identities):
        event = in_time.get(position)
        if identity in known.ids or identity in fresh:
            outcomes.append(DUPLICATE)
        elif event is not None and has_period(change, event.at):
            outcomes.append(RECORDED)
            fresh[identity] = event
        else:
            outcomes.append(OUT_OF_RANGE)
    if fresh and known.room < len(fresh):
        full_now = [
            TRY_AGAIN if identity in fresh else outcome for identity, outcome in zip(identities, outcomes, strict=True)
        ]
        # Others may have counted meanwhile what looks new here.
        return _Try(full_now, change, {}) if sure else None
    return _Try(outcomes, change, fresh)


def _happened(deps: Deps, event: UsageEvent, now: Instant) -> UsageEvent:
    """A backend's clock may be ahead of ours: what has happened, happened by now. Gauges are compared by their own."""
    if event.at <= now or deps.catalogue.meters[event.meter].kind == "gauge":
        return event
    return replace(event, at=now)


def full(account: str, now: Instant) -> Busy:
    """What new usage is told while the window holds as many ids as it may: when the window moves on, at midnight."""
    busy = Busy(f"{account} has as many events within the window as it may have")
    busy.after = min(LONGEST_WAIT, DAY - now % DAY)
    return busy


def _decide(deps: Deps, attempt: _Try | None, event: UsageEvent, now: Instant) -> Decision | None:
    """The decision by the counters of the period that holds the event; None where there is nothing to count."""
    if attempt is None or not attempt.fresh:
        return None
    return decide(_shown(attempt.change.after, attempt.change, event, now), event, now, deps.catalogue)


def _shown(after: State, change: Change, event: UsageEvent, now: Instant) -> State:
    """The state after the change, with the counters of the period that holds the event."""
    tally = tally_at(change, min(event.at, now))
    if not isinstance(tally, ClosedPeriod):
        return after
    return replace(after, period=tally.period, plan=tally.plan, used=tally.used, credits_used=tally.credits_used)


def _after(deps: Deps, account: str, error: ConditionFailed) -> State | None:
    """The state as it stands; a fenced one is waited for, because another write has lost too often."""
    state = deps.store.current_state(error)
    if state is not None and state.fence is not None and state.fence > deps.clock.now():
        deps.store.wait(FENCE_WAIT)
        return deps.store.state(account, consistent=True)
    return state
