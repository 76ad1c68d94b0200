"""Usage pushed by product backends, grouped by account: one write for each, side by side, an answer for each event."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from chalicelib.actions.count_usage import DUPLICATE, OUT_OF_RANGE, RECORDED, TRY_AGAIN, count_usage
from chalicelib.actions.patience import Patience
from chalicelib.deps import Deps
from chalicelib.domain.usage import WITHIN, UsageEvent
from chalicelib.errors import Throttled, TryAgain, Unavailable, UnknownAccount
from chalicelib.request_errors import Erased

log = logging.getLogger(__name__)

DETAILS = {
    OUT_OF_RANGE: f"at {WITHIN}",
    "unknown_account": "there is no such account",
    "erased": "the account was erased",
    TRY_AGAIN: "it could not be taken just now; send it again",
}


@dataclass(frozen=True)
class Result:
    """What became of one event: recorded, duplicate, or rejected with a code and its meaning."""

    id: str
    result: str
    code: str | None = None
    detail: str | None = None


def record_usage(deps: Deps, events: Sequence[tuple[str, UsageEvent]]) -> list[Result]:
    """One result for each (account, event), in the order given; sending everything again is always right.

    When patience is over, the accounts that are left are `try_again` without being asked for.
    """
    patience = Patience(deps.clock)
    by_account: dict[str, list[int]] = {}
    for position, (account, _) in enumerate(events):
        by_account.setdefault(account, []).append(position)
    groups = [(account, [events[position][1] for position in positions]) for account, positions in by_account.items()]
    recorded = deps.at_once([partial(_record, deps, patience, account, group) for account, group in groups])
    results: dict[int, Result] = {}
    for positions, own in zip(by_account.values(), recorded, strict=True):
        results |= zip(positions, own, strict=True)
    return [results[position] for position in range(len(events))]


def _record(deps: Deps, patience: Patience, account: str, events: Sequence[UsageEvent]) -> list[Result]:
    if patience.is_over:
        return _later(account, events, "not_asked")
    try:
        outcomes = count_usage(deps, account, events).outcomes
        patience.answered()
    except UnknownAccount:
        patience.answered()
        return [_rejected(event, "unknown_account") for event in events]
    except Erased:
        patience.answered()
        return [_rejected(event, "erased") for event in events]
    except TryAgain as error:
        if isinstance(error, Throttled | Unavailable):
            patience.not_answered()
        return _later(account, events, error.code)
    if TRY_AGAIN in outcomes:
        log.warning("usage.window_full", extra={"account_id": account, "events": outcomes.count(TRY_AGAIN)})
    _log_recorded(account, Counter(outcomes))
    return [
        _rejected(event, outcome) if outcome in DETAILS else Result(event.id, outcome)
        for event, outcome in zip(events, outcomes, strict=True)
    ]


def _log_recorded(account: str, came: Counter[str]) -> None:
    """Nothing is told of what was only known already."""
    recorded, duplicates = came[RECORDED], came[DUPLICATE]
    rejected = came.total() - recorded - duplicates
    if recorded or rejected:
        told = {"recorded": recorded, "duplicates": duplicates, "rejected": rejected}
        log.info("usage.recorded", extra={"account_id": account, **told})


def _later(account: str, events: Sequence[UsageEvent], reason: str) -> list[Result]:
    log.warning("usage.try_again", extra={"account_id": account, "events": len(events), "reason": reason})
    return [_rejected(event, TRY_AGAIN) for event in events]


def _rejected(event: UsageEvent, code: str) -> Result:
    return Result(event.id, "rejected", code, DETAILS[code])
