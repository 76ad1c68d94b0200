"""Following the journal, as the table's stream tells it: each entry onto the bus, and into what is read in pages."""

from collections.abc import Sequence

from chalicelib.actions.project_journal import project_journal
from chalicelib.actions.publish_journal import publish_journal
from chalicelib.deps import Deps
from chalicelib.domain.journal import Entry


def follow_journal(deps: Deps, entries: Sequence[Entry]) -> None:
    """Both are done for every entry; raises if not, after which the same must be told again."""
    project_journal(deps, entries)
    publish_journal(deps, entries)
