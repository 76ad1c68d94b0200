"""Reading the audit log page by page, newest first: the journal's own entries, without those that are only usage.

A cursor is the number of the last entry that was shown, so what comes meanwhile moves nothing.
"""

from chalicelib.actions.change_account import read
from chalicelib.actions.project_journal import newest
from chalicelib.deps import Deps
from chalicelib.domain.journal import Entry


def read_log(deps: Deps, account: str, cursor: str | None, limit: int) -> tuple[list[Entry], str | None]:
    """At most `limit` entries and where to go on; raises UnknownAccount."""
    below = int(cursor) if cursor else None
    state, _ = read(deps, account)
    ahead, before = newest(deps, account, state.entries, below)
    entries = [*ahead, *deps.projections.logged(account, before, limit + 2)]
    shown = [each for each in entries if each.is_logged and (below is None or each.number < below)]
    page = shown[:limit]
    return page, str(page[-1].number) if len(shown) > limit else None
