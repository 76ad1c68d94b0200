"""Following the journal, as the table's stream tells it: each entry onto the bus, into what is read in pages,
and a recharge that has begun to whoever charges it."""

from collections.abc import Sequence

from chalicelib.actions.project_journal import project_journal
from chalicelib.actions.publish_journal import publish_journal
from chalicelib.deps import Deps
from chalicelib.domain.journal import Entry
from chalicelib.domain.recharge import STARTED
from chalicelib.messages import RechargeMessage


def follow_journal(deps: Deps, entries: Sequence[Entry]) -> None:
    """All of it is done for every entry; raises if not, after which the same must be told again."""
    for entry in entries:
        if any(notice.kind == STARTED for notice in entry.notices):
            deps.queue.recharge(RechargeMessage(entry.account, entry.changed["recharge"].count), deps.clock.now())
    project_journal(deps, entries)
    publish_journal(deps, entries)
