"""Many accounts, long journals and fresh processes: what usage takes beyond the one account of figures.py."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.actions.check import check
from chalicelib.actions.consume import consume
from chalicelib.actions.read_days import read_days
from chalicelib.actions.read_history import read_history
from chalicelib.actions.read_notices import read_notices
from chalicelib.actions.record_usage import record_usage
from chalicelib.adapters.dynamo.journal_records import entry_item
from chalicelib.adapters.dynamo.records import raw
from chalicelib.deps import Deps
from chalicelib.domain.periods import DAY, day_of
from chalicelib.domain.usage import UsageEvent
from tests.bench import heaviest
from tests.bench.account import Account, Cost
from tests.bench.figures import Figure

ACCOUNTS, EACH, PASSES = 1_000, 10, 10
LONG = 100_000
"""Entries of an account that has been used for years, all but the newest older than the window."""


def many_figures(long: int = LONG, accounts: int = ACCOUNTS) -> Iterator[Figure]:
    """Every figure; fewer accounts and entries make it quicker and hardly different."""
    yield from _crossing()
    yield from _spread(accounts)
    yield from _cold()
    yield from _long(long)


def _crossing() -> Iterator[Figure]:
    account = Account(replace(heaviest.shipped(), plan="team"), used=0)
    limit = account.offers.catalogue.plans["team"].allowances["sessions"].included
    assert limit is not None
    account.record([UsageEvent("before", "sessions", account.clock, 1)])
    cost = account.cost(lambda: account.record([UsageEvent("crossing", "sessions", account.clock, limit)]))
    [newest] = account.deps.store.entries(heaviest.ACCOUNT, before=None, limit=1)
    assert [notice.kind for notice in newest.notices] == ["limit_reached"]
    yield Figure("a usage event that reaches a limit, its notice included", cost.writes, "WCU", 6)


def _spread(accounts: int) -> Iterator[Figure]:
    account = Account(heaviest.shipped())
    names = [account.another(f"account-{number}") for number in range(accounts)]
    total = 0.0
    for number in range(PASSES):
        total += account.cost(lambda n=number: _pass(account, names, n)).writes
    name = f"an event of {accounts * EACH:,} over {accounts:,} accounts, {EACH} together, in {PASSES} passes"
    yield Figure(name, round(total / (accounts * EACH * PASSES), 3), "WCU", 0.3)


def _pass(account: Account, names: Sequence[str], number: int) -> None:
    at = account.clock
    events = [(name, UsageEvent(f"{name}-{number}-{k}", "sessions", at, 1)) for name in names for k in range(EACH)]
    for start in range(0, len(events), 1_000):
        results = record_usage(account.deps, events[start : start + 1_000])
        assert {each.result for each in results} == {"recorded"}


def _cold() -> Iterator[Figure]:
    account = Account(heaviest.shipped())
    account.record(account.events(30))
    [event] = account.events(1)
    fresh, steps = account.fresh()
    cost = account.cost(lambda: _consumed(fresh, event))
    assert cost.round_trips == 3, cost
    yield Figure("consume, by a process that meets the account: one after another", steps(), "round trips", 2)


def _long(entries: int) -> Iterator[Figure]:
    short, long = Account(heaviest.shipped()), Account(heaviest.shipped())
    _lengthen(long, entries)
    for name, work in WORKS.items():
        one, other = (_after(account, work) for account in (short, long))
        yield Figure(
            f"{name}, with {entries:,} entries more: units beyond the same without", _more(one, other), "units", 0
        )


def _after(account: Account, work: Callable[[Account], Any]) -> Cost:
    work(account)
    return account.cost(lambda: work(account))


def _more(one: Cost, other: Cost) -> float:
    assert other.round_trips == one.round_trips, (one, other)
    return round(other.writes + other.reads - one.writes - one.reads, 3)


WORKS: dict[str, Callable[[Account], Any]] = {
    "usage": lambda account: account.record(account.events(1)),
    "consume": lambda account: _consumed(account.deps, account.events(1)[0]),
    "check": lambda account: check(account.deps, heaviest.ACCOUNT, account.events(1)[0]),
    "the first page of history": lambda account: read_history(account.deps, heaviest.ACCOUNT, None, 25),
    "usage by day": lambda account: read_days(account.deps, heaviest.ACCOUNT, _today(account) - 30, _today(account)),
    "the first page of notices": lambda account: read_notices(account.deps, heaviest.ACCOUNT, None, 25),
}


def _today(account: Account) -> int:
    return day_of(account.clock)


def _consumed(deps: Deps, event: UsageEvent) -> None:
    assert consume(deps, heaviest.ACCOUNT, event, dry_run=False).recorded


def _lengthen(account: Account, entries: int) -> None:
    """Entries of the past, as years of use leave them; the newest that the account has stays the newest."""
    [first] = account.deps.store.entries(heaviest.ACCOUNT, before=None, limit=1)
    day = day_of(account.clock) - 40
    for number in range(1, entries):
        entry = replace(first, number=number, day=day, day_before=day, at=day * DAY, changed={}, cause="usage")
        account.put(raw(entry_item(entry, account.offers.catalogue)))
