"""The self-audit of the lots: what is left of each, against what the journal says was spent, one after the other.

The state knows only their sum. A queue that is wrong within it lets the wrong credits expire or go with a refund.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from chalicelib.domain.credits import Lot, lots_left
from chalicelib.domain.findings import LOTS_DIFFER, Finding
from chalicelib.domain.fold import Fold
from chalicelib.domain.paid_by import paid_by
from chalicelib.domain.periods import Instant


def has_adjustments(fold: Fold) -> bool:
    """Whether any gave credits; when those end the journal does not say."""
    lines = (line for entry in fold.moved for line in entry.lines)
    return any(line.kind == "adjustment" and line.credits > 0 for line in lines)


def of_lots(
    fold: Fold, queue: Sequence[Lot], expiries: Mapping[str, Instant], ordered: Mapping[str, Instant]
) -> Iterator[Finding]:
    """Lot by lot what was left when the newest entry was closed, where all entries are there and agree.

    `expiries` and `ordered` are what paid_by asks for.
    """
    if not fold.is_whole or fold.findings or fold.newest_balance is None:
        return
    told: tuple[Lot, ...] = ()
    for each in paid_by(reversed(fold.moved), expiries, ordered):
        told = each.queue
    folded, kept = _by_id(told), _by_id(lots_left(queue, fold.newest_balance))
    for lot in sorted(folded.keys() | kept.keys()):
        if folded[lot] != kept[lot]:
            yield Finding(LOTS_DIFFER, f"{kept[lot]} credits are left in lot {lot}, by what was spent {folded[lot]}")


def _by_id(queue: Sequence[Lot]) -> Counter[str]:
    left = Counter[str]()
    for lot in queue:
        left[lot.id] += lot.left
    return left
