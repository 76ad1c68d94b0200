"""Reading the credit history page by page, newest first: the open entry, the closed ones that no projection has yet,
and the projection, in which only entries with lines are, so that a page costs what it shows.

A cursor names the last line that was shown, so lines that come meanwhile move nothing.
"""

from collections.abc import Iterator

from chalicelib.actions.change_account import read
from chalicelib.actions.project_journal import newest
from chalicelib.deps import Deps
from chalicelib.domain.accounts import State
from chalicelib.domain.history import HistoryLine, Place, lines_of, open_lines, place
from chalicelib.domain.journal import Entry
from chalicelib.errors import BadParameter, Problem


def read_history(deps: Deps, account: str, cursor: str | None, limit: int) -> tuple[list[HistoryLine], str | None]:
    """At most `limit` lines and where to go on; raises UnknownAccount, or BadParameter for a wrong cursor."""
    below = _place(cursor) if cursor else None
    state, _ = read(deps, account)
    lines = open_lines(state, deps.clock.now())
    for entry in _entries(deps, state, below, limit + 2):
        # Closed after the state was read: its usage is shown as still open, or belongs to a newer page.
        if entry.number < state.entries:
            lines += lines_of(entry)
    shown = [line for line in lines if below is None or place(line.id) < below]
    page = shown[:limit]
    return page, page[-1].id if len(shown) > limit else None


def _entries(deps: Deps, state: State, below: Place | None, limit: int) -> Iterator[Entry]:
    """Closed entries, newest first: as many with lines as asked for, and perhaps some without."""
    ahead, before = newest(deps, state.account, state.entries, below[0] if below else None)
    yield from ahead
    yield from deps.projections.credited(state.account, before, limit)


def _place(cursor: str) -> Place:
    try:
        return place(cursor)
    except ValueError as error:
        raise BadParameter([Problem("cursor", "is none that this list gave out")]) from error
