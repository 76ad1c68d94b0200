"""Reading the credit history page by page: the journal's entries told as lines, newest first.

A cursor names the last line that was shown and where its entry stands, so lines that come meanwhile move nothing.
"""

from dataclasses import dataclass

from chalicelib.actions.change_account import read
from chalicelib.deps import Deps
from chalicelib.domain.history import HistoryLine, Place, lines_of, open_lines, place
from chalicelib.errors import BadParameter, Problem

CHUNK = 100
MOST_CHUNKS = 20
"""Usage within the allowance makes entries but no lines: after so many of them a page comes short."""


@dataclass(frozen=True)
class Cursor:
    """Entries are read below `before` (None: from the newest), lines shown below `last`."""

    before: int | None = None
    last: Place | None = None


def read_history(deps: Deps, account: str, cursor: str | None, limit: int) -> tuple[list[HistoryLine], str | None]:
    """At most `limit` lines and where to go on; raises UnknownAccount, or Invalid for a cursor of something else."""
    at = _cursor(cursor) if cursor else Cursor()
    state, _ = read(deps, account)
    lines = _below(open_lines(state, deps.clock.now()), at) if at.before is None else []
    before = at.before
    for _ in range(MOST_CHUNKS):
        entries = deps.store.entries(account, before=before, limit=CHUNK)
        for entry in entries:
            # Closed after the state was read: its usage is shown as still open, or belongs to a newer page.
            if entry.number < state.entries:
                lines += _below(lines_of(entry), at)
        if len(lines) > limit:
            return lines[:limit], _after(lines[limit - 1])
        if not entries or entries[-1].number == 0:
            return lines, None
        before = entries[-1].position
    return lines, f"{before}/"


def _below(lines: list[HistoryLine], at: Cursor) -> list[HistoryLine]:
    return [line for line in lines if at.last is None or place(line.id) < at.last]


def _after(line: HistoryLine) -> str:
    return f"{'' if line.position is None else line.position + 1}/{line.id}"


def _cursor(text: str) -> Cursor:
    before, _, line = text.partition("/")
    try:
        return Cursor(int(before) if before else None, place(line) if line else None)
    except ValueError as error:
        raise BadParameter([Problem("cursor", "is none that this list gave out")]) from error
