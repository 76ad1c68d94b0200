"""Levels: what an account is told when a meter comes near its limit, reaches it, or falls back.

Each crossing is told once, by the entry in which it happens; the same level again only after it was left, or in a new
period.
"""

from chalicelib.domain.accounts import State
from chalicelib.domain.catalogue import Catalogue, Meter
from chalicelib.domain.notices import Notice
from chalicelib.domain.usage import allowance_of, level

RANKS = {"ok": 0, "warning": 1, "reached": 2, "over": 2}
TOLD = ("", "usage_warning", "limit_reached")
RECOVERED = "usage_recovered"


def crossings(before: State, after: State, catalogue: Catalogue) -> list[Notice]:
    """What to tell of the levels that lie between the two states, at most one notice for each meter.

    That counters start again with a period is not news; gauges do not, and a change of plan moves levels, too.
    """
    crossed = [_crossing(before, after, meter, catalogue) for meter in catalogue.meters.values()]
    return [notice for notice in crossed if notice]


def _crossing(before: State, after: State, meter: Meter, catalogue: Catalogue) -> Notice | None:
    used = after.used.get(meter.id, 0)
    is_anew = before.period.start != after.period.start and meter.kind == "counter"
    was = 0 if is_anew else _rank(before.plan, meter, before.used.get(meter.id, 0), catalogue)
    rank = _rank(after.plan, meter, used, catalogue)
    if rank == was:
        return None
    kind = TOLD[rank] if rank > was else RECOVERED
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
