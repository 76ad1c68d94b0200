"""A projection left far behind catches up in chunks: whoever dies on the way leaves what is done; nothing doubles."""

from collections import Counter
from dataclasses import replace
from itertools import repeat
from typing import Any

import pytest

from chalicelib.actions.project_journal import CHUNK, project_journal
from chalicelib.adapters.dynamo.journal_records import entry_item
from chalicelib.adapters.dynamo.records import raw
from chalicelib.domain.days import merged
from chalicelib.domain.journal import Entry, Line
from chalicelib.domain.notices import Notice
from chalicelib.domain.opening import first_entry
from chalicelib.domain.periods import DAY, day_of
from tests.adapters.dynamo.wires import Blow, Died, Recorded, Struck, dies_after, dies_before, meanwhile
from tests.offers import OFFERS
from tests.stores import Database, model_database
from tests.usage_builders import CREATED, a_state

NOTICE, LINE = 7, 9
"""Of forty entries these tell a notice and bring credits."""
LONG = 2 * CHUNK + 10


def an_entry(number: int) -> Entry:
    """An event of its day, six entries a day."""
    at = CREATED + number * DAY // 6
    told = {
        NOTICE: {"notices": (Notice(f"notice{number}", "usage_warning", "near", "events"),)},
        LINE: {"lines": (Line("purchase", 5, f"purchase:{number}"),), "cause": f"purchase:{number}"},
    }
    return replace(
        first_entry(a_state("acme"), "service"),
        touched=(),
        number=number,
        day=day_of(at),
        at=at,
        sums={(CREATED, day_of(at), "events"): (1 + number % 3, 0)},
        **told.get(number % 40, {}),  # type: ignore[arg-type]  # fields by their names
    )


def left_behind(count: int) -> tuple[Database, list[Entry]]:
    """A journal of which no projection has anything yet."""
    database, entries = model_database(), [an_entry(number) for number in range(count)]
    for entry in entries:
        database.wire("PutItem", {"TableName": database.core, "Item": raw(entry_item(entry, OFFERS))})
    return database, entries


def forget(database: Database) -> None:
    """Takes the projections away."""
    for sk, item in database.items("acme").items():
        if sk[0] in "DNTG":
            key = {name: item[name] for name in ("pk", "sk")}
            database.wire("DeleteItem", {"TableName": database.core, "Key": key})


def shown(database: Database) -> dict[str, Any]:
    """All that the projections show."""
    projections = database.projections()
    recent = projections.days("acme")
    past, _ = projections.past_days("acme", 0, day_of(CREATED) + 999)
    return {
        "entries": recent.entries,
        "days": {day: both[0] for (day, _), both in merged(past, recent.recent, OFFERS).items()},
        "notices": [notice.id for told in projections.told("acme", 999, 999) for notice in told.notices],
        "credited": [entry.cause for entry in projections.credited("acme", recent.entries, 999)],
        "logged": [entry.cause for entry in projections.logged("acme", recent.entries, 999)],
    }


def caught_up(count: int) -> dict[str, Any]:
    days = Counter[int]()
    for number in range(count):
        days[day_of(an_entry(number).at)] += 1 + number % 3
    numbers = range(count)[::-1]
    notices = [f"notice{number}" for number in numbers if number % 40 == NOTICE]
    credited = [f"purchase:{number}" for number in numbers if number % 40 == LINE]
    told = {"notices": notices, "credited": credited, "logged": credited}
    return {"entries": count, "days": dict(days), **told}


def over(database: Database, *blows: Blow | None) -> Database:
    """The same tables, where these befall the writes to come."""
    return Database(Struck(database.wire, *blows), database.core, database.ephemeral)


def test_catches_up_a_thousand_entries_that_the_stream_lost() -> None:
    database, entries = left_behind(1_000)
    wire = Recorded(database.wire)

    project_journal(Database(wire, database.core, database.ephemeral).deps(), entries[-1:])

    assert shown(database) == caught_up(1_000)
    assert wire.operations.count("TransactWriteItems") == 1_000 // CHUNK, "a save for each chunk"


@pytest.mark.parametrize("dies", [dies_before, dies_after])
def test_dying_at_any_write_and_going_on_ends_as_never_dying(dies: Blow) -> None:
    database, entries = left_behind(LONG)
    expected, ended, passed = caught_up(LONG), False, 0

    while not ended:
        forget(database)
        try:
            project_journal(over(database, *repeat(None, passed), dies).deps(), entries)
            ended = True
        except Died:
            passed += 1
            project_journal(database.deps(), entries[-1:], lag=1)
        assert shown(database) == expected, f"died after {passed} writes"

    assert passed == 3 * 2, "three chunks, of each what is read in pages and how far that goes"


def test_who_died_leaves_the_chunks_that_are_done() -> None:
    database, entries = left_behind(LONG)

    with pytest.raises(Died):
        project_journal(over(database, *repeat(None, 2), dies_before).deps(), entries)

    assert database.projections().days("acme").entries == CHUNK


@pytest.mark.parametrize("passed", range(12))
def test_two_at_once_project_each_entry_once(passed: int) -> None:
    database, entries = left_behind(LONG)
    other = meanwhile(lambda: project_journal(database.deps(), entries[: CHUNK + 40], lag=1))

    project_journal(over(database, *repeat(None, passed), other).deps(), entries)

    assert shown(database) == caught_up(LONG)
