"""What an account was told is listed newest first, page by page, whether the projection has it yet or not."""

import pytest

from chalicelib.actions.count_usage import count_usage
from chalicelib.actions.project_journal import project_journal
from chalicelib.actions.read_notices import read_notices
from chalicelib.errors import UnknownAccount
from tests.adapters.dynamo.wires import Recorded
from tests.stores import Database, FixedClock
from tests.usage_builders import NOW, a_reading, an_event


def told(database: Database, account: str, limit: int = 100) -> list[str]:
    """The ids of every page."""
    ids: list[str] = []
    cursor = None
    while True:
        page, cursor = read_notices(database.deps(), account, cursor, limit)
        ids += [each.notice.id for each in page]
        if cursor is None:
            return ids


def lived(database: Database, account: str, crossings: int = 6) -> list[str]:
    """A gauge that rises above its limit and falls again; the ids of what was told, oldest first."""
    database.open(account)
    for k in range(crossings):
        deps = database.deps(clock=FixedClock(NOW + k))
        count_usage(deps, account, [a_reading(f"g{k}", 100 if k % 2 == 0 else 10, NOW + k)])
    both = [an_event("a", "runs", 8, at=NOW), an_event("b", "calls", 20, at=NOW)]
    count_usage(database.deps(clock=FixedClock(NOW + crossings)), account, both)
    return [notice.id for entry in database.entries(account) for notice in entry.notices]


@pytest.mark.parametrize("projected", [0, 1, 3, None])
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_lists_everything_once_newest_first(model: Database, account: str, projected: int | None, limit: int) -> None:
    ids = lived(model, account)

    project_journal(model.deps(), model.entries(account)[:projected])

    assert len(ids) == len(set(ids)) == 8
    assert told(model, account, limit) == ids[::-1]


def test_a_page_neither_skips_nor_repeats_while_more_is_told(model: Database, account: str) -> None:
    ids = lived(model, account)
    first, cursor = read_notices(model.deps(), account, None, 3)

    count_usage(model.deps(clock=FixedClock(NOW + 60)), account, [a_reading("more", 100, NOW + 60)])
    project_journal(model.deps(), model.entries(account))
    rest, _ = read_notices(model.deps(), account, cursor, 100)

    assert [each.notice.id for each in (*first, *rest)] == ids[::-1]


def test_a_page_costs_the_same_however_many_entries_lie_between(model: Database, account: str) -> None:
    lived(model, account)
    for k in range(40):
        count_usage(model.deps(), account, [an_event(f"e{k}", "events", at=NOW - k) for _ in range(1)])
        count_usage(model.deps(), account, [an_event(f"f{k}-{j}", "events", at=NOW) for j in range(99)])
    project_journal(model.deps(), model.entries(account))
    wire = Recorded(model.wire)
    seen = Database(wire, model.core, model.ephemeral)

    page, _ = read_notices(seen.deps(), account, None, 8)

    assert len(page) == 8
    assert wire.operations == ["GetItem", "GetItem", "Query", "Query"]


def test_a_page_further_down_does_not_look_at_what_is_not_projected_yet(model: Database, account: str) -> None:
    ids = lived(model, account)
    project_journal(model.deps(), model.entries(account)[:-1], lag=0)
    _, cursor = read_notices(model.deps(), account, None, 4)
    wire = Recorded(model.wire)

    page, _ = read_notices(Database(wire, model.core, model.ephemeral).deps(), account, cursor, 100)

    assert [each.notice.id for each in page] == ids[::-1][4:]
    assert wire.operations == ["GetItem", "GetItem", "Query"]


def test_nobody_knows_an_account_that_is_not_there(model: Database) -> None:
    with pytest.raises(UnknownAccount):
        told(model, "nobody")
