"""By night account after account is audited, as many as a night takes; none keeps the others from it."""

import logging
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.audit_all import ACCOUNTS, PAGES, SAVED, SECONDS, audit_all
from chalicelib.adapters.dynamo.reader import Reader
from chalicelib.adapters.dynamo.sweeps import Sweeps
from chalicelib.adapters.dynamo.transactions import Writer
from chalicelib.deps import Deps
from tests.actions.world import Instead
from tests.stores import Database, FixedClock

NAMES = [f"acme{number}" for number in range(4)]


@pytest.fixture
def opened(moto: Database) -> Database:
    """Some accounts, in all fewer items than a page has."""
    for name in NAMES:
        moto.open(name)
    return moto


def broken(database: Database, account: str) -> None:
    """A finding: a seat that no entry tells of."""
    item = dict(database.item(account) or {})
    database.wire("PutItem", {"TableName": database.core, "Item": item | {"sb": {"N": "99"}}})


def paged(deps: Deps, pages: list[list[str]], *, passes: Any = None) -> tuple[Deps, list[str | None]]:
    """Deps that find these pages; the cursor counts them. Returns where each night was told to go on."""
    moved: list[str | None] = [None]

    def accounts_from(cursor: str | None) -> tuple[list[str], str | None]:
        if passes:
            passes()
        number = int(cursor or 0)
        return pages[number], str(number + 1) if number + 1 < len(pages) else None

    sweeps = {"accounts_from": accounts_from, "audit_cursor": lambda: moved[-1], "move_audit_cursor": moved.append}
    store: Any = Instead(deps.store, {"sweeps": type("Paged", (), {k: staticmethod(v) for k, v in sweeps.items()})})
    return replace(deps, store=store), moved


def told(caplog: pytest.LogCaptureFixture, event: str) -> list[Any]:
    return [each for each in caplog.records if each.getMessage() == event]


def test_every_account_is_audited_and_each_finding_told(opened: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    broken(opened, "acme2")

    assert audit_all(opened.deps()) == 1

    [finding], [done] = told(caplog, "audit.finding"), told(caplog, "audit.done")
    assert (finding.account_id, finding.code) == ("acme2", "state_differs")
    assert "seats_bought" in finding.detail
    assert (done.accounts, done.findings, done.failed) == (len(NAMES), 1, 0)


def test_a_night_that_sees_all_accounts_writes_nothing(opened: Database) -> None:
    audit_all(opened.deps())

    assert opened.item("W", "W", pk="W#audit") is None


def test_the_pages_of_the_table_hold_every_account_once(opened: Database) -> None:
    sweeps = Sweeps(Reader(opened.wire, opened.core), Writer(opened.wire), opened.core, page=3)
    found, cursors = list[str](), list[str | None]()

    while not cursors or cursors[-1] is not None:
        page, cursor = sweeps.accounts_from(sweeps.audit_cursor())
        sweeps.move_audit_cursor(cursor)
        found, cursors = found + page, [*cursors, opened.store().sweeps.audit_cursor()]

    assert sorted(found) == NAMES
    assert len(cursors) == len(set(cursors)) > len(NAMES)


def test_an_account_that_cannot_be_read_stops_no_other(opened: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    item = dict(opened.item("acme1") or {})
    opened.wire("PutItem", {"TableName": opened.core, "Item": item | {"d": {"S": "nonsense"}}})
    broken(opened, "acme3")

    assert audit_all(opened.deps()) == 1

    [failed], [done] = told(caplog, "audit.failed"), told(caplog, "audit.done")
    assert failed.account_id == "acme1"
    assert (done.accounts, done.findings, done.failed) == (len(NAMES), 1, 1)


def test_a_night_goes_on_where_the_last_one_stopped_and_begins_again_at_the_end(model: Database) -> None:
    clock, asked = FixedClock(), list[str]()
    for name in NAMES:
        model.open(name)

    def passes() -> None:
        clock.at += SECONDS // 2
        asked.append("page")

    deps, moved = paged(model.deps(clock=clock), [[name] for name in NAMES] + [[]], passes=passes)
    nights = []
    for _ in range(4):
        audit_all(deps)
        nights.append((len(asked), moved[-1]))

    assert nights == [(2, "2"), (4, "4"), (5, None), (7, "2")]


def test_a_night_that_dies_has_written_down_where_it_was(model: Database) -> None:
    clock, ends = FixedClock(), iter([SAVED - 1, 1, 1, None])

    def passes() -> None:
        clock.at += next(ends) or int("dies")

    deps, moved = paged(model.deps(clock=clock), [[]] * 9, passes=passes)

    with pytest.raises(ValueError, match="dies"):
        audit_all(deps)

    assert moved == [None, "2"]


def test_a_night_ends_after_so_many_accounts(model: Database) -> None:
    deps, moved = paged(model.deps(), [["nobody"] * ACCOUNTS, ["nobody"], []])

    audit_all(deps)

    assert moved == [None, "1"]


def test_a_night_ends_after_so_many_pages(model: Database) -> None:
    deps, moved = paged(model.deps(), [[]] * (PAGES + 5))

    audit_all(deps)

    assert moved[-1] == str(PAGES)
