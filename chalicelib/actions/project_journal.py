"""Projecting the journal: what is read in pages, written behind it by the table's stream.

The stream tells an account's entries in order. Where some were left for later, were lost on the way or came twice, they
are read again here, so a projection has no gaps and nothing in it is doubled.
"""

from collections.abc import Sequence

from chalicelib.deps import Deps
from chalicelib.domain.days import Days, folded
from chalicelib.domain.journal import Entry
from chalicelib.errors import ConditionFailed, Conflict

LAG = 32
"""Entries that are left for later: whoever reads looks at them anyway, and each time costs a write."""
TRIES = 6
CHUNK = 100
"""Entries that are read at once, and saved at once."""


def project_journal(deps: Deps, entries: Sequence[Entry], lag: int = LAG) -> None:
    """Every entry but the newest `lag` is projected; raises TryAgain, after which the same must be told again."""
    by_account: dict[str, list[Entry]] = {}
    for entry in entries:
        by_account.setdefault(entry.account, []).append(entry)
    for account, own in by_account.items():
        _project(deps, account, own, lag)


def unprojected(deps: Deps, account: str, since: int, until: int) -> list[Entry]:
    """The closed entries from the number `since` on, oldest first; `until` is how many there are at least."""
    found: list[Entry] = []
    before: int | None = None
    while True:
        entries = deps.store.entries(account, before=before, limit=min(CHUNK, until - since + 1))
        found += [entry for entry in entries if entry.number >= since]
        if not entries or entries[-1].number <= since:
            return found[::-1]
        before = entries[-1].position


def newest(deps: Deps, account: str, entries: int, below: int | None) -> tuple[list[Entry], int]:
    """Where a page begins that shows nothing above the number `below`: the entries that no projection has yet, newest
    first, and below which number the projections go on. `entries` is how many there are at least.
    """
    projected = deps.projections.days(account).entries
    if below is not None and below < projected:
        return [], min(entries, below + 1)
    # What was projected since the state was read must not fill the page in place of what was asked for.
    return unprojected(deps, account, projected, max(projected, entries))[::-1], min(projected, entries)


def _project(deps: Deps, account: str, entries: Sequence[Entry], lag: int) -> None:
    for attempt in range(TRIES):
        was = deps.projections.days(account, consistent=attempt > 0)
        fresh = [entry for entry in entries if entry.number >= was.entries]
        if not fresh or fresh[-1].number + 1 < was.entries + lag:
            return None
        if [entry.number for entry in fresh] != list(range(was.entries, was.entries + len(fresh))):
            fresh = unprojected(deps, account, was.entries, fresh[-1].number + 1)
        try:
            return _save(deps, was, fresh)
        except ConditionFailed:
            continue
    raise Conflict("others kept projecting this account")


def _save(deps: Deps, days: Days, entries: Sequence[Entry]) -> None:
    """A chunk after the other, so that whoever dies over a long backlog leaves what is done."""
    for first in range(0, len(entries), CHUNK):
        was, chunk = days, entries[first : first + CHUNK]
        deps.projections.keep(chunk)
        days, past = folded(was, chunk, deps.catalogue)
        deps.projections.save_days(was, days, past)
