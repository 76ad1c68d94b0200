"""Publishing the journal: each closed entry goes onto the event bus, as itself and as each thing it tells.

Ids are made from the entry's number, so whoever receives one twice knows it again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from chalicelib.deps import Deps
from chalicelib.domain.erasable import joined
from chalicelib.domain.journal import Entry
from chalicelib.domain.periods import Period
from chalicelib.domain.recharge import Recharge


def publish_journal(deps: Deps, entries: Sequence[Entry]) -> None:
    """Everything that the entries tell is on the bus; raises if something was not taken."""
    deps.queue.publish([event for entry in entries for event in events_of(entry)])


def events_of(entry: Entry) -> Iterator[dict[str, Any]]:
    """The entry's events: `entry`, then one for each credit line (`credits.<kind>`) and notice (`notice.<kind>`)."""
    # Whoever listens keeps what he hears, so nothing is told that is erased here one day.
    entry = joined(entry)
    common = {"account": entry.account, "at": entry.at, "cause": entry.cause, "actor": entry.actor}
    about = f"{entry.account}:{entry.number}"
    totals = {"balance": entry.balance, "granted": entry.granted, "spent": entry.spent}
    yield {"id": about, "type": "entry", **common, **totals, "note": entry.note, "changed": _plain(entry.changed)}
    told = [(f"credits.{line.kind}", {"line": asdict(line)}) for line in entry.lines if line.credits]
    told += [(f"notice.{notice.kind}", {"notice": asdict(notice)}) for notice in entry.notices]
    for position, (kind, fields) in enumerate(told):
        yield {"id": f"{about}:{position}", "type": kind, **common, **fields}


def _plain(changed: Mapping[str, Any]) -> dict[str, Any]:
    return {name: asdict(value) if isinstance(value, (Period, Recharge)) else value for name, value in changed.items()}
