"""Levels: how near its limit a meter is, and what an account is told when that changes.

Each crossing is told once, by the entry in which it happens; the same level again only after it was left, or in a new
period.
"""

from chalicelib.domain.accounts import State
from chalicelib.domain.catalogue import Allowance, Catalogue, Meter
from chalicelib.domain.notices import Kind, Notice
from chalicelib.domain.usage import allowance_of

RANKS = {"ok": 0, "warning": 1, "reached": 2, "over": 2}
RISEN: dict[int, Kind] = {1: "usage_warning", 2: "limit_reached"}
"""What is told of a rank that was reached from below."""


def warning_at(meter: Meter, included: int) -> int:
    """The first use that counts as near the limit."""
    return -(-included * meter.warning_percent // 100)


def level(meter: Meter, included: int | None, used: int) -> str:
    """How near to its limit a meter is: ok, warning, reached or over; an unlimited one is always ok."""
    if included is None or used < min(included, warning_at(meter, included)):
        return "ok"
    if used < included:
        return "warning"
    return "reached" if used == included else "over"


def next_level(meter: Meter, allowance: Allowance | None, used: int) -> int | None:
    """The next use of which somebody is told: the warning level, then the limit; None when there is none ahead.

    Where nothing is included the first use is told: the limit was reached before, but nobody had met it.
    """
    if allowance is None or allowance.included is None:
        return None
    first = max(1, min(warning_at(meter, allowance.included), allowance.included))
    if used < first:
        return first
    return allowance.included if used < allowance.included else None


def crossings(before: State, after: State, catalogue: Catalogue) -> list[Notice]:
    """What to tell of the levels that lie between the two states, at most one notice for each meter.

    That counters start again with a period is not news; gauges do not, and a change of plan moves levels, too. Nothing
    recovers by a plan that lacks the meter.
    """
    crossed = [_crossing(before, after, meter, catalogue) for meter in catalogue.meters.values()]
    return [notice for notice in crossed if notice]


def _crossing(before: State, after: State, meter: Meter, catalogue: Catalogue) -> Notice | None:
    used = after.used.get(meter.id, 0)
    is_anew = before.period.start != after.period.start and meter.kind == "counter"
    was = 0 if is_anew else _rank(before.plan, meter, before.used.get(meter.id, 0), catalogue)
    rank = _rank(after.plan, meter, used, catalogue)
    if rank == was or (rank < was and allowance_of(catalogue, after.plan, meter.id) is None):
        return None
    kind = RISEN[rank] if rank > was else "usage_recovered"
    limit = _included(after.plan, meter, catalogue)
    detail = f"{used} of {'unlimited' if limit is None else limit} {meter.unit} used"
    about = f"{after.account}:{meter.id}:{after.period.start}:{before.entries}"
    return Notice(f"{kind}:{about}", kind, detail, meter.id)


def _rank(plan: str, meter: Meter, used: int, catalogue: Catalogue) -> int:
    """Nobody is told of a meter that was not used, that the plan lacks, or that nothing limits."""
    included = _included(plan, meter, catalogue)
    return RANKS[level(meter, included, used)] if used and included is not None else 0


def _included(plan: str, meter: Meter, catalogue: Catalogue) -> int | None:
    allowance = allowance_of(catalogue, plan, meter.id)
    return allowance.included if allowance else None
