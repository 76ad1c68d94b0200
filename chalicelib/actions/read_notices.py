"""Reading what an account was told, newest first: from the projection, and from the entries it does not have yet."""

from dataclasses import dataclass

from chalicelib.actions.check import read_state
from chalicelib.actions.project_journal import newest
from chalicelib.deps import Deps
from chalicelib.deps.projections import Told
from chalicelib.domain.notices import Notice
from chalicelib.domain.periods import Instant


@dataclass(frozen=True)
class ToldNotice:
    """A notice, when it was told, and where it stands: its entry and its place there."""

    notice: Notice
    at: Instant
    place: tuple[int, int]


def read_notices(deps: Deps, account: str, cursor: str | None, limit: int) -> tuple[list[ToldNotice], str | None]:
    """At most `limit` notices and where to go on; raises UnknownAccount."""
    below = _place(cursor) if cursor else None
    state = read_state(deps, account, consistent=True)
    ahead, before = newest(deps, account, state.entries, below[0] if below else None)
    told = [Told(each.number, each.at, each.notices) for each in ahead]
    entries = [*told, *deps.projections.told(account, before, limit + 2)]
    shown = [each for entry in entries for each in _newest_first(entry) if below is None or each.place < below]
    page = shown[:limit]
    return page, f"{page[-1].place[0]}-{page[-1].place[1]}" if len(shown) > limit else None


def _newest_first(told: Told) -> list[ToldNotice]:
    ordered = [ToldNotice(notice, told.at, (told.number, k)) for k, notice in enumerate(told.notices)]
    return ordered[::-1]


def _place(cursor: str) -> tuple[int, int]:
    number, _, position = cursor.partition("-")
    return int(number), int(position)
