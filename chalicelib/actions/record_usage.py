"""Usage pushed by product backends, grouped by account: one write for each, side by side, an answer for each event."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from chalicelib.actions.count_usage import OUT_OF_RANGE, TRY_AGAIN, count_usage
from chalicelib.deps import Deps
from chalicelib.domain.usage import WITHIN, UsageEvent
from chalicelib.errors import TryAgain, UnknownAccount

log = logging.getLogger(__name__)

DETAILS = {
    OUT_OF_RANGE: f"at {WITHIN}",
    "unknown_account": "there is no such account",
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
    """One result for each (account, event), in the order given; sending everything again is always right."""
    by_account: dict[str, list[int]] = {}
    for position, (account, _) in enumerate(events):
        by_account.setdefault(account, []).append(position)
    groups = [(account, [events[position][1] for position in positions]) for account, positions in by_account.items()]
    recorded = deps.at_once([partial(_record, deps, account, group) for account, group in groups])
    results: dict[int, Result] = {}
    for positions, own in zip(by_account.values(), recorded, strict=True):
        results |= zip(positions, own, strict=True)
    return [results[position] for position in range(len(events))]


def _record(deps: Deps, account: str, events: Sequence[UsageEvent]) -> list[Result]:
    try:
        outcomes = count_usage(deps, account, events).outcomes
    except UnknownAccount:
        return [_rejected(event, "unknown_account") for event in events]
    except TryAgain as error:
        log.warning("usage.try_again", extra={"account_id": account, "events": len(events), "reason": error.code})
        return [_rejected(event, TRY_AGAIN) for event in events]
    if TRY_AGAIN in outcomes:
        log.warning("usage.window_full", extra={"account_id": account, "events": outcomes.count(TRY_AGAIN)})
    log.info("usage.recorded", extra={"account_id": account, "events": len(events)})
    return [
        _rejected(event, outcome) if outcome in DETAILS else Result(event.id, outcome)
        for event, outcome in zip(events, outcomes, strict=True)
    ]


def _rejected(event: UsageEvent, code: str) -> Result:
    return Result(event.id, "rejected", code, DETAILS[code])
